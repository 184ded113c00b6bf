// Random keeps and looks against a model that remembers everything kept in full.
// `FORERUN_CASES=500` plays more, `FORERUN_SEED=N` repeats a run.

import 'fake-indexeddb/auto'
import { IDBFactory } from 'fake-indexeddb'
import { expect, it } from 'vitest'
import type { Address, Hex } from '../../../src/hex.js'
import { indexedDb, memory } from '../../../src/index.js'
import { openCache, type Place } from '../../../src/state/cache/cache.js'
import { address, block, hashCode, keys, mapped, values, word } from './support.js'

const seed = Number(process.env.FORERUN_SEED ?? Math.floor(Math.random() * 2 ** 32))
const cases = Number(process.env.FORERUN_CASES ?? 6)

/** Mulberry32. */
function randomOf(start: number) {
  let state = start >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  return (below: number) => Math.floor(next() * below)
}

const owners = [address(1), address(2), address(3)]
const hashed = Array.from({ length: 600 }, (_, index) => mapped(index))
const slotOf = (index: number): Hex => (index < 20 ? word(index) : (hashed[index] as Hex))

/** Everything that was ever kept: by key, in the order in which it was. */
type Model = Map<string, Kept[]>
type Kept = { place: Place; value: string }

it.each([
  { name: 'memory', options: memory, blocks: 12 },
  { name: 'IndexedDB', options: indexedDb, blocks: 12 },
  // More blocks than are told apart: predictions may be from any of them.
  { name: 'memory with many blocks', options: memory, blocks: 60 },
  { name: 'IndexedDB with many blocks', options: indexedDb, blocks: 60 },
])('random keeps and looks in $name', { timeout: 120_000 }, async ({ options, blocks }) => {
  console.log(`random cache: FORERUN_SEED=${seed}`)
  for (let index = 0; index < cases; index++) {
    globalThis.indexedDB = new IDBFactory()
    await play(randomOf(seed + index), options({ maximumBytes: 2 ** 26 }), blocks)
  }
})

async function play(
  random: (below: number) => number,
  options: Parameters<typeof openCache>[0],
  blocks: number,
): Promise<void> {
  let cache = openCache(options, hashCode, { readLimit: 10_000 })
  const model: Model = new Map()
  const slots = 1 + random(600)
  const randomPlace = () =>
    block(1 + random(blocks / 2), { chainId: random(8) === 0 ? 2 : 1, fork: random(2) })
  const randomSlots = (count: number) => {
    const from = random(slots)
    return new Map(Array.from({ length: count }, (_, at) => [slotOf((from + at) % slots), true]))
  }

  const keep = () => {
    const place = randomPlace()
    const kept = values()
    const remember = (key: string, value: string) =>
      model.set(`${place.chainId} ${key}`, [
        ...(model.get(`${place.chainId} ${key}`) ?? []),
        { place, value },
      ])
    for (const owner of owners.slice(random(3))) {
      const storage: Record<Hex, Hex> = {}
      for (const slot of randomSlots(random(250)).keys()) {
        storage[slot] = word(random(3))
        remember(`${owner} ${slot}`, storage[slot])
      }
      kept.storage[owner] = storage
      if (random(3) > 0) continue
      const balance: Hex = `0x${(1 + random(3)).toString(16)}`
      kept.accounts[owner] = { balance, nonce: '0x1', code: `0x60${owner.slice(40)}` }
      remember(owner, balance)
    }
    const number: Hex = `0x${random(5).toString(16)}`
    kept.blockHashes[number] = mapped(random(3))
    remember(`hash ${number}`, kept.blockHashes[number])
    cache.at(place).keep(kept)
  }

  const look = async () => {
    const place = randomPlace()
    const wanted = keys({ accounts: owners, blockHashes: ['0x0', '0x1', '0x2', '0x3', '0x4'] })
    for (const owner of owners) wanted.storage[owner] = [...randomSlots(1 + random(250)).keys()]
    const { known, predicted } = await cache.at(place).look(wanted)
    const problems: unknown[] = []
    const check = (key: string, isKnown: string | undefined, isPredicted: string | undefined) => {
      const kept = model.get(`${place.chainId} ${key}`) ?? []
      const here = kept.filter((entry) => entry.place.blockHash === place.blockHash).at(-1)?.value
      const possible = isPredicted === undefined || candidates(kept, place).includes(isPredicted)
      const isRight =
        // Known is only what was kept at this very block, and never beside a prediction.
        (isKnown === undefined || (isKnown === here && isPredicted === undefined)) &&
        possible &&
        (kept.length === 0 || (isKnown ?? isPredicted) !== undefined) &&
        // With few blocks nothing is forgotten.
        (blocks > 16 || isKnown === here)
      if (!isRight) problems.push({ key, place, isKnown, isPredicted, kept })
    }
    /** What may be predicted: with few blocks what was kept at the best of them. */
    const candidates = (kept: Kept[], { blockNumber }: Place): string[] => {
      if (blocks > 16) return kept.map(({ value }) => value)
      const numbers = kept.map((entry) => Number(entry.place.blockNumber))
      const before = numbers.filter((number) => number <= Number(blockNumber))
      const best = before.length > 0 ? Math.max(...before) : Math.min(...numbers)
      const last = new Map<Hex, string>()
      for (const { place, value } of kept)
        if (Number(place.blockNumber) === best) last.set(place.blockHash, value)
      return [...last.values()]
    }
    for (const owner of owners) {
      check(owner, known.accounts[owner]?.balance, predicted.accounts[owner]?.balance)
      for (const slot of wanted.storage[owner] ?? [])
        check(
          `${owner} ${slot}`,
          known.storage[owner as Address]?.[slot],
          predicted.storage[owner as Address]?.[slot],
        )
    }
    for (const number of wanted.blockHashes)
      check(`hash ${number}`, known.blockHashes[number], predicted.blockHashes[number])
    expect(problems).toEqual([])
  }

  for (let step = 0; step < 60; step++) {
    const kind = random(10)
    if (kind < 6) keep()
    // What waits is only looked up at its own block, so predictions are compared after it was written.
    await cache.flush()
    if (kind >= 6) await look()
    if (kind === 9 && options.type === 'indexedDb') {
      await cache.close()
      cache = openCache(options, hashCode, { readLimit: 10_000 })
    }
  }
  expect(cache.statistics).toMatchObject({ failures: 0, dropped: 0, evicted: 0 })
  await cache.close()
}
