// What is remembered of remote state, from one simulation and from one page to the next: codes for
// ever, accounts and slots by the block at which they were seen, what endpoints can do.
//
// Two promises hold. What is `known` was kept for this very block, by its hash; whatever was seen at
// another block is `predicted` at most. And nothing that goes wrong here reaches a caller: without
// an answer there is nothing known.

import type { Hex } from '../../hex.js'
import { isNothing, type Keys, noValues, type Values } from '../keys.js'
import { copyOfFacts, type EndpointFacts, factsOf, keyOfEndpoint } from './endpoints.js'
import { Health } from './health.js'
import { indexedDbShelf } from './indexed-db-shelf.js'
import { lookUp } from './look.js'
import { memoryShelf } from './memory-shelf.js'
import type { CacheOptions } from './options.js'
import type { Entry, Shelf } from './shelf.js'
import { addValues } from './values.js'
import { Writer } from './writer.js'

/** A block of a chain. */
export type Place = {
  readonly chainId: number
  /** Lower-case. */
  readonly blockHash: Hex
  readonly blockNumber: Hex
}

/** What a cache answers. No key is in both. */
export type Looked = {
  /** Seen at the very block. */
  known: Values
  /** Seen at another block: the latest up to the block asked for, else the next one after it. */
  predicted: Values
}

/** State at one block. */
export type StateCache = {
  /** Never rejects. An account is only returned together with its code. */
  look(keys: Keys): Promise<Looked>
  /** Returns at once; never throws. */
  keep(values: Values): void
}

/** How a cache does. */
export type CacheStatistics = {
  /** Reads and writes that failed. */
  readonly failures: number
  /** What the last of them said. */
  readonly lastError: string | undefined
  /** How often something was not kept, because too much waited to be written or writing failed. */
  readonly dropped: number
  /** How many records had to go because the cache was full. */
  readonly evicted: number
}

/** A cache. */
export type OpenCache = {
  /** The cache for one block. */
  at(place: Place): StateCache
  /** Remembers what was found out about an endpoint, as plain data; never throws. */
  rememberEndpoint(url: string, facts: EndpointFacts): void
  /** What was remembered of an endpoint. Never rejects. */
  endpoint(url: string): Promise<EndpointFacts | undefined>
  readonly statistics: CacheStatistics
  /** Waits until everything kept so far was written, or was given up. Never rejects. */
  flush(): Promise<void>
  /** Writes what waits and ends. Never rejects. */
  close(): Promise<void>
}

/** The keccak-256 hash of bytes in hex. */
export type HashCode = (code: Hex) => Hex

/** What only tests set. */
export type Tuning = {
  /** The time, in milliseconds. */
  readonly now?: (() => number) | undefined
  /** How long reading may take, in milliseconds. */
  readonly readLimit?: number | undefined
  /** How long writing may take, in milliseconds. */
  readonly writeLimit?: number | undefined
  /** How much may wait to be written, in bytes. */
  readonly maximumQueue?: number | undefined
  /** In the place of the shelf that the options ask for. */
  readonly shelf?: Shelf | undefined
}

// The last use of a record that is only read is noted again after so many milliseconds: it costs a
// write.
const usedStep = 10 * 60_000

/** Opens a cache. The database is opened meanwhile; what is looked up first waits for it. */
export function openCache(
  options: CacheOptions,
  hashCode: HashCode,
  tuning: Tuning = {},
): OpenCache {
  if (options.type === 'none') return withoutCache
  const { now = Date.now, readLimit = 1_000, writeLimit = 10_000 } = tuning
  const shelf =
    tuning.shelf ??
    (options.type === 'memory'
      ? memoryShelf()
      : indexedDbShelf(options.name, { read: readLimit, write: writeLimit }))
  const health = new Health()
  const writer = new Writer({
    shelf,
    health,
    now,
    hashCode,
    maximumBytes: options.maximumBytes,
    maximumQueue: tuning.maximumQueue ?? 16 * 1024 * 1024,
  })
  return new Cache(shelf, health, writer, now)
}

class Cache implements OpenCache {
  readonly #shelf: Shelf
  readonly #health: Health
  readonly #writer: Writer
  readonly #now: () => number
  #closed = false

  constructor(shelf: Shelf, health: Health, writer: Writer, now: () => number) {
    this.#shelf = shelf
    this.#health = health
    this.#writer = writer
    this.#now = now
  }

  at(place: Place): StateCache {
    return {
      look: (keys) => this.#look(place, keys),
      keep: (values) => this.#add(() => this.#writer.queue.addValues(place, values)),
    }
  }

  async #look(place: Place, keys: Keys): Promise<Looked> {
    const waiting = noValues()
    const found = await this.#try(async () => {
      const left = this.#writer.queue.find(place, keys, waiting)
      if (isNothing(left)) return undefined
      const read = await this.#shelf.read((reading) => lookUp(reading, place, left))
      this.#used(read.records)
      return read
    })
    const { known, predicted } = found ?? { known: noValues(), predicted: noValues() }
    addValues(known, waiting)
    return { known, predicted }
  }

  rememberEndpoint(url: string, facts: EndpointFacts): void {
    this.#add(() => {
      const copy = copyOfFacts(facts)
      return copy !== undefined && this.#writer.queue.addEndpoint(keyOfEndpoint(url), copy)
    })
  }

  async endpoint(url: string): Promise<EndpointFacts | undefined> {
    const key = keyOfEndpoint(url)
    const waiting = this.#writer.queue.findEndpoint(key)
    if (waiting !== undefined) return { ...waiting }
    const [body] = await this.#bodies([key])
    const facts = factsOf(body)
    return facts && { ...facts }
  }

  async #bodies(keys: readonly string[]): Promise<unknown[]> {
    const entries = await this.#try(() => this.#shelf.read((reading) => reading.get(keys)))
    if (entries === undefined) return []
    const present = (entry: Entry | undefined, index: number) =>
      entry === undefined ? [] : [{ key: keys[index] as string, used: entry.used }]
    this.#used(entries.flatMap(present))
    return entries.map((entry) => entry?.body)
  }

  #used(records: readonly { key: string; used: number }[]): void {
    const now = this.#now()
    const old = records.filter(({ used }) => Math.abs(now - used) >= usedStep)
    if (old.length === 0) return
    for (const { key } of old) this.#writer.queue.addUsed(key)
    this.#writer.schedule()
  }

  /** Lets nothing out, and leaves the shelf alone while it rests. */
  async #try<T>(read: () => Promise<T>): Promise<T | undefined> {
    if (this.#closed || this.#health.rests(this.#now())) return undefined
    try {
      const result = await read()
      this.#health.worked()
      return result
    } catch (error) {
      this.#health.failed(error, this.#now())
      return undefined
    }
  }

  #add(add: () => boolean): void {
    if (this.#closed) return
    try {
      if (add()) this.#writer.schedule()
      else this.#writer.dropped++
    } catch (error) {
      this.#health.failed(error, this.#now())
    }
  }

  get statistics(): CacheStatistics {
    const { failures, lastError } = this.#health
    return { failures, lastError, dropped: this.#writer.dropped, evicted: this.#writer.evicted }
  }

  flush(): Promise<void> {
    return this.#writer.flush()
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    await this.#writer.flush()
    this.#shelf.close()
  }
}

const withoutCache: OpenCache = {
  at: () => ({
    look: async () => ({ known: noValues(), predicted: noValues() }),
    keep() {},
  }),
  rememberEndpoint() {},
  endpoint: async () => undefined,
  statistics: { failures: 0, lastError: undefined, dropped: 0, evicted: 0 },
  flush: async () => {},
  close: async () => {},
}
