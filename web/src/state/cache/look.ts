// Looking values up on the shelf.

import type { Address, Hex } from '../../hex.js'
import { type AccountValue, type Keys, noValues, type Values } from '../keys.js'
import type { Looked, Place } from './cache.js'
import { type Remembered, remembered } from './sheet.js'
import { blockHashes, openSheets, type Page } from './sheets.js'
import type { Entry, Reading } from './shelf.js'
import { isData, longWord, readAccount } from './values.js'

/** What was found, and the records it stands in. */
export type Found = Looked & { records: { key: string; used: number }[] }

/** The key of a code's record. */
export const keyOfCode = (codeHash: string) => `c:${codeHash}`

/** Looks up what is known at the very block, and what was seen at others. */
export async function lookUp(reading: Reading, place: Place, keys: Keys): Promise<Found> {
  const found: Found = { known: noValues(), predicted: noValues(), records: [] }
  const used = (key: string, entry: Entry | undefined) => {
    if (entry !== undefined) found.records.push({ key, used: entry.used })
  }

  const wanted = new Map<string, readonly string[]>()
  for (const address of keys.accounts) wanted.set(address, [])
  for (const [address, slots] of Object.entries(keys.storage)) wanted.set(address, slots)
  if (keys.blockHashes.length > 0)
    wanted.set(
      blockHashes,
      keys.blockHashes.map((number) => longWord(number) ?? ''),
    )
  const pages = await openSheets(reading, place, wanted)

  const accounts = accountsOn(pages, place, new Set<string>(keys.accounts))
  const hashes = new Set<string>(keys.codes)
  for (const { value } of accounts) if (value.codeHash !== undefined) hashes.add(value.codeHash)
  const codes = await readCodes(reading, [...hashes], used)

  for (const page of pages) {
    used(page.key, page.entry)
    for (const slot of page.slots) {
      const seen = remembered(page.sheet, place, slot)
      const value = seen && longWord(seen.value)
      if (seen === undefined || value === undefined) continue
      const values = seen.known ? found.known : found.predicted
      if (page.owner === blockHashes) values.blockHashes[shortNumber(slot)] = value
      else put(values.storage, page.owner as Address, slot as Hex, value)
    }
  }
  for (const { address, known, value } of accounts) {
    const code = value.code ?? (value.codeHash && codes.get(value.codeHash))
    // Whoever reads the chain finds a code by its account, so an account without its code would
    // leave the engine with a hash that nobody can look up.
    if (code === undefined) continue
    const values = known ? found.known : found.predicted
    values.accounts[address] = { ...value, code }
  }
  for (const codeHash of keys.codes) {
    const code = codes.get(codeHash)
    if (code !== undefined) found.known.codes[codeHash] = code
  }
  return found
}

function accountsOn(pages: readonly Page[], place: Place, asked: ReadonlySet<string>) {
  const accounts: { address: Address; known: boolean; value: AccountValue }[] = []
  for (const { owner, path, sheet } of pages) {
    if (path !== '' || !asked.has(owner)) continue
    const seen: Remembered | undefined = remembered(sheet, place, undefined)
    const value = seen && readAccount(seen.value)
    if (seen !== undefined && value !== undefined)
      accounts.push({ address: owner as Address, known: seen.known, value })
  }
  return accounts
}

async function readCodes(
  reading: Reading,
  hashes: readonly string[],
  used: (key: string, entry: Entry | undefined) => void,
): Promise<Map<string, Hex>> {
  const entries = await reading.get(hashes.map(keyOfCode))
  const codes = new Map<string, Hex>()
  for (const [index, codeHash] of hashes.entries()) {
    const entry = entries[index]
    if (!isData(entry?.body)) continue
    used(keyOfCode(codeHash), entry)
    codes.set(codeHash, entry.body)
  }
  return codes
}

function put(storage: Values['storage'], address: Address, slot: Hex, value: Hex): void {
  const slots = storage[address] ?? {}
  slots[slot] = value
  storage[address] = slots
}

const shortNumber = (word: string): Hex => `0x${word.slice(2).replace(/^0+(?=.)/, '')}`
