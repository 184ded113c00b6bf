// What the cache needs of a place to store records in; there is one in memory and one in IndexedDB.

/** A record. */
export type Entry = {
  /** When it was last used, in milliseconds. */
  used: number
  /** About how many bytes it takes. */
  bytes: number
  body: unknown
}

/** Reads that see one state of the shelf. Between them nothing may be waited for but them. */
export type Reading = {
  /** The records with these keys, in their order. */
  get(keys: readonly string[]): Promise<(Entry | undefined)[]>
}

/** Reads and writes that happen together or not at all. */
export type Writing = Reading & {
  /** Which of the keys have a record. */
  has(keys: readonly string[]): Promise<boolean[]>
  put(key: string, entry: Entry): void
  remove(key: string): void
  /** Goes through all records, the least recently used first, until `visit` returns false. */
  visitOldest(visit: (key: string, bytes: number) => boolean): Promise<void>
  /** The sum of the records' bytes, as it was last written. */
  total(): Promise<number>
  setTotal(bytes: number): void
}

/** A place to store records in. Every promise is settled within a time limit. */
export type Shelf = {
  read<T>(work: (reading: Reading) => Promise<T>): Promise<T>
  write<T>(work: (writing: Writing) => Promise<T>): Promise<T>
  close(): void
}
