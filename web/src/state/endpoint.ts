// One endpoint: what it can do, how busy it is, and whether it wants to be left alone. Everything
// here is learned from answers.

import type { Job } from './job.js'
import type { EndpointCapabilities } from './rpc.js'
import type { Surroundings } from './surroundings.js'
import type { Wire } from './wire.js'

/** Limits an endpoint is used within. */
export type EndpointLimits = { batchLimit: number; concurrency: number }

/** An endpoint with all that is known of it. */
export class Endpoint {
  readonly wire: Wire
  /** Names it in errors and among capabilities. */
  readonly name: string
  readonly capabilities: EndpointCapabilities
  /** Optional methods that are being tried right now, and by which calls. */
  readonly probing = new Map<string, Job>()
  readonly #limits: EndpointLimits
  readonly #surroundings: Surroundings
  readonly #unsupported = new Set<string>()
  readonly #queue: { give: () => void; move: () => void }[] = []
  #running = 0
  // Halved when the endpoint complains, raised by one with each success.
  #concurrency: number
  #pausedUntil = 0
  #wake: (() => void) | undefined
  #failures = 0
  #latency: number | undefined

  constructor(
    wire: Wire,
    limits: EndpointLimits,
    surroundings: Surroundings,
    known: EndpointCapabilities | undefined,
    name: string = wire.name,
  ) {
    this.wire = wire
    this.name = name
    this.#limits = limits
    this.#surroundings = surroundings
    this.#concurrency = limits.concurrency
    this.capabilities = { ...known, methods: { ...known?.methods } }
  }

  /** The most calls a request may have. */
  get batchLimit(): number {
    return Math.min(
      this.#limits.batchLimit,
      this.capabilities.batchLimit ?? Number.POSITIVE_INFINITY,
    )
  }

  /** Remembers that so many calls in one batch were refused. */
  shrinkBatch(refused: number, named: number | undefined): void {
    // Without a limit named, a few steps have to lead from the usual limits down to single calls.
    const guess = refused > 10 ? Math.floor(refused / 5) : 1
    const limit = named !== undefined && named < refused ? named : guess
    this.capabilities.batchLimit = Math.max(1, Math.min(this.batchLimit, limit))
  }

  /** Whether it may serve a method: optional ones have to be known to work. */
  serves(method: string, optional: boolean): boolean {
    return optional ? this.capabilities.methods[method] === true : !this.#unsupported.has(method)
  }

  /** Remembers that it does not serve a method. */
  lacks(method: string): void {
    this.#unsupported.add(method)
  }

  /** Milliseconds until it may be asked again. */
  get pause(): number {
    return Math.max(0, this.#pausedUntil - this.#surroundings.now())
  }

  /** How much speaks against asking it next: work waiting there, slowness, failures. */
  get burden(): number {
    const work = 1 + this.#running + this.#queue.length
    // One that was never asked is worth a try; one that never answered is not.
    const latency = this.#latency ?? (this.#failures === 0 ? 1 : 1_000)
    return this.pause + work * Math.max(1, latency) * 4 ** Math.min(this.#failures, 5)
  }

  /** Usual milliseconds from request to answer, once there was one. */
  get latency(): number | undefined {
    return this.#latency
  }

  /** Notes a request that was answered, and after which time if that is typical. */
  succeeded(milliseconds: number | undefined): void {
    if (milliseconds !== undefined)
      this.#latency = (this.#latency ?? milliseconds) * 0.7 + milliseconds * 0.3
    this.#failures = 0
    this.#concurrency = Math.min(this.#limits.concurrency, this.#concurrency + 1)
  }

  /** Notes a request that failed as a whole. */
  failed(): void {
    this.#failures++
  }

  /** Lets nothing go out for a while: the endpoint said that it was too much. */
  rest(milliseconds: number): void {
    this.#failures++
    this.#concurrency = Math.max(1, Math.floor(this.#concurrency / 2))
    this.#pausedUntil = Math.max(this.#pausedUntil, this.#surroundings.now() + milliseconds)
    for (const { move } of this.#queue.splice(0)) move()
  }

  /**
   * Waits until a request may go out. Resolves to what has to be called when it has ended; to
   * `'moved'` if the endpoint went to rest meanwhile, and another one may be the better choice; or
   * to `'left'` if the signal aborted.
   */
  enter(signal: AbortSignal): Promise<(() => void) | 'moved' | 'left'> {
    return new Promise((resolve) => {
      const end = (result: (() => void) | 'moved' | 'left'): void => {
        signal.removeEventListener('abort', leave)
        resolve(result)
      }
      const leave = (): void => {
        const at = this.#queue.indexOf(place)
        if (at !== -1) this.#queue.splice(at, 1)
        end('left')
        this.#admit()
      }
      const give = (): void => {
        this.#running++
        end(() => {
          this.#running--
          this.#admit()
        })
      }
      const place = { give, move: () => end('moved') }
      if (signal.aborted) return resolve('left')
      signal.addEventListener('abort', leave, { once: true })
      this.#queue.push(place)
      this.#admit()
    })
  }

  #admit(): void {
    this.#wake?.()
    this.#wake = undefined
    while (this.#running < this.#concurrency && this.#queue.length > 0) {
      const { pause } = this
      if (pause > 0) {
        this.#wake = this.#surroundings.after(Math.ceil(pause), () => this.#admit())
        return
      }
      this.#queue.shift()?.give()
    }
  }
}
