// Records in IndexedDB. Several tabs, several simulators and several versions of this package may
// use one database at once, a user may delete it at any time, and some browsers have none.

import { type IDBPDatabase, type IDBPTransaction, openDB } from 'idb'
import type { Entry, Reading, Shelf, Writing } from './shelf.js'
import { within } from './within.js'

/** The stores of the database. */
type Schema = {
  records: { key: string; value: Entry; indexes: { age: [used: number, bytes: number] } }
  /** Under the key `bytes` the sum of all records. */
  books: { key: string; value: number }
}

type Database = IDBPDatabase<Schema>

type Transaction<Mode extends IDBTransactionMode> = IDBPTransaction<
  Schema,
  ('records' | 'books')[],
  Mode
>

/**
 * What makes the stores of one version those of the next. A database of a version that comes after
 * the last of them is not opened: it belongs to a later package, in another tab perhaps.
 */
export const schemaSteps: readonly ((database: Database) => void)[] = [
  (database) => {
    // The bytes are in the index so that they are summed up without reading the records.
    database.createObjectStore('records').createIndex('age', ['used', 'bytes'])
    database.createObjectStore('books')
  },
]

/** How long one transaction may take, with the opening of the database where it is not open. */
export type Limits = { readonly read: number; readonly write: number }

/** Makes a shelf in the database of this name, which is opened at once. */
export function indexedDbShelf(name: string, limits: Limits, steps = schemaSteps): Shelf {
  const connection = new Connection(name, steps)
  // Whoever reads or writes first hears of a failure.
  connection.database().catch(() => {})
  return {
    read: (work) =>
      connection.run('readonly', limits.read, 'reading from IndexedDB', (transaction) =>
        work(readingOf(transaction)),
      ),
    write: (work) =>
      connection.run('readwrite', limits.write, 'writing to IndexedDB', async (transaction) => {
        const result = await work(writingOf(transaction))
        await transaction.done
        return result
      }),
    close: () => connection.close(),
  }
}

class Connection {
  readonly #name: string
  readonly #steps: typeof schemaSteps
  #opening: Promise<Database> | undefined
  #closed = false

  constructor(name: string, steps: typeof schemaSteps) {
    this.#name = name
    this.#steps = steps
  }

  /** The open database. An opening that fails is tried again by whoever asks next. */
  database(): Promise<Database> {
    if (this.#opening !== undefined) return this.#opening
    const opening = this.#open()
    this.#opening = opening
    opening.catch(() => this.#forget(opening))
    return opening
  }

  async #open(): Promise<Database> {
    if (this.#closed) throw new Error('the cache was closed')
    if (globalThis.indexedDB === undefined) throw new Error('there is no IndexedDB here')
    const steps = this.#steps
    const database: Database = await openDB<Schema>(this.#name, steps.length, {
      upgrade(created, from) {
        for (const step of steps.slice(from)) step(created)
      },
      blocking: () => {
        // Somebody wants to delete the database or to bring it to a later version.
        database.close()
        this.#forget()
      },
      terminated: () => this.#forget(),
    })
    return database
  }

  #forget(opening = this.#opening): void {
    if (this.#opening === opening) this.#opening = undefined
  }

  async run<Mode extends 'readonly' | 'readwrite', T>(
    mode: Mode,
    limit: number,
    what: string,
    work: (transaction: Transaction<Mode>) => Promise<T>,
  ): Promise<T> {
    let current: Transaction<Mode> | undefined
    let late = false
    const attempt = async () => {
      const transaction = await this.#begin(mode)
      // Nobody waits any more, and the time limit found nothing that it could have ended.
      if (late) {
        abort(transaction)
        return undefined as T
      }
      current = transaction
      try {
        return await work(transaction)
      } catch (error) {
        abort(transaction)
        // Where a transaction was aborted from outside, its requests say no more than that.
        throw transaction.error ?? error
      }
    }
    return within(limit, what, attempt(), () => {
      late = true
      if (current !== undefined) abort(current)
    })
  }

  async #begin<Mode extends 'readonly' | 'readwrite'>(mode: Mode): Promise<Transaction<Mode>> {
    const begin = async () => {
      const database = await this.database()
      // What is written can be had again, so it need not have reached the disk.
      const options = { durability: 'relaxed' } as const
      const transaction = database.transaction<('records' | 'books')[], Mode>(
        ['records', 'books'],
        mode,
        options,
      )
      transaction.done.catch(() => {})
      return transaction
    }
    try {
      return await begin()
    } catch (error) {
      // The connection was lost without a word, as it happens where a browser drops a database.
      if (!(error instanceof Error) || error.name !== 'InvalidStateError') throw error
      this.#forget()
      return begin()
    }
  }

  close(): void {
    this.#closed = true
    // It may still be opening, if another tab holds on to an older version.
    this.#opening?.then(
      (database) => database.close(),
      () => {},
    )
    this.#opening = undefined
  }
}

function abort(transaction: Transaction<'readonly' | 'readwrite'>): void {
  try {
    transaction.abort()
  } catch {
    // It has ended already.
  }
}

function readingOf(transaction: Transaction<'readonly' | 'readwrite'>): Reading {
  const records = transaction.objectStore('records')
  return {
    get: async (keys) => (await Promise.all(keys.map((key) => records.get(key)))).map(entryOf),
  }
}

function writingOf(transaction: Transaction<'readwrite'>): Writing {
  const records = transaction.objectStore('records')
  const books = transaction.objectStore('books')
  // A write that fails aborts the transaction, whose end is waited for.
  const owned = (write: Promise<unknown>) => void write.catch(() => {})
  return {
    ...readingOf(transaction),
    has: async (keys) => {
      const found = await Promise.all(keys.map((key) => records.getKey(key)))
      return found.map((key) => key !== undefined)
    },
    put: (key, entry) => owned(records.put(entry, key)),
    remove: (key) => owned(records.delete(key)),
    async visitOldest(visit) {
      let cursor = await records.index('age').openKeyCursor()
      while (cursor !== null) {
        if (!visit(cursor.primaryKey, cursor.key[1])) return
        cursor = await cursor.continue()
      }
    },
    total: async () => {
      const total = await books.get('bytes')
      return typeof total === 'number' ? total : 0
    },
    setTotal: (bytes) => owned(books.put(bytes, 'bytes')),
  }
}

function entryOf(value: unknown): Entry | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { used, bytes } = value as Partial<Entry>
  return typeof used === 'number' && typeof bytes === 'number' ? (value as Entry) : undefined
}
