// Has a server follow pointers while a wave is read, and lets nothing depend on it.

import type { Address } from '../../hex.js'
import { addValues } from '../cache/values.js'
import { type Keys, noValues, type Values } from '../keys.js'
import { plainCalls } from '../plan.js'
import type { BlockPin, Transport } from '../rpc.js'
import { callsToFollow } from './follow.js'

// A wave waits for what follows its pointers twice as long again as it took itself, and so many
// milliseconds more. What takes longer saves nobody a wave.
const grace = 500

/** How often it may come to nothing before it is not tried any more. */
const mostFailures = 2

/** Follows pointers at one block. */
export class Follower {
  readonly #transport: Transport
  readonly #pin: BlockPin
  readonly #known = new Set<Address>()
  #failures: number

  /** Goes on where one at another block has come to nothing so often. */
  constructor(transport: Transport, pin: BlockPin, failures = 0) {
    this.#transport = transport
    this.#pin = pin
    this.#failures = failures
  }

  /** How often it came to nothing. */
  get failures(): number {
    return this.#failures
  }

  /** Notes contracts that nobody has to tell of any more. */
  note({ accounts }: Values): void {
    for (const [address, { code }] of Object.entries(accounts) as [Address, { code?: string }][])
      if (code !== undefined && code !== '0x') this.#known.add(address)
  }

  /**
   * Has a wave read, and what its keys point to followed, as far as a server says so while the wave is
   * under way or not long after. `following` never rejects.
   */
  follow<T>(
    keys: Keys,
    read: () => Promise<T>,
    signal: AbortSignal,
  ): { reading: Promise<T>; following: Promise<Values | undefined> } {
    if (this.#failures >= mostFailures)
      return { reading: read(), following: Promise.resolve(undefined) }
    const over = new AbortController()
    const stop = (): void => over.abort()
    signal.addEventListener('abort', stop, { once: true })
    const start = performance.now()
    let isOver = false
    let timer: ReturnType<typeof setTimeout> | undefined
    const ask = (): Promise<Values | undefined> =>
      this.#ask(keys, over.signal, signal).finally(() => {
        isOver = true
        clearTimeout(timer)
        signal.removeEventListener('abort', stop)
      })
    // These calls take a server longest, and so go out before a wave of many requests. That of one
    // request goes first: it is what has to come, and there may be only one connection yet.
    const early = plainCalls(keys) > this.#transport.batchLimit ? ask() : undefined
    const reading = read()
    const following = early ?? ask()
    reading.then(() => {
      if (!isOver) timer = setTimeout(stop, 2 * (performance.now() - start) + grace)
    }, stop)
    return { reading, following }
  }

  async #ask(keys: Keys, over: AbortSignal, signal: AbortSignal): Promise<Values | undefined> {
    try {
      const calls = callsToFollow(keys, this.#known)
      const outcomes = await this.#transport.request(calls, { signal: over, pin: this.#pin })
      const followed = noValues()
      for (const outcome of outcomes)
        if (outcome.ok && outcome.value !== undefined) addValues(followed, outcome.value as Values)
        else this.#failures = mostFailures
      return followed
    } catch {
      if (!signal.aborted) this.#failures++
      return undefined
    }
  }
}
