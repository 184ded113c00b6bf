// Waves of calls to remote endpoints. A wave has one owner, this file: whatever happens, it ends
// by its outcomes, by an error, by its signal, by its time limit or by `close`.

import { DisposedError } from '../errors/life-cycle.js'
import type { Eip1193Provider } from '../sources/custom.js'
import type { HttpSource } from '../sources/http.js'
import type { RemoteOptions } from '../sources/remote-options.js'
import { Dispatcher } from './dispatcher.js'
import { eip1193Wire } from './eip1193-wire.js'
import { Endpoint } from './endpoint.js'
import { httpWire } from './http-wire.js'
import { Job, whenAllOver } from './job.js'
import type {
  BlockPin,
  Capabilities,
  Outcome,
  RpcCall,
  Statistics,
  Transport,
  WaveOptions,
} from './rpc.js'
import { realSurroundings, type Surroundings } from './surroundings.js'
import { changed, readHash } from './verdict.js'
import type { Wire } from './wire.js'

/** What a transport may be given besides its source. */
export type TransportOptions = {
  /** What an earlier transport found out about these endpoints. */
  capabilities?: Capabilities | undefined
  surroundings?: Surroundings | undefined
  /** The most bytes of one answer. */
  maximumBytes?: number | undefined
}

const noStatistics = (): Statistics => ({
  requests: 0,
  bytes: { sent: 0, received: 0 },
  methods: {},
})

/** Makes a transport over HTTP. */
export function createHttpTransport(
  source: Pick<HttpSource, 'endpoints' | 'options'>,
  { capabilities = {}, surroundings = realSurroundings(), maximumBytes }: TransportOptions = {},
): Transport {
  const statistics = noStatistics()
  const count = ({ sent = 0, received = 0 }): void => {
    statistics.bytes.sent += sent
    statistics.bytes.received += received
  }
  const wires = source.endpoints.map(({ url, headers }) =>
    httpWire({ url, headers, surroundings, count, maximumBytes }),
  )
  return new WaveTransport(wires, source.options, capabilities, surroundings, statistics)
}

/** Makes a transport through an EIP-1193 provider. */
export function createProviderTransport(
  provider: Eip1193Provider,
  options: RemoteOptions,
  { capabilities = {}, surroundings = realSurroundings() }: TransportOptions = {},
): Transport {
  const single = { ...options, batchLimit: 1 }
  return new WaveTransport(
    [eip1193Wire(provider)],
    single,
    capabilities,
    surroundings,
    noStatistics(),
  )
}

// A proof may take long; whether it does is seen only if it comes by itself.
const isQuick = ({ call }: Job): boolean => call.method !== 'eth_getProof'

class WaveTransport implements Transport {
  readonly statistics: Statistics
  readonly #endpoints: readonly Endpoint[]
  readonly #dispatcher: Dispatcher
  readonly #surroundings: Surroundings
  readonly #totalTimeout: number
  readonly #closing = new AbortController()
  // Equal calls under way are asked once.
  readonly #jobs = new Map<string, Job>()

  constructor(
    wires: readonly Wire[],
    options: RemoteOptions,
    capabilities: Capabilities,
    surroundings: Surroundings,
    statistics: Statistics,
  ) {
    const names = new Map<string, number>()
    this.#endpoints = wires.map((wire) => {
      // Two that differ only in what is kept out of names.
      const place = (names.get(wire.name) ?? 0) + 1
      names.set(wire.name, place)
      const name = place === 1 ? wire.name : `${wire.name} #${place}`
      return new Endpoint(wire, options, surroundings, capabilities[name], name)
    })
    this.#dispatcher = new Dispatcher(this.#endpoints, options, surroundings, statistics)
    this.#surroundings = surroundings
    this.#totalTimeout = options.totalTimeout
    this.statistics = statistics
  }

  async request(
    calls: readonly RpcCall[],
    { signal, pin, probes = [] }: WaveOptions,
  ): Promise<Outcome[]> {
    const deadline = this.#surroundings.now() + this.#totalTimeout
    const fresh: Job[] = []
    const jobs = calls.map((call) => this.#join(call, pin, fresh))
    const outcomes = await this.#wave(jobs, deadline, signal, () => {
      this.#dispatcher.dispatch(fresh, {
        // Before the others: where there are more than go out at once, the answer is here before the
        // last of theirs, and the next wave knows.
        beside: (endpoint) => this.#probe(endpoint, probes, pin, signal),
      })
    })
    if (pin !== undefined) await this.#guard(jobs, pin, deadline, signal)
    return outcomes
  }

  supports(method: string): boolean {
    return this.#endpoints.some(({ capabilities }) => capabilities.methods[method] === true)
  }

  tried(milliseconds: number): Promise<void> {
    const trying = this.#endpoints.flatMap(({ probing }) => [...probing.values()])
    return new Promise((resolve) => {
      const cancel = this.#surroundings.after(milliseconds, resolve)
      whenAllOver(trying.filter(isQuick), () => {
        cancel()
        resolve()
      })
    })
  }

  get batchLimit(): number {
    return Math.max(...this.#endpoints.map(({ batchLimit }) => batchLimit))
  }

  capabilities(): Capabilities {
    return Object.fromEntries(
      this.#endpoints.map(({ name, capabilities }) => [name, structuredClone(capabilities)]),
    )
  }

  close(): void {
    this.#closing.abort(new DisposedError())
  }

  #join(call: RpcCall, pin: BlockPin | undefined, fresh: Job[]): Job {
    const key = JSON.stringify([
      call.method,
      call.params,
      call.after,
      call.pinned === true && pin?.hash,
      call.optional === true,
      // These have answers of another form.
      call.readError !== undefined,
    ])
    const underWay = this.#jobs.get(key)
    if (underWay !== undefined) return underWay
    const job = new Job(call, pin)
    this.#jobs.set(key, job)
    job.whenOver(() => this.#jobs.delete(key))
    fresh.push(job)
    return job
  }

  /** Waits for jobs, which `start` sends off. */
  #wave(
    jobs: readonly Job[],
    deadline: number,
    signal: AbortSignal,
    start: () => void,
  ): Promise<Outcome[]> {
    return new Promise((resolve, reject) => {
      const stops: (() => void)[] = []
      const end = (settle: () => void): void => {
        settle()
        for (const stop of stops) stop()
      }
      for (const ending of [signal, this.#closing.signal]) {
        const abort = (): void => end(() => reject(ending.reason))
        ending.addEventListener('abort', abort, { once: true })
        stops.push(() => ending.removeEventListener('abort', abort))
      }
      let waiting = jobs.length
      for (const job of jobs) {
        job.deadline = Math.max(Number.isFinite(job.deadline) ? job.deadline : 0, deadline)
        stops.push(
          job.listen((outcome) => {
            waiting--
            if (!outcome.ok && job.call.optional !== true) end(() => reject(outcome.error))
            else if (waiting === 0) end(() => resolve(jobs.map((each) => each.outcome as Outcome)))
          }),
        )
      }
      const ended = [signal, this.#closing.signal].find(({ aborted }) => aborted)
      if (ended !== undefined) return end(() => reject(ended.reason))
      if (waiting === 0) return end(() => resolve([]))
      const limit = Math.max(1, deadline - this.#surroundings.now())
      stops.push(
        this.#surroundings.after(limit, () => {
          const late = jobs.find((job) => job.outcome === undefined)
          const reason = `no answer within ${this.#totalTimeout} ms, all attempts together`
          end(() => reject(late?.error(this.#dispatcher.names, reason)))
        }),
      )
      start()
    })
  }

  /** Tries optional methods at an endpoint that was never asked for them. Nobody waits for it. */
  #probe(
    endpoint: Endpoint,
    probes: readonly RpcCall[],
    pin: BlockPin | undefined,
    signal: AbortSignal,
  ): void {
    const jobs = probes
      .filter(({ method }) => endpoint.capabilities.methods[method] === undefined)
      .filter(({ method }) => !endpoint.probing.has(method))
      .map((probe) => new Job({ ...probe, optional: true }, pin, endpoint))
    for (const job of jobs) {
      const { method } = job.call
      endpoint.probing.set(method, job)
      job.whenOver(() => endpoint.probing.delete(method))
      // Whoever no longer waits for the wave wants no request of it to go on.
      const stop = job.listen(() => undefined)
      for (const ending of [signal, this.#closing.signal]) {
        ending.addEventListener('abort', stop, { once: true })
        job.whenOver(() => ending.removeEventListener('abort', stop))
      }
    }
    const quick = jobs.filter(isQuick)
    const slow = jobs.filter((job) => !isQuick(job))
    for (const group of [quick, slow]) if (group.length > 0) this.#dispatcher.send(endpoint, group)
  }

  /**
   * Endpoints that take neither batches nor block hashes have answered by number alone. Asks them
   * whether the number is still that block's, now that everything is read.
   */
  async #guard(
    jobs: readonly Job[],
    pin: BlockPin,
    deadline: number,
    signal: AbortSignal,
  ): Promise<void> {
    const endpoints = [...new Set(jobs.flatMap(({ unguarded }) => unguarded ?? []))]
    const guards = endpoints.map(
      (endpoint) =>
        new Job(
          {
            method: 'eth_getBlockByNumber',
            params: [pin.number, false],
            read: (result) => readHash(result, pin),
          },
          pin,
          endpoint,
        ),
    )
    const outcomes = await this.#wave(guards, deadline, signal, () => {
      this.#dispatcher.dispatch(guards)
    })
    outcomes.forEach((outcome, index) => {
      if (outcome.ok && outcome.value !== pin.hash)
        throw changed(pin, String(outcome.value), endpoints[index] as Endpoint)
    })
  }
}
