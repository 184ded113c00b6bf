// Writes behind: what is kept in one turn is written in the next, in one transaction.

import { Books } from './books.js'
import type { HashCode } from './cache.js'
import { sizeOfFacts } from './endpoints.js'
import type { Health } from './health.js'
import { putValues } from './keep.js'
import { type Batch, Queue } from './queue.js'
import type { Shelf, Writing } from './shelf.js'

/** What a writer works with. */
export type WriterParameters = {
  readonly shelf: Shelf
  readonly health: Health
  readonly now: () => number
  readonly hashCode: HashCode
  readonly maximumBytes: number
  readonly maximumQueue: number
}

/** Brings what is queued to the shelf. */
export class Writer {
  readonly queue: Queue
  dropped = 0
  evicted = 0
  readonly #parameters: WriterParameters
  #maximumBytes: number
  #timer: ReturnType<typeof setTimeout> | undefined
  #writing: Promise<void> | undefined

  constructor(parameters: WriterParameters) {
    this.#parameters = parameters
    this.#maximumBytes = parameters.maximumBytes
    this.queue = new Queue(parameters.maximumQueue)
  }

  /** Has everything written in the next turn, or right after what is being written. */
  schedule(): void {
    if (this.#timer !== undefined || this.#writing !== undefined) return
    this.#timer = setTimeout(() => void this.flush(), 0)
  }

  /** Writes all that waits. Never rejects; ends, because every write does and what comes in is bounded. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    await this.#writing
    if (!this.queue.isEmpty)
      this.#writing ??= this.#writeNext().finally(() => {
        this.#writing = undefined
        if (!this.queue.isEmpty) this.schedule()
      })
    await this.#writing
  }

  async #writeNext(): Promise<void> {
    const { health, now } = this.#parameters
    const batch = this.queue.take()
    try {
      if (health.rests(now())) this.dropped++
      else {
        await this.#write(batch)
        health.worked()
      }
    } catch (error) {
      this.dropped++
      health.failed(error, now())
    }
    this.queue.done()
  }

  async #write(batch: Batch): Promise<void> {
    const { shelf } = this.#parameters
    const write = () => shelf.write((writing) => this.#writeBatch(writing, batch))
    try {
      this.evicted += await write()
    } catch (error) {
      if (!(error instanceof Error) || error.name !== 'QuotaExceededError') throw error
      // The browser grants less than we are allowed: half of what is there has to do from now on.
      this.evicted += await shelf.write(async (writing) => {
        const books = await Books.open(writing, this.#parameters.now())
        this.#maximumBytes = Math.min(this.#maximumBytes, books.total / 2)
        const evicted = await books.evict(this.#maximumBytes)
        books.close()
        return evicted
      })
      this.evicted += await write()
    }
  }

  async #writeBatch(writing: Writing, batch: Batch): Promise<number> {
    const { now, hashCode } = this.#parameters
    const books = await Books.open(writing, now())
    await books.touch([...batch.used])
    for (const { place, values } of batch.states.values())
      await putValues(writing, books, place, values, hashCode)
    await putAll(writing, books, batch.endpoints, sizeOfFacts)
    const evicted = await books.evict(this.#maximumBytes)
    books.close()
    return evicted
  }
}

async function putAll<T>(
  writing: Writing,
  books: Books,
  records: ReadonlyMap<string, T>,
  sizeOf: (record: T) => number,
): Promise<void> {
  const old = await writing.get([...records.keys()])
  for (const [index, [key, record]] of [...records].entries())
    books.put(key, old[index], sizeOf(record), record)
}
