// The cache alone on a page, without the package around it.

import { keccak256 } from 'viem'
import { openCache } from '../../../web/src/state/cache/cache.ts'
import { indexedDb } from '../../../web/src/state/cache/options.ts'

let cache

const word = (value) => `0x${value.toString(16).padStart(64, '0')}`

/** The keys of so many accounts with so many slots in all. */
function keysOf({ accounts, slots }) {
  const keys = { accounts: [], storage: {}, codes: [], blockHashes: [] }
  for (let account = 0; account < accounts; account++) {
    const address = keccak256(word(account)).slice(0, 42)
    keys.accounts.push(address)
    keys.storage[address] = []
    for (let slot = account; slot < slots; slot += accounts)
      keys.storage[address].push(keccak256(word(slot)))
  }
  return keys
}

/** Their values at a block: a quarter of the slots change with every block. */
function valuesAt(number, keys) {
  const values = { accounts: {}, storage: {}, codes: {}, blockHashes: {} }
  for (const [at, address] of keys.accounts.entries()) {
    const code = `0x${(at % 100).toString(16).padStart(2, '0').repeat(8_000)}`
    values.accounts[address] = { balance: word(number), nonce: '0x1', code }
    values.storage[address] = Object.fromEntries(
      keys.storage[address].map((slot, index) => [slot, word(index % 4 === 0 ? number : 7)]),
    )
  }
  return values
}

const operations = {
  open({ name, maximumBytes }) {
    // A browser on a busy machine must not make a test fail.
    const tuning = { readLimit: 20_000, writeLimit: 20_000 }
    cache = openCache(indexedDb({ name, maximumBytes }), keccak256, tuning)
  },
  keep: ({ place, values }) => cache.at(place).keep(values),
  /** Keeps one value after the other, each in a transaction of its own. */
  async keepAll({ place, all }) {
    for (const values of all) {
      cache.at(place).keep(values)
      await cache.flush()
    }
  },
  keepMany: ({ place, size }) =>
    cache.at(place).keep(valuesAt(Number(place.blockNumber), keysOf(size))),
  flush: () => cache.flush(),
  look: ({ place, keys }) => cache.at(place).look(keys),
  /** Whether all is known, and how long it takes to look it up. */
  async lookMany({ place, size }) {
    const keys = keysOf(size)
    const started = performance.now()
    const { known } = await cache.at(place).look(keys)
    const milliseconds = performance.now() - started
    const expected = valuesAt(Number(place.blockNumber), keys)
    const balances = ({ accounts }) => Object.values(accounts).map(({ balance }) => balance)
    const isRight =
      JSON.stringify(known.storage) === JSON.stringify(expected.storage) &&
      JSON.stringify(balances(known)) === JSON.stringify(balances(expected)) &&
      Object.entries(known.accounts).every(([at, { code }]) => code === expected.accounts[at].code)
    return { isRight, milliseconds }
  },
  statistics: () => cache.statistics,
  close: () => cache.close(),
  delete: ({ name }) =>
    new Promise((resolve, reject) => {
      const request = indexedDB.deleteDatabase(name)
      request.onsuccess = () => resolve(true)
      request.onerror = () => reject(request.error)
      request.onblocked = () => reject(new Error('the cache does not let go of its database'))
    }),
}

window.perform = async (operation, parameters) => {
  try {
    return JSON.stringify({ value: (await operations[operation](JSON.parse(parameters))) ?? null })
  } catch (error) {
    return JSON.stringify({ error: { name: error.name, message: error.message } })
  }
}
document.documentElement.dataset.ready = 'yes'
