// What went wrong, and whether the shelf is left alone for a while because of it.

import { TimeLimitError } from './within.js'

/** So many failures in a row, or one that took its whole time, and the shelf is left alone. */
const maximumInARow = 3

/** For so long, in milliseconds. A shelf that never answers costs one wait in this time. */
const rest = 60_000

/** Counts failures. */
export class Health {
  failures = 0
  lastError: string | undefined
  #inARow = 0
  #restsUntil = Number.NEGATIVE_INFINITY

  worked(): void {
    this.#inARow = 0
  }

  failed(error: unknown, now: number): void {
    this.failures++
    this.#inARow++
    this.lastError = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
    if (this.#inARow < maximumInARow && !(error instanceof TimeLimitError)) return
    this.#inARow = 0
    this.#restsUntil = now + rest
  }

  rests(now: number): boolean {
    // A clock that was put back must not keep the shelf closed for longer.
    return now < this.#restsUntil && now >= this.#restsUntil - rest
  }
}
