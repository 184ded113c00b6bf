// One call on its way, for everybody who wants its answer: equal calls under way are one job.

import { BlockChangedError, StateSourceError } from '../errors/state-source.js'
import type { Endpoint } from './endpoint.js'
import type { Failure } from './failure.js'
import { Absent, type BlockPin, type Outcome, type RpcCall } from './rpc.js'

/** A call on its way. */
export class Job {
  readonly call: RpcCall
  /** The block it is asked at, if it is pinned. */
  readonly pin: BlockPin | undefined
  /** The one endpoint it is meant for, if it is. */
  readonly only: Endpoint | undefined
  /** Endpoints that will not do. */
  readonly excluded = new Set<Endpoint>()
  /** Endpoints it was sent to. */
  readonly tried = new Set<Endpoint>()
  /** When, by the clock of the surroundings, its answer is of no more use. */
  deadline = Number.POSITIVE_INFINITY
  /** How often it was sent. */
  attempts = 0
  /** How many of these failed in a way that counts. */
  failures = 0
  /** How many requests it is in. */
  underWay = 0
  /** Whether a second endpoint was asked because the first was slow. */
  hedged = false
  /** The endpoint that answered by block number, without a check that the block was still this. */
  unguarded: Endpoint | undefined
  outcome: Outcome | undefined
  readonly #listeners = new Set<(outcome: Outcome) => void>()
  readonly #whenOver = new Set<() => void>()
  readonly #block: string | undefined
  #last: { endpoint: Endpoint; failure: Failure } | undefined
  #abandoned = false

  constructor(call: RpcCall, pin: BlockPin | undefined, only?: Endpoint) {
    this.call = call
    this.pin = call.pinned === true ? pin : undefined
    this.only = only
    this.#block = pin?.hash
  }

  /** Whether nobody waits for it any longer. */
  get over(): boolean {
    return this.#abandoned || this.outcome !== undefined
  }

  /** Waits for the outcome; gives back what ends the waiting. A job nobody waits for is over. */
  listen(listener: (outcome: Outcome) => void): () => void {
    this.#listeners.add(listener)
    return () => {
      this.#listeners.delete(listener)
      if (this.#listeners.size > 0 || this.over) return
      this.#abandoned = true
      this.#end()
    }
  }

  /** Runs an action when the job is over; gives back what prevents it. */
  whenOver(action: () => void): () => void {
    this.#whenOver.add(action)
    return () => this.#whenOver.delete(action)
  }

  /** Ends the job well. */
  succeed(value: unknown, endpoint: Endpoint): void {
    this.settle({ ok: true, value, endpoint: endpoint.name })
  }

  /** Remembers why it went wrong last. */
  note(endpoint: Endpoint, failure: Failure): void {
    this.#last = { endpoint, failure }
  }

  /** Ends the job with what went wrong last; the names are those of all endpoints. */
  fail(names: string, reason?: string): void {
    const endpoint = this.#last?.endpoint.name ?? names
    this.settle({ ok: false, error: this.error(names, reason), endpoint })
  }

  /** What went wrong last, as an error. */
  error(names: string, reason?: string): StateSourceError | BlockChangedError {
    const failure = this.#last?.failure
    if (failure?.cause instanceof BlockChangedError) return failure.cause
    const details = [reason, failure?.details].filter((text) => text !== undefined).join('; ')
    return new StateSourceError(
      {
        method: this.call.method,
        endpoint: this.#last?.endpoint.name ?? names,
        attempts: this.attempts,
        status: failure?.status,
        rpcCode: failure?.rpcCode,
        block: this.#block,
      },
      {
        ...(details === '' ? {} : { details }),
        ...(failure?.cause instanceof Absent ? { cause: failure.cause } : {}),
      },
    )
  }

  /** Ends the job. */
  settle(outcome: Outcome): void {
    if (this.over) return
    this.outcome = outcome
    for (const listener of [...this.#listeners]) listener(outcome)
    this.#end()
  }

  #end(): void {
    for (const action of [...this.#whenOver]) action()
    this.#whenOver.clear()
    this.#listeners.clear()
  }
}

/** Runs an action once all of some jobs are over; gives back what prevents it. */
export function whenAllOver(jobs: readonly Job[], action: () => void): () => void {
  let running = jobs.filter((job) => !job.over).length
  if (running === 0) action()
  const stops = jobs.map((job) =>
    job.whenOver(() => {
      if (--running === 0) action()
    }),
  )
  return () => {
    for (const stop of stops) stop()
  }
}
