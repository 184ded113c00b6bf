// How much is on the shelf, and what has to go. The sum is on the shelf itself and is read and
// written in the transaction that changes it, so that it is right with several tabs at work.

import type { Entry, Writing } from './shelf.js'

/** Writes records and counts their bytes, within one transaction. */
export class Books {
  readonly #writing: Writing
  readonly #now: number
  #total: number

  private constructor(writing: Writing, now: number, total: number) {
    this.#writing = writing
    this.#now = now
    this.#total = total
  }

  static async open(writing: Writing, now: number): Promise<Books> {
    return new Books(writing, now, await writing.total())
  }

  /** The bytes of all records. */
  get total(): number {
    return this.#total
  }

  /** Writes a record in the place of `old`. */
  put(key: string, old: Entry | undefined, size: number, body: unknown): void {
    const bytes = size + key.length
    this.#total += bytes - (old?.bytes ?? 0)
    this.#writing.put(key, { used: this.#now, bytes, body })
  }

  /** Notes that records were used. */
  async touch(keys: readonly string[]): Promise<void> {
    const entries = await this.#writing.get(keys)
    for (const [index, key] of keys.entries()) {
      const entry = entries[index]
      if (entry !== undefined) this.#writing.put(key, { ...entry, used: this.#now })
    }
  }

  /**
   * Removes what was used least recently until `maximum` bytes are left, and a tenth more, so that
   * it is not done again for every record that comes in. Returns how many were removed.
   */
  async evict(maximum: number): Promise<number> {
    if (this.#total <= maximum) return 0
    let removed = 0
    let isEnough = false
    await this.#writing.visitOldest((key, bytes) => {
      isEnough = this.#total <= maximum * 0.9
      if (isEnough) return false
      this.#writing.remove(key)
      this.#total -= bytes
      removed++
      return true
    })
    // With everything gone nothing is left, whatever the sum was.
    if (!isEnough) this.#total = 0
    return removed
  }

  close(): void {
    this.#writing.setTotal(Math.max(0, this.#total))
  }
}
