// Writing values to the shelf.

import type { Address, Hex } from '../../hex.js'
import type { AccountValue, Values } from '../keys.js'
import type { Books } from './books.js'
import type { HashCode, Place } from './cache.js'
import { keyOfCode } from './look.js'
import { enter, note } from './sheet.js'
import { blockHashes, openSheets, putSheet } from './sheets.js'
import type { Writing } from './shelf.js'
import { isData, isHash, longWord, nameOfCode, shortWord, writeAccount } from './values.js'

/** Writes what was seen at a block. Values that are no values are left out. */
export async function putValues(
  writing: Writing,
  books: Books,
  place: Place,
  values: Values,
  hashCode: HashCode,
): Promise<void> {
  const codes = new Map<string, Hex>()
  const hash = once(hashCode)
  for (const [codeHash, code] of Object.entries(values.codes))
    if (isData(code) && hash(code) === codeHash) codes.set(codeHash, code)

  const noted = new Map<string, Map<string | undefined, string>>()
  const notes = (owner: string) => {
    const present = noted.get(owner) ?? new Map<string | undefined, string>()
    noted.set(owner, present)
    return present
  }
  for (const [address, value] of Object.entries(values.accounts)) {
    const codeHash = codeOf(value, codes, hash)
    const text = codeHash === undefined ? undefined : writeAccount(value, codeHash)
    if (text !== undefined) notes(address).set(undefined, text)
  }
  for (const [address, slots] of Object.entries(values.storage))
    for (const [slot, word] of Object.entries(slots)) {
      const value = shortWord(word)
      if (isHash(slot) && value !== undefined) notes(address).set(slot, value)
    }
  for (const [number, blockHash] of Object.entries(values.blockHashes)) {
    const slot = longWord(number)
    const value = isHash(blockHash) ? shortWord(blockHash) : undefined
    if (slot !== undefined && value !== undefined) notes(blockHashes).set(slot, value)
  }

  await putNotes(writing, books, place, noted)
  await putCodes(writing, books, codes)
}

/** Hashes each code once: many accounts are copies of one contract. */
function once(hashCode: HashCode): HashCode {
  const hashes = new Map<Hex, Hex>()
  return (code) => {
    const hash = hashes.get(code) ?? (hashCode(code).toLowerCase() as Hex)
    hashes.set(code, hash)
    return hash
  }
}

/** The hash by which the account names its code, which is checked, and the code among those to write. */
function codeOf(
  { code, codeHash }: AccountValue,
  codes: Map<string, Hex>,
  hashCode: HashCode,
): string | undefined {
  if (code === undefined) return nameOfCode(codeHash)
  if (!isData(code)) return undefined
  const name = code === '0x' ? '' : hashCode(code)
  // What is remembered for ever must not depend on one endpoint's word.
  if (codeHash !== undefined && nameOfCode(codeHash) !== name) return undefined
  if (name !== '') codes.set(name, code)
  return name
}

async function putNotes(
  writing: Writing,
  books: Books,
  place: Place,
  noted: ReadonlyMap<string, ReadonlyMap<string | undefined, string>>,
): Promise<void> {
  const wanted = new Map<string, string[]>()
  for (const [owner, values] of noted)
    wanted.set(
      owner,
      [...values.keys()].filter((slot) => slot !== undefined),
    )
  for (const page of await openSheets(writing, place, wanted)) {
    const values = noted.get(page.owner as Address)
    const account = page.path === '' ? values?.get(undefined) : undefined
    if (account === undefined && page.slots.length === 0) continue
    const at = enter(page.sheet, place)
    if (account !== undefined) note(page.sheet, at, undefined, account)
    for (const slot of page.slots) note(page.sheet, at, slot, values?.get(slot) ?? '0x')
    await putSheet(writing, books, place, page)
  }
}

async function putCodes(
  writing: Writing,
  books: Books,
  codes: ReadonlyMap<string, Hex>,
): Promise<void> {
  const keys = [...codes.keys()].map(keyOfCode)
  const present = await writing.has(keys)
  for (const [index, code] of [...codes.values()].entries())
    if (!present[index]) books.put(keys[index] as string, undefined, code.length, code)
}
