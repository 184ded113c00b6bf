// What is left of a cache in IndexedDB when something is wrong with it: a simulation's state must
// never depend on it, and nobody may wait for it for long.

import 'fake-indexeddb/auto'
import { IDBFactory, IDBObjectStore } from 'fake-indexeddb'
import { deleteDB, openDB } from 'idb'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { indexedDb } from '../../../src/index.js'
import { openCache, type Tuning } from '../../../src/state/cache/cache.js'
import { indexedDbShelf, schemaSteps } from '../../../src/state/cache/indexed-db-shelf.js'
import { address, block, hashCode, keys, until, values, word } from './support.js'

const token = address(0xa1)
const nothing = { known: values(), predicted: values() }
const limits = { read: 5_000, write: 5_000 }

const open = (tuning: Tuning = {}) =>
  openCache(indexedDb({ maximumBytes: 2 ** 20 }), hashCode, { readLimit: 5_000, ...tuning })
const slot = (at: number, value: number) =>
  values({ storage: { [token]: { [word(at)]: word(value) } } })
const wanted = (...slots: number[]) => keys({ storage: { [token]: slots.map(word) } })

beforeEach(() => {
  globalThis.indexedDB = new IDBFactory()
})

afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllGlobals()
})

describe('a cache in IndexedDB', () => {
  it('outlives its page', async () => {
    const before = open()
    before.at(block(1)).keep(slot(1, 11))
    before.rememberEndpoint('https://rpc.example.org/key', { batchLimit: 100 })
    await before.close()
    const after = open()
    expect(await after.at(block(1)).look(wanted(1))).toEqual({ ...nothing, known: slot(1, 11) })
    expect(await after.endpoint('https://rpc.example.org/key')).toEqual({ batchLimit: 100 })
    await after.close()
  })

  it('merges what two tabs keep of one account at the same time', async () => {
    const tabs = [open(), open()] as const
    for (let round = 0; round < 20; round++) {
      for (const [index, tab] of tabs.entries())
        tab.at(block(1)).keep(slot(round * 2 + index, round + 1))
      await Promise.all(tabs.map((tab) => tab.flush()))
    }
    const slots = Array.from({ length: 40 }, (_, index) => index)
    const expected = Object.fromEntries(slots.map((at) => [word(at), word(Math.floor(at / 2) + 1)]))
    for (const tab of tabs) {
      const { known } = await tab.at(block(1)).look(wanted(...slots))
      expect(known.storage).toEqual({ [token]: expected })
      expect(tab.statistics.failures).toBe(0)
      await tab.close()
    }
  })

  it('counts the bytes of two tabs together', async () => {
    const tabs = [open(), open()] as const
    const codes = Array.from({ length: 60 }, (_, index) => {
      const code = `0x${index.toString(16).padStart(2, '0').repeat(20_000)}` as const
      return [hashCode(code), code] as const
    })
    for (const [index, [hash, code]] of codes.entries()) {
      const tab = tabs[index % 2 === 0 ? 0 : 1]
      tab.at(block(1)).keep(values({ codes: { [hash]: code } }))
      tab.at(block(index)).keep(slot(index % 7, index))
      await tab.flush()
    }
    for (const tab of tabs) await tab.close()
    const database = await openDB('forerun')
    const records = await database.getAll('records')
    const sum = records.reduce((bytes, record) => bytes + record.bytes, 0)
    expect(await database.get('books', 'bytes')).toBe(sum)
    expect(sum).toBeLessThanOrEqual(2 ** 20)
    expect(records.length).toBeGreaterThan(20)
    database.close()
  })

  it('writes no access key of an endpoint to the disk', async () => {
    const cache = open()
    cache.rememberEndpoint('https://rpc.example.org/v3/s3cr3t?apikey=s3cr3t', { batchLimit: 1 })
    await cache.close()
    const database = await openDB('forerun')
    const [all, names] = [await database.getAll('records'), await database.getAllKeys('records')]
    expect(names).toHaveLength(1)
    expect(JSON.stringify([all, names])).not.toContain('s3cr3t')
    database.close()
  })

  it('does without where there is no IndexedDB', async () => {
    vi.stubGlobal('indexedDB', undefined)
    const cache = open()
    cache.at(block(1)).keep(slot(1, 1))
    await cache.flush()
    expect(await cache.at(block(1)).look(wanted(1))).toEqual(nothing)
    expect(cache.statistics).toMatchObject({ failures: 2, dropped: 1 })
    expect(cache.statistics.lastError).toContain('no IndexedDB')
    await cache.close()
  })

  it('does without where even looking at IndexedDB is forbidden', async () => {
    vi.stubGlobal('indexedDB', {
      open() {
        throw new DOMException('not for this origin', 'SecurityError')
      },
    })
    const cache = open()
    expect(await cache.at(block(1)).look(wanted(1))).toEqual(nothing)
    expect(cache.statistics.lastError).toBe('SecurityError: not for this origin')
    await cache.close()
  })

  it('waits no longer than its limit for a database that never opens, and then not at all', async () => {
    const opens = vi.fn(() => new EventTarget())
    // What idb is given is an event target in the shape of a request.
    vi.stubGlobal('indexedDB', { open: opens })
    vi.stubGlobal('IDBRequest', EventTarget)
    let now = 1_000_000
    const cache = open({ readLimit: 20, now: () => now })
    expect(await cache.at(block(1)).look(wanted(1))).toEqual(nothing)
    expect(cache.statistics.lastError).toBe(
      'TimeLimitError: reading from IndexedDB took longer than 20 ms',
    )
    for (let times = 0; times < 100; times++) await cache.at(block(1)).look(wanted(1))
    cache.at(block(1)).keep(slot(1, 1))
    await cache.flush()
    expect(cache.statistics).toMatchObject({ failures: 1, dropped: 1 })
    now += 61_000
    await cache.at(block(1)).look(wanted(1))
    expect(cache.statistics.failures).toBe(2)
    expect(opens).toHaveBeenCalledTimes(1)
    await cache.close()
  })

  it('waits no longer than its limit for a read that is never answered', async () => {
    const get = vi.spyOn(IDBObjectStore.prototype, 'get')
    let now = 1_000_000
    const cache = open({ readLimit: 50, now: () => now })
    cache.at(block(1)).keep(slot(1, 1))
    await cache.flush()
    get.mockImplementation(() => new IDBRequest())
    expect(await cache.at(block(1)).look(wanted(1))).toEqual(nothing)
    expect(cache.statistics.lastError).toContain('took longer than 50 ms')
    get.mockRestore()
    now += 61_000
    expect(await cache.at(block(1)).look(wanted(1))).toEqual({ ...nothing, known: slot(1, 1) })
    await cache.close()
  })

  it('gives up a write that is never answered, and writes the next', async () => {
    const put = vi.spyOn(IDBObjectStore.prototype, 'put')
    let now = 1_000_000
    const cache = open({ writeLimit: 50, now: () => now })
    await cache.at(block(1)).look(wanted(1))
    // A transaction ends by itself when nothing is asked of it; this one is kept at work.
    put.mockImplementation(function (this: IDBObjectStore) {
      const again = () => {
        try {
          this.count().onsuccess = again
        } catch {
          // It was aborted at last.
        }
      }
      again()
      return new IDBRequest()
    } as never)
    cache.at(block(1)).keep(slot(1, 1))
    await cache.flush()
    expect(cache.statistics).toMatchObject({ failures: 1, dropped: 1 })
    expect(cache.statistics.lastError).toBe(
      'TimeLimitError: writing to IndexedDB took longer than 50 ms',
    )
    put.mockRestore()
    now += 61_000
    cache.at(block(1)).keep(slot(2, 2))
    await cache.flush()
    expect(await cache.at(block(1)).look(wanted(1, 2))).toEqual({ ...nothing, known: slot(2, 2) })
    await cache.close()
  })

  it('rests after three failures in a row, and tries again later', async () => {
    let now = 1_000_000
    const cache = open({ now: () => now })
    cache.at(block(1)).keep(slot(1, 1))
    await cache.flush()
    const get = vi.spyOn(IDBObjectStore.prototype, 'get').mockImplementation(() => {
      throw new DOMException('the disk is broken', 'UnknownError')
    })
    for (let times = 0; times < 10; times++)
      expect(await cache.at(block(1)).look(wanted(1))).toEqual(nothing)
    expect(get).toHaveBeenCalledTimes(3)
    expect(cache.statistics.lastError).toBe('UnknownError: the disk is broken')
    get.mockRestore()
    now += 61_000
    expect((await cache.at(block(1)).look(wanted(1))).known).toEqual(slot(1, 1))
    await cache.close()
  })

  it('makes room where the browser grants less than it was allowed', async () => {
    let now = 1_000_000
    const cache = open({ now: () => now })
    const code = (index: number) =>
      `0x${index.toString(16).padStart(2, '0').repeat(5_000)}` as const
    const keep = async (index: number) => {
      now += 1_000
      cache.at(block(1)).keep(values({ codes: { [hashCode(code(index))]: code(index) } }))
      await cache.flush()
    }
    for (let index = 0; index < 20; index++) await keep(index)
    let refused = 0
    const put = IDBObjectStore.prototype.put
    vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(function (
      this: IDBObjectStore,
      value: unknown,
      key?: IDBValidKey,
    ) {
      if (typeof key === 'string' && key.startsWith('c:') && refused++ === 0)
        throw new DOMException('the disk is full', 'QuotaExceededError')
      return put.call(this, value, key)
    } as never)
    await keep(20)
    const hashes = Array.from({ length: 21 }, (_, index) => hashCode(code(index)))
    const { known } = await cache.at(block(1)).look(keys({ codes: hashes }))
    // Nine tenths of a half of the twenty, the latest of them, and the new one.
    expect(hashes.map((hash) => hash in known.codes)).toEqual(hashes.map((_, at) => at >= 11))
    expect(cache.statistics).toMatchObject({ failures: 0, dropped: 0, evicted: 11 })
    await cache.close()
  })

  it('drops what does not fit even then', async () => {
    const cache = open()
    vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(() => {
      throw new DOMException('the disk is full', 'QuotaExceededError')
    })
    cache.at(block(1)).keep(slot(1, 1))
    await cache.flush()
    expect(await cache.at(block(1)).look(wanted(1))).toEqual(nothing)
    expect(cache.statistics).toMatchObject({ failures: 1, dropped: 1 })
    expect(cache.statistics.lastError).toContain('the disk is full')
    await cache.close()
  })

  it('lets the database be deleted under it, and goes on in a new one', async () => {
    const cache = open()
    cache.at(block(1)).keep(slot(1, 1))
    await cache.flush()
    await deleteDB('forerun')
    expect(await cache.at(block(1)).look(wanted(1))).toEqual(nothing)
    cache.at(block(1)).keep(slot(2, 2))
    await cache.flush()
    expect(await cache.at(block(1)).look(wanted(1, 2))).toEqual({ ...nothing, known: slot(2, 2) })
    expect(cache.statistics.failures).toBe(0)
    await cache.close()
  })

  it('opens the database again where the connection was lost without a word', async () => {
    const opened: IDBDatabase[] = []
    const factory = globalThis.indexedDB
    const open_ = factory.open.bind(factory)
    vi.spyOn(factory, 'open').mockImplementation((...parameters) => {
      const request = open_(...parameters)
      request.addEventListener('success', () => opened.push(request.result))
      return request
    })
    const cache = open()
    cache.at(block(1)).keep(slot(1, 1))
    await cache.flush()
    opened[0]?.close()
    expect(await cache.at(block(1)).look(wanted(1))).toEqual({ ...nothing, known: slot(1, 1) })
    expect(opened).toHaveLength(2)
    expect(cache.statistics.failures).toBe(0)
    await cache.close()
  })

  it('leaves a database of a later version alone', async () => {
    const later = await openDB('forerun', schemaSteps.length + 1, {
      upgrade: (database) => void database.createObjectStore('later'),
    })
    later.close()
    const cache = open()
    cache.at(block(1)).keep(slot(1, 1))
    await cache.flush()
    expect(await cache.at(block(1)).look(wanted(1))).toEqual(nothing)
    expect(cache.statistics.lastError).toContain('VersionError')
    await cache.close()
    const same = await openDB('forerun')
    expect([...same.objectStoreNames]).toEqual(['later'])
    same.close()
  })

  it('is brought from version to version by a later package, while a tab still has it open', async () => {
    const old = open()
    old.at(block(1)).keep(slot(1, 1))
    await old.flush()
    const steps: number[] = []
    const later = indexedDbShelf('forerun', limits, [
      ...schemaSteps.map((step, index) => (database: Parameters<typeof step>[0]) => {
        steps.push(index)
        step(database)
      }),
      () => steps.push(schemaSteps.length),
    ])
    const records = await later.read((reading) => reading.get([`a:1:${token}:`]))
    expect(records[0]?.body).toMatchObject({ slots: { [word(1)]: ['0x1', 0] } })
    expect(steps).toEqual([schemaSteps.length])
    // The old tab made way, and does without from then on.
    expect(await old.at(block(1)).look(wanted(1))).toEqual(nothing)
    expect(old.statistics.lastError).toContain('VersionError')
    await old.close()
    later.close()
  })

  it('does without as long as another tab blocks the way to its version, and no longer', async () => {
    const other = await openDB('forerun', 1)
    const [first] = schemaSteps
    const shelf = indexedDbShelf('forerun', { read: 50, write: 50 }, [
      () => {},
      first ?? (() => {}),
    ])
    const read = () => shelf.read((reading) => reading.get(['e:nothing']))
    await expect(read()).rejects.toThrow('took longer than 50 ms')
    other.close()
    await until(async () => (await read().catch(() => undefined)) !== undefined)
    shelf.close()
  })

  it('closes a database that opens only after it was closed itself', async () => {
    const cache = open()
    await cache.close()
    // It would be blocked otherwise, for as long as the test may take.
    await deleteDB('forerun')
  })

  it('takes nothing from records that are not as it writes them', async () => {
    const cache = open()
    cache.at(block(1)).keep(slot(1, 1))
    cache
      .at(block(1))
      .keep(values({ accounts: { [token]: { balance: '0x1', nonce: '0x1', code: '0x00' } } }))
    cache.rememberEndpoint('https://rpc.example.org', { batchLimit: 1 })
    await cache.flush()
    const database = await openDB('forerun')
    const names = await database.getAllKeys('records')
    expect(names).toHaveLength(3)
    const sheet = { blocks: [[block(1).blockHash, 1]], next: 0 }
    const bodies: unknown[] = [
      undefined,
      null,
      7,
      'text',
      '0xzz',
      [],
      {},
      { ...sheet, slots: null },
      { ...sheet, slots: { [word(1)]: 7 }, account: 'rich' },
      { ...sheet, slots: { [word(1)]: [] }, account: [] },
      { ...sheet, slots: { [word(1)]: ['0xzz', 0] }, account: ['0x1,0x2,0x3', 0] },
      { ...sheet, slots: { [word(1)]: [{}, 0] }, account: [0, 0] },
      { ...sheet, slots: { [word(1)]: ['0x1', 5] }, account: [',,', 0] },
      { blocks: [7], next: 0, slots: {} },
      { accounts: [1], codes: [], blockHashes: [], storage: {} },
      { accounts: [], codes: [], blockHashes: [], storage: { [token]: 'all' } },
    ]
    const seen: unknown[] = []
    for (const body of bodies) {
      for (const name of names) await database.put('records', { used: 0, bytes: 1, body }, name)
      seen.push(
        await cache
          .at(block(1))
          .look({ ...wanted(1), accounts: [token], codes: [hashCode('0x00')] }),
      )
      await cache.endpoint('https://rpc.example.org')
    }
    for (const name of names) await database.put('records', 'no entry', name)
    seen.push(await cache.at(block(1)).look(wanted(1)))
    const { storage } = slot(1, 1)
    // The one that is well-formed but for the block's place is still a prediction.
    expect(seen).toEqual([
      ...bodies.map((_, index) =>
        index === 12 ? { ...nothing, predicted: values({ storage }) } : nothing,
      ),
      nothing,
    ])
    // And what is written over them is found again.
    cache.at(block(1)).keep(slot(1, 2))
    await cache.flush()
    expect((await cache.at(block(1)).look(wanted(1))).known).toEqual(slot(1, 2))
    database.close()
    await cache.close()
  })
})
