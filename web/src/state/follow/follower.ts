// Has a server follow pointers while a wave is read, and lets nothing depend on it.

import type { Address } from '../../hex.js'
import { addValues } from '../cache/values.js'
import { type Keys, noValues, type Values } from '../keys.js'
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
   * What keys point to, as far as a server says so while the wave that reads them is under way or not
   * long after. Never rejects.
   */
  async follow(
    keys: Keys,
    wave: Promise<unknown>,
    signal: AbortSignal,
  ): Promise<Values | undefined> {
    if (this.#failures >= mostFailures) return undefined
    const over = new AbortController()
    const stop = (): void => over.abort()
    signal.addEventListener('abort', stop, { once: true })
    const start = performance.now()
    let isOver = false
    let timer: ReturnType<typeof setTimeout> | undefined
    wave.then(() => {
      if (!isOver) timer = setTimeout(stop, 2 * (performance.now() - start) + grace)
    }, stop)
    try {
      const calls = callsToFollow(keys, this.#known)
      const outcomes = await this.#transport.request(calls, { signal: over.signal, pin: this.#pin })
      const followed = noValues()
      for (const outcome of outcomes)
        if (outcome.ok && outcome.value !== undefined) addValues(followed, outcome.value as Values)
        else this.#failures = mostFailures
      return followed
    } catch {
      if (!signal.aborted) this.#failures++
      return undefined
    } finally {
      isOver = true
      clearTimeout(timer)
      signal.removeEventListener('abort', stop)
    }
  }
}
