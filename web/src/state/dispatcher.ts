// Brings jobs to endpoints: which endpoint, in how few requests, and what to do when it goes wrong.
//
// Three things are never counted as a failure, because each can happen only a few times before
// nothing is left to learn: a batch that was too large (its endpoint's limit shrinks), a block that
// could not be given by hash (its endpoint is asked by number from then on), and an answer that was
// too large (the request is cut in halves). Everything else counts, up to the number of retries.

import type { RemoteOptions } from '../sources/remote-options.js'
import { untilAborted } from './abort.js'
import { waitAfter } from './backoff.js'
import type { Endpoint } from './endpoint.js'
import type { Failure } from './failure.js'
import { type Job, whenAllOver } from './job.js'
import type { Statistics } from './rpc.js'
import type { Surroundings } from './surroundings.js'
import { judge, type Load, loadFor } from './verdict.js'
import type { Exchange } from './wire.js'

/** Brings jobs to endpoints. */
export class Dispatcher {
  readonly #endpoints: readonly Endpoint[]
  readonly #options: RemoteOptions
  readonly #surroundings: Surroundings
  readonly #statistics: Statistics
  #lastId = 0

  constructor(
    endpoints: readonly Endpoint[],
    options: RemoteOptions,
    surroundings: Surroundings,
    statistics: Statistics,
  ) {
    this.#endpoints = endpoints
    this.#options = options
    this.#surroundings = surroundings
    this.#statistics = statistics
  }

  /** All endpoints, for an error that no single one is to blame for. */
  get names(): string {
    return this.#endpoints.map(({ name }) => name).join(', ')
  }

  /**
   * Sends jobs, in as few requests as possible, to the endpoints with the least burden. `beside` is
   * called for each endpoint once the first of them is on its way there.
   */
  dispatch(
    jobs: readonly Job[],
    { avoid, beside }: { avoid?: Endpoint; beside?: (endpoint: Endpoint) => void } = {},
  ): void {
    const used = new Set<Endpoint>()
    let left = jobs.filter((job) => !job.over)
    for (let job = left[0]; job !== undefined; job = left[0]) {
      const endpoint = this.#choose(job, avoid)
      if (endpoint === undefined) {
        job.fail(this.names, 'no endpoint is left to ask')
        left = left.slice(1)
        continue
      }
      if (endpoint.pause > this.#timeLeft(job)) {
        job.note(endpoint, { kind: 'limited', details: 'the endpoint wants to be left alone' })
        job.fail(this.names, tooLong(endpoint.pause))
        left = left.slice(1)
        continue
      }
      const room = roomFor(endpoint, left)
      const chunk: Job[] = []
      const others: Job[] = []
      for (const next of left)
        if (chunk.length < room && mayServe(endpoint, next)) chunk.push(next)
        else others.push(next)
      left = others
      this.send(endpoint, chunk)
      if (!used.has(endpoint)) beside?.(endpoint)
      used.add(endpoint)
    }
  }

  /** Sends jobs to one endpoint in one request, once it is their turn there. */
  send(endpoint: Endpoint, jobs: readonly Job[]): void {
    this.#carry(endpoint, jobs).catch((cause) => {
      // Nothing in there throws; should it ever, nobody may be left waiting.
      for (const job of jobs) {
        job.note(endpoint, { kind: 'refused', details: String(cause) })
        job.fail(this.names)
      }
    })
  }

  #choose(job: Job, avoid: Endpoint | undefined): Endpoint | undefined {
    const able = this.#endpoints.filter((endpoint) => mayServe(endpoint, job))
    const preferred = able.filter((endpoint) => endpoint !== avoid)
    return (preferred.length > 0 ? preferred : able).sort((a, b) => a.burden - b.burden)[0]
  }

  #timeLeft(job: Job): number {
    return job.deadline - this.#surroundings.now()
  }

  async #carry(endpoint: Endpoint, jobs: readonly Job[]): Promise<void> {
    const over = new AbortController()
    const unhook = whenAllOver(jobs, () => over.abort())
    try {
      const leave = await endpoint.enter(over.signal)
      if (leave === 'left') return
      const live = jobs.filter((job) => !job.over)
      // The limit may have shrunk while these waited.
      if (leave === 'moved' || live.length > roomFor(endpoint, live)) {
        if (leave !== 'moved') leave()
        this.dispatch(live)
        return
      }
      const load = loadFor(endpoint, live, () => ++this.#lastId)
      const sent = this.#surroundings.now()
      try {
        const exchange = await this.#exchange(load, over.signal)
        this.#settle(load, exchange, this.#surroundings.now() - sent)
      } finally {
        // Last, so that nothing follows a request whose answer says to let be.
        leave()
      }
    } finally {
      unhook()
    }
  }

  /** One request, that ends when it is answered, when its time is up, or when nobody waits. */
  async #exchange(load: Load, over: AbortSignal): Promise<Exchange> {
    const { endpoint, jobs, calls } = load
    const { timeout, hedgeAfter } = this.#options
    const { after } = this.#surroundings
    const control = new AbortController()
    const abort = (): void => control.abort()
    over.addEventListener('abort', abort, { once: true })
    const timers = [after(timeout, abort)]
    if (hedgeAfter !== false && this.#endpoints.length > 1)
      timers.push(after(hedgeAfter, () => this.#hedge(endpoint, jobs)))
    this.#statistics.requests++
    for (const { method } of calls)
      this.#statistics.methods[method] = (this.#statistics.methods[method] ?? 0) + 1
    for (const job of jobs) {
      job.attempts++
      job.underWay++
      job.tried.add(endpoint)
    }
    try {
      return await untilAborted(endpoint.wire.send(calls, control.signal), control.signal)
    } catch {
      const details = `no answer within ${timeout} ms`
      return { type: 'failed', failure: { kind: 'transient', details } }
    } finally {
      for (const cancel of timers) cancel()
      over.removeEventListener('abort', abort)
      for (const job of jobs) job.underWay--
    }
  }

  #hedge(slow: Endpoint, jobs: readonly Job[]): void {
    const late = jobs.filter(
      (job) =>
        !job.over &&
        !job.hedged &&
        this.#endpoints.some((endpoint) => endpoint !== slow && mayServe(endpoint, job)),
    )
    for (const job of late) job.hedged = true
    this.dispatch(late, { avoid: slow })
  }

  #settle(load: Load, exchange: Exchange, milliseconds: number): void {
    const { endpoint, jobs, calls } = load
    if (jobs.every((job) => job.over)) return
    if (exchange.type === 'batch-refused' && calls.length > 1) {
      endpoint.shrinkBatch(calls.length, exchange.limit)
      for (const job of jobs) job.note(endpoint, exchange.failure)
      this.dispatch(jobs.filter((job) => job.underWay === 0))
      return
    }
    if (exchange.type !== 'answers') {
      const { failure } = exchange
      if (failure.kind === 'oversized' && jobs.length > 1) return this.#halve(endpoint, jobs)
      endpoint.failed()
      this.#retry(
        endpoint,
        jobs.map((job) => [job, failure]),
      )
      return
    }
    // Optional calls may be slow by their nature; they say nothing about the endpoint.
    const plain = jobs.some(({ call }) => call.optional !== true)
    endpoint.succeeded(plain ? milliseconds : undefined)
    const again: Job[] = []
    const oversized: Job[] = []
    const failed: [Job, Failure][] = []
    judge(load, exchange.answers).forEach((verdict, index) => {
      const job = jobs[index] as Job
      if (job.over) return
      if (verdict.type === 'again') again.push(job)
      else if (verdict.type === 'failure') {
        job.note(endpoint, verdict.failure)
        if (verdict.failure.kind === 'oversized' && jobs.length > 1) oversized.push(job)
        else failed.push([job, verdict.failure])
      } else {
        if (job.pin !== undefined && load.byNumber && load.guard === undefined)
          job.unguarded = endpoint
        if (job.call.optional === true) learn(endpoint, job, milliseconds)
        job.succeed(verdict.value, endpoint)
      }
    })
    // Servers count the size of the whole answer; what did not fit into it may fit into the next.
    if (oversized.length === jobs.length) this.#halve(endpoint, oversized)
    else this.dispatch(oversized)
    this.dispatch(again)
    this.#retry(endpoint, failed, true)
  }

  #halve(endpoint: Endpoint, jobs: readonly Job[]): void {
    const half = Math.ceil(jobs.length / 2)
    for (const part of [jobs.slice(0, half), jobs.slice(half)]) this.send(endpoint, part)
  }

  #retry(endpoint: Endpoint, failed: readonly (readonly [Job, Failure])[], answered = false): void {
    const later: Job[] = []
    const atOnce: Job[] = []
    const { random } = this.#surroundings
    let wait = 0
    for (const [job, failure] of failed) {
      job.note(endpoint, failure)
      const { call } = job
      const optional = call.optional === true
      const passes = ['transient', 'limited', 'absent'].includes(failure.kind)
      if (failure.kind === 'limited')
        wait = Math.max(wait, waitAfter(failure, job.failures + 1, random))
      // Who only hands a question on is to hear of it each time.
      const isRemembered = !optional && call.readError === undefined
      if (failure.kind === 'unsupported' && isRemembered) endpoint.lacks(call.method)
      if (!passes) job.excluded.add(endpoint)
      const useless = optional && answered && failure.kind !== 'limited'
      if (useless) endpoint.capabilities.methods[call.method] = false
      // Its other request may still be answered; if that fails as well, this is the place again.
      if (job.over || job.underWay > 0) continue
      if (useless || (passes && ++job.failures > this.#retries(job, failure))) {
        // Nobody should wait so long for it again.
        if (optional && job.only === undefined) endpoint.capabilities.methods[call.method] = false
        job.fail(this.names)
      } else if (!passes) atOnce.push(job)
      else {
        later.push(job)
        wait = Math.max(wait, waitAfter(failure, job.failures, random))
      }
    }
    if (failed.some(([, { kind }]) => kind === 'limited')) endpoint.rest(wait)
    const elsewhere = later.filter((job) =>
      this.#endpoints.some(
        (other) => !job.tried.has(other) && other.pause === 0 && mayServe(other, job),
      ),
    )
    this.dispatch([...atOnce, ...elsewhere], { avoid: endpoint })
    const here = later.filter((job) => !elsewhere.includes(job) && !job.over)
    for (const job of here) if (wait > this.#timeLeft(job)) job.fail(this.names, tooLong(wait))
    this.#later(wait, here)
  }

  #retries({ call, only }: Job, { kind }: Failure): number {
    const { retries } = this.#options
    // There is another way to what an optional call asks, and a probe has time.
    if (call.optional === true) return only === undefined ? Math.min(1, retries) : 0
    // Behind a load balancer some servers know a new block a moment later than others.
    return kind === 'absent' ? Math.min(2, retries) : retries
  }

  #later(milliseconds: number, jobs: readonly Job[]): void {
    if (jobs.every((job) => job.over)) return
    const cancel = this.#surroundings.after(milliseconds, () => {
      unhook()
      this.dispatch(jobs)
    })
    const unhook = whenAllOver(jobs, cancel)
  }
}

const mayServe = (endpoint: Endpoint, job: Job): boolean =>
  !job.excluded.has(endpoint) &&
  (job.only === undefined
    ? endpoint.serves(job.call.method, job.call.optional === true)
    : job.only === endpoint)

/** How many of these jobs one request may carry, leaving room for the guard. */
const roomFor = (endpoint: Endpoint, jobs: readonly Job[]): number => {
  const guarded =
    endpoint.capabilities.blockByHash === false && jobs.some((job) => job.pin !== undefined)
  return Math.max(1, endpoint.batchLimit - (guarded ? 1 : 0))
}

// Proofs of old blocks take some servers seconds; what is slower than several plain reads one after
// another saves nobody a round trip.
const learn = (endpoint: Endpoint, job: Job, milliseconds: number): void => {
  const { latency } = endpoint
  const slow =
    job.call.method === 'eth_getProof' && latency !== undefined && milliseconds > 3 * latency + 200
  endpoint.capabilities.methods[job.call.method] ??= !slow
}

const tooLong = (milliseconds: number): string =>
  `waiting ${Math.ceil(milliseconds)} ms would exceed the time limit`
