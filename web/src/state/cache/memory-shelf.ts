// Records in memory, in the order of their last use.

import type { Entry, Shelf, Writing } from './shelf.js'

/** Makes an empty shelf in memory. */
export function memoryShelf(): Shelf {
  const records = new Map<string, Entry>()
  let total = 0
  const writing: Writing = {
    get: async (keys) => keys.map((key) => records.get(key)),
    has: async (keys) => keys.map((key) => records.has(key)),
    put(key, entry) {
      // A map keeps the order in which keys came in.
      records.delete(key)
      records.set(key, entry)
    },
    remove(key) {
      records.delete(key)
    },
    async visitOldest(visit) {
      for (const [key, { bytes }] of records) if (!visit(key, bytes)) return
    },
    total: async () => total,
    setTotal(bytes) {
      total = bytes
    },
  }
  return {
    read: (work) => work(writing),
    write: (work) => work(writing),
    close() {
      records.clear()
      total = 0
    },
  }
}
