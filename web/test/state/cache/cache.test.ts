// What a cache answers, in memory and in a played IndexedDB alike.

import 'fake-indexeddb/auto'
import { IDBFactory } from 'fake-indexeddb'
import { beforeEach, describe, expect, it } from 'vitest'
import { indexedDb, memory, none } from '../../../src/index.js'
import { openCache, type Tuning } from '../../../src/state/cache/cache.js'
import { memoryShelf } from '../../../src/state/cache/memory-shelf.js'
import { address, block, hashCode, keys, mapped, values, word } from './support.js'

const token = address(0xa1)
const holder = address(0xb2)
const code = '0x60016002'
const codeHash = hashCode(code)

beforeEach(() => {
  globalThis.indexedDB = new IDBFactory()
})

describe.each([
  { name: 'memory', options: memory },
  { name: 'IndexedDB', options: indexedDb },
])('a cache in $name', ({ options }) => {
  const open = (tuning: Tuning = {}, maximumBytes = 2 ** 25) =>
    openCache(options({ maximumBytes }), hashCode, { readLimit: 5_000, ...tuning })

  it('knows at a block what was kept there, in full', async () => {
    const cache = open()
    const kept = values({
      accounts: {
        [token]: { balance: '0x0', nonce: '0x1', code, codeHash },
        [holder]: { balance: '0xde0b6b3a7640000', nonce: '0x7', code: '0x', exists: true },
        [address(3)]: { balance: '0x0', nonce: '0x0', code: '0x', exists: false },
      },
      storage: { [token]: { [word(0)]: word(0), [mapped(1)]: word(2n ** 256n - 1n) } },
      blockHashes: { '0x9': mapped(9), '0x0': mapped(0) },
    })
    cache.at(block(10)).keep(kept)
    await cache.flush()
    const { known, predicted } = await cache.at(block(10)).look(
      keys({
        accounts: [token, holder, address(3), address(4)],
        storage: { [token]: [word(0), mapped(1), word(5)], [holder]: [word(0)] },
        codes: [codeHash],
        blockHashes: ['0x9', '0x0', '0x8'],
      }),
    )
    expect(known).toEqual({ ...kept, codes: { [codeHash]: code } })
    expect(predicted).toEqual(values())
    expect(cache.statistics).toEqual({ failures: 0, lastError: undefined, dropped: 0, evicted: 0 })
    await cache.close()
  })

  it('knows what was kept a moment ago, before it is written', async () => {
    const cache = open()
    const there = cache.at(block(1))
    there.keep(values({ storage: { [token]: { [word(1)]: word(11) } } }))
    there.keep(values({ storage: { [token]: { [word(2)]: word(22) } } }))
    const wanted = keys({ storage: { [token]: [word(1), word(2), word(3)] } })
    const { known } = await there.look(wanted)
    expect(known.storage).toEqual({ [token]: { [word(1)]: word(11), [word(2)]: word(22) } })
    const written = cache.flush()
    expect((await there.look(wanted)).known.storage).toEqual(known.storage)
    await written
    expect((await there.look(wanted)).known.storage).toEqual(known.storage)
    await cache.close()
  })

  it('has written what was kept during a write when it says so', async () => {
    const shelf = memoryShelf()
    const cache = open({ shelf })
    const reader = open({ shelf })
    for (let round = 0; round < 10; round++) {
      cache.at(block(1)).keep(values({ storage: { [token]: { [word(round)]: word(1) } } }))
      const first = cache.flush()
      const storage = { [holder]: { [word(round)]: word(2) } }
      cache.at(block(1)).keep(values({ storage }))
      await Promise.race([cache.flush(), cache.flush()])
      const { known } = await reader
        .at(block(1))
        .look(keys({ storage: { [holder]: [word(round)] } }))
      expect(known.storage).toEqual(storage)
      await first
    }
  })

  it('predicts from the latest block up to the one asked for, else from the next', async () => {
    const cache = open()
    for (const number of [10, 20, 30])
      cache.at(block(number)).keep(
        values({
          accounts: { [holder]: { balance: `0x${number}`, nonce: '0x0', code: '0x' } },
          storage: { [token]: { [word(1)]: word(number) } },
          blockHashes: { '0x5': mapped(number) },
        }),
      )
    await cache.flush()
    const expected = { 5: 10, 15: 10, 25: 20, 29: 20, 31: 30 }
    for (const [asked, seen] of Object.entries(expected)) {
      const { known, predicted } = await cache
        .at(block(Number(asked)))
        .look(keys({ accounts: [holder], storage: { [token]: [word(1)] }, blockHashes: ['0x5'] }))
      expect(known).toEqual(values())
      expect(predicted.storage).toEqual({ [token]: { [word(1)]: word(seen) } })
      expect(predicted.accounts[holder]?.balance).toBe(`0x${seen}`)
      expect(predicted.blockHashes).toEqual({ '0x5': mapped(seen) })
    }
    await cache.close()
  })

  it('takes a block of the same number but another hash for another block', async () => {
    const cache = open()
    const storage = { [token]: { [word(1)]: word(1) } }
    cache.at(block(10)).keep(values({ storage }))
    await cache.flush()
    const sibling = await cache
      .at(block(10, { fork: 1 }))
      .look(keys({ storage: { [token]: [word(1)] } }))
    expect(sibling).toEqual({ known: values(), predicted: values({ storage }) })
    await cache.close()
  })

  it('shares codes between chains, and nothing else', async () => {
    const cache = open()
    cache.at(block(10)).keep(
      values({
        accounts: { [token]: { balance: '0x0', nonce: '0x1', code } },
        storage: { [token]: { [word(1)]: word(1) } },
        blockHashes: { '0x9': mapped(9) },
      }),
    )
    await cache.flush()
    const other = { ...block(10), chainId: 2 }
    const looked = await cache.at(other).look(
      keys({
        accounts: [token],
        storage: { [token]: [word(1)] },
        codes: [codeHash],
        blockHashes: ['0x9'],
      }),
    )
    expect(looked).toEqual({ known: values({ codes: { [codeHash]: code } }), predicted: values() })
    await cache.close()
  })

  it('puts an account together with a code that came later', async () => {
    const cache = open()
    const here = cache.at(block(1))
    here.keep(values({ accounts: { [token]: { balance: '0x1', nonce: '0x1', codeHash } } }))
    await cache.flush()
    expect(await here.look(keys({ accounts: [token] }))).toEqual({
      known: values(),
      predicted: values(),
    })
    here.keep(values({ codes: { [codeHash]: code } }))
    await cache.flush()
    const account = { balance: '0x1', nonce: '0x1', code, codeHash }
    expect((await here.look(keys({ accounts: [token] }))).known.accounts).toEqual({
      [token]: account,
    })
    await cache.close()
  })

  it('knows that an account whose hash is that of nothing has no code', async () => {
    const cache = open()
    const here = cache.at(block(1))
    const account = { balance: '0x1', nonce: '0x1', codeHash: hashCode('0x') } as const
    here.keep(values({ accounts: { [holder]: account } }))
    const expected = { balance: '0x1', nonce: '0x1', code: '0x' }
    expect((await here.look(keys({ accounts: [holder] }))).known.accounts[holder]).toMatchObject(
      expected,
    )
    await cache.flush()
    expect((await here.look(keys({ accounts: [holder] }))).known.accounts).toEqual({
      [holder]: expected,
    })
    await cache.close()
  })

  it('keeps no code that does not have the hash it is said to have', async () => {
    const cache = open()
    const here = cache.at(block(1))
    here.keep(
      values({
        accounts: { [token]: { balance: '0x1', nonce: '0x1', code: '0x00', codeHash } },
        codes: { [mapped(1)]: '0x6001' },
      }),
    )
    await cache.flush()
    const looked = await here.look(keys({ accounts: [token], codes: [mapped(1), codeHash] }))
    expect(looked).toEqual({ known: values(), predicted: values() })
    await cache.close()
  })

  it('keeps nothing that is no value, and throws for none of it', async () => {
    const cache = open()
    const here = cache.at(block(1))
    const odd = {
      accounts: { [token]: { balance: 'much', nonce: '0x0', code: '0x' }, [holder]: null },
      storage: {
        [token]: { [word(1)]: '0x', [word(2)]: null, '0x1': word(1), [word(3)]: word(3) },
      },
      codes: { [codeHash]: '0x1' },
      blockHashes: { '0x1': '0x2', ten: word(1) },
    }
    here.keep(values({ storage: odd.storage, codes: odd.codes } as object))
    await cache.flush()
    here.keep(odd as unknown as ReturnType<typeof values>)
    here.keep(null as unknown as ReturnType<typeof values>)
    await cache.flush()
    const looked = await here.look(
      keys({
        accounts: [token],
        storage: { [token]: [word(1), word(2), word(3)] },
        codes: [codeHash],
        blockHashes: ['0x1'],
      }),
    )
    // "0x" is how some write zero.
    const storage = { [token]: { [word(1)]: word(0), [word(3)]: word(3) } }
    expect(looked).toEqual({ known: values({ storage }), predicted: values() })
    await cache.close()
  })

  it('replaces what was kept at the same block before', async () => {
    const cache = open()
    const here = cache.at(block(1))
    for (const value of [1, 2]) {
      here.keep(values({ storage: { [token]: { [word(1)]: word(value) } } }))
      await cache.flush()
    }
    const { known } = await here.look(keys({ storage: { [token]: [word(1)] } }))
    expect(known.storage).toEqual({ [token]: { [word(1)]: word(2) } })
    await cache.close()
  })

  it('holds thousands of slots of one account', async () => {
    const cache = open()
    const count = 3_000
    const slots = Array.from({ length: count }, (_, index) =>
      index % 3 === 0 ? word(index) : mapped(index),
    )
    for (const number of [1, 2])
      for (let from = 0; from < count; from += 500) {
        const part = slots.slice(from, from + 500)
        const storage = Object.fromEntries(
          part.map((slot, index) => [slot, word((from + index) * number)]),
        )
        cache.at(block(number)).keep(values({ storage: { [token]: storage } }))
        await cache.flush()
      }
    for (const number of [1, 2]) {
      const { known } = await cache.at(block(number)).look(keys({ storage: { [token]: slots } }))
      const expected = Object.fromEntries(slots.map((slot, index) => [slot, word(index * number)]))
      expect(known.storage).toEqual({ [token]: expected })
    }
    const { predicted } = await cache.at(block(3)).look(keys({ storage: { [token]: slots } }))
    expect(Object.keys(predicted.storage[token] ?? {})).toHaveLength(count)
    await cache.close()
  })

  it('tells sixteen blocks apart, and predicts from what older ones left', async () => {
    const cache = open()
    cache.at(block(1)).keep(values({ storage: { [token]: { [word(99)]: word(99) } } }))
    await cache.flush()
    for (let number = 1; number <= 40; number++) {
      cache.at(block(number)).keep(values({ storage: { [token]: { [word(1)]: word(number) } } }))
      await cache.flush()
    }
    // Seen at the first block alone, whose place in the table another has now.
    const account = { balance: '0x1', nonce: '0x1', code: '0x' } as const
    cache.at(block(1, { chainId: 9 })).keep(values({ accounts: { [token]: account } }))
    for (let number = 2; number <= 17; number++) {
      const place = block(number, { chainId: 9 })
      cache.at(place).keep(values({ storage: { [token]: { [word(1)]: word(number) } } }))
      await cache.flush()
    }
    for (let number = 1; number <= 17; number++)
      expect(
        await cache.at(block(number, { chainId: 9 })).look(keys({ accounts: [token] })),
      ).toEqual({
        known: values(),
        predicted: values({ accounts: { [token]: account } }),
      })
    const wanted = keys({ storage: { [token]: [word(1), word(99)] } })
    for (let number = 25; number <= 40; number++) {
      const { known } = await cache.at(block(number)).look(wanted)
      expect(known.storage).toEqual({ [token]: { [word(1)]: word(number) } })
    }
    const { known, predicted } = await cache.at(block(1)).look(wanted)
    expect(known).toEqual(values())
    expect(predicted.storage[token]?.[word(99)]).toBe(word(99))
    await cache.close()
  })

  it('remembers what endpoints can do', async () => {
    const cache = open()
    const facts = { batchLimit: 100, getProof: true, storageValues: false }
    cache.rememberEndpoint('https://rpc.example.org/v3/key', facts)
    expect(await cache.endpoint('https://rpc.example.org/v3/key')).toEqual(facts)
    await cache.flush()
    expect(await cache.endpoint('https://rpc.example.org/v3/key')).toEqual(facts)
    expect(await cache.endpoint('https://rpc.example.org/v3/other')).toBeUndefined()
    const itself: Record<string, unknown> = {}
    itself.itself = itself
    cache.rememberEndpoint('https://rpc.example.org', itself)
    cache.rememberEndpoint('https://rpc.example.org', { long: 'x'.repeat(20_000) })
    expect(await cache.endpoint('https://rpc.example.org')).toBeUndefined()
    await cache.close()
  })

  it('lets what was used least recently go first when it is full', async () => {
    let now = 1_000_000_000
    const cache = open({ now: () => now }, 2 ** 20)
    const pad = 'ab'.repeat(10_000)
    const codes = Array.from({ length: 60 }, (_, index) => {
      const bytes = `0x${pad}${index.toString(16).padStart(4, '0')}` as const
      return { bytes, hash: hashCode(bytes) }
    })
    const present = async () => {
      const { known } = await cache
        .at(block(1))
        .look(keys({ codes: codes.map(({ hash }) => hash) }))
      return codes.map(({ hash }) => hash in known.codes)
    }
    const keep = async (index: number) => {
      const { bytes, hash } = codes[index] as (typeof codes)[number]
      now += 1_000
      cache.at(block(1)).keep(values({ codes: { [hash]: bytes } }))
      await cache.flush()
    }
    for (let index = 0; index < 50; index++) await keep(index)
    expect((await present()).slice(0, 50)).not.toContain(false)
    expect(cache.statistics.evicted).toBe(0)

    // The very first is looked at an hour later, which makes it the last to go.
    now += 3_600_000
    await cache.at(block(1)).look(keys({ codes: [codes[0]?.hash ?? '0x'] }))
    await cache.flush()
    for (let index = 50; index < 60; index++) await keep(index)
    const left = await present()
    const { evicted } = cache.statistics
    expect(evicted).toBeGreaterThan(0)
    expect(left).toEqual(codes.map((_, index) => index === 0 || index > evicted))
    // 20,006 characters each, and a mebibyte in all.
    expect(left.filter(Boolean).length).toBeGreaterThan(40)
    expect(left.filter(Boolean).length).toBeLessThanOrEqual(52)
    expect(cache.statistics.failures).toBe(0)
    await cache.close()
  })

  it('drops what it cannot queue, and says how often', async () => {
    const cache = open({ maximumQueue: 10_000 })
    const here = cache.at(block(1))
    const many = Object.fromEntries(Array.from({ length: 100 }, (_, at) => [word(at), word(at)]))
    here.keep(values({ storage: { [token]: many } }))
    here.keep(values({ storage: { [holder]: { [word(1)]: word(1) } } }))
    expect(cache.statistics.dropped).toBe(1)
    await cache.flush()
    here.keep(values({ storage: { [address(9)]: { [word(1)]: word(1) } } }))
    await cache.flush()
    const { known } = await here.look(
      keys({ storage: { [token]: [word(1)], [holder]: [word(1)], [address(9)]: [word(1)] } }),
    )
    expect(Object.keys(known.storage).sort()).toEqual([address(9), holder])
    await cache.close()
  })

  it('answers nothing and keeps nothing once it is closed', async () => {
    const cache = open()
    const here = cache.at(block(1))
    here.keep(values({ storage: { [token]: { [word(1)]: word(1) } } }))
    await cache.close()
    await cache.close()
    here.keep(values({ storage: { [token]: { [word(2)]: word(2) } } }))
    const looked = await here.look(keys({ storage: { [token]: [word(1), word(2)] } }))
    expect(looked).toEqual({ known: values(), predicted: values() })
    expect(await cache.endpoint('https://rpc.example.org')).toBeUndefined()
    expect(cache.statistics.failures).toBe(0)
  })
})

it('no cache answers nothing', async () => {
  const cache = openCache(none(), hashCode)
  const here = cache.at(block(1))
  here.keep(values({ storage: { [token]: { [word(1)]: word(1) } } }))
  cache.rememberEndpoint('https://rpc.example.org', {})
  await cache.flush()
  expect(await here.look(keys({ storage: { [token]: [word(1)] } }))).toEqual({
    known: values(),
    predicted: values(),
  })
  expect(await cache.endpoint('https://rpc.example.org')).toBeUndefined()
  await cache.close()
})
