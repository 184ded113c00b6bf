// Sheets on the shelf. An account with many slots has them on sixteen sheets, by the last digit of
// the slot, and those again by the digit before it: who reads five slots of a token with 20,000 does
// not read them all. How far it goes is found on the way, one level after the other, in one
// transaction.

import type { Books } from './books.js'
import type { Place } from './cache.js'
import { emptySheet, type Sheet, sheetOf, sizeOfSheet } from './sheet.js'
import type { Entry, Reading, Writing } from './shelf.js'

/** A sheet that was taken from the shelf, and why. */
export type Page = {
  key: string
  /** An address, or {@link blockHashes}. */
  owner: string
  /** The digits that lead to it; the first sheet of an owner has none. */
  path: string
  /** The record it was read from, if there was one. */
  entry: Entry | undefined
  sheet: Sheet
  /** Which of the slots asked for belong here. */
  slots: readonly string[]
}

/** Hashes of blocks stand on sheets like slots do, by number, under this in the place of an address. */
export const blockHashes = 'blocks'

/** Larger sheets are split: who reads or writes one slot does so with the whole sheet. */
const maximumSheet = 32 * 1024

/** After so many digits a sheet grows instead: nobody has so many slots, except to do harm. */
const maximumDigits = 6

const keyOf = (chainId: number, owner: string, path: string) => `a:${chainId}:${owner}:${path}`

/** Takes from the shelf the first sheet of each owner, and those on which the slots stand or would. */
export async function openSheets(
  reading: Reading,
  { chainId }: Place,
  wanted: ReadonlyMap<string, readonly string[]>,
): Promise<Page[]> {
  const pages: Page[] = []
  let level = [...wanted].map(([owner, slots]) => ({ owner, path: '', slots }))
  while (level.length > 0) {
    const keys = level.map(({ owner, path }) => keyOf(chainId, owner, path))
    const entries = await reading.get(keys)
    const below: typeof level = []
    for (const [index, { owner, path, slots }] of level.entries()) {
      const entry = entries[index]
      const sheet = sheetOf(entry?.body) ?? emptySheet()
      const page = { key: keys[index] as string, owner, path, entry, sheet }
      if (sheet.split && path.length < maximumDigits) {
        pages.push({ ...page, slots: [] })
        for (const [digit, some] of byDigit(slots, path.length))
          below.push({ owner, path: path + digit, slots: some })
      } else pages.push({ ...page, slots })
    }
    level = below
  }
  return pages
}

/** Puts a sheet on the shelf, in parts if it has become large. */
export async function putSheet(
  writing: Writing,
  books: Books,
  place: Place,
  page: Omit<Page, 'slots'>,
): Promise<void> {
  const { sheet, owner, path } = page
  const slots = Object.keys(sheet.slots)
  if (sizeOfSheet(sheet) <= maximumSheet || slots.length < 2 || path.length >= maximumDigits)
    return books.put(page.key, page.entry, sizeOfSheet(sheet), sheet)

  const parts = [...byDigit(slots, path.length)].map(([digit, some]) => {
    const part: Sheet = { blocks: [...sheet.blocks], next: sheet.next, slots: {} }
    for (const slot of some) part.slots[slot] = sheet.slots[slot] ?? []
    return { path: path + digit, part }
  })
  sheet.slots = {}
  sheet.split = true
  books.put(page.key, page.entry, sizeOfSheet(sheet), sheet)
  const keys = parts.map((part) => keyOf(place.chainId, owner, part.path))
  // There are some where the sheet above was evicted and they were not yet.
  const old = await writing.get(keys)
  for (const [index, part] of parts.entries())
    await putSheet(writing, books, place, {
      key: keys[index] as string,
      owner,
      path: part.path,
      entry: old[index],
      sheet: part.part,
    })
}

function byDigit(slots: readonly string[], depth: number): Map<string, string[]> {
  const groups = new Map<string, string[]>()
  for (const slot of slots) {
    const digit = slot.charAt(slot.length - 1 - depth)
    const group = groups.get(digit)
    if (group === undefined) groups.set(digit, [slot])
    else group.push(slot)
  }
  return groups
}
