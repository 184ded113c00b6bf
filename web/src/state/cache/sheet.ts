// What is remembered of one account: its balance, nonce and hash of code, and its slots, each with
// the blocks at which it was seen. One record for all of it, because a bundle reads many slots of few
// accounts, and a read from IndexedDB takes 30 microseconds, however small: 3,000 slots of 200 accounts
// take 8 ms in Chromium and 12 in Firefox, and 90 and 95 where each slot is a record.

import type { Place } from './cache.js'
import { type Block, forgotten, type Marks, marked, prediction, valueAt } from './marks.js'

/** What is remembered of one account. */
export type Sheet = {
  /** Blocks at which anything on the sheet was seen, at most {@link maximumBlocks}. */
  blocks: Block[]
  /** Where the table's next block goes once it is full: over the one that came in first. */
  next: number
  account?: Marks
  slots: Record<string, Marks>
  /** The slots have become many and stand on sheets of their own (`sheets.ts`). */
  split?: true
}

/** What a sheet says about one value. */
export type Remembered = { value: string; known: boolean }

/** How many blocks a sheet tells apart. Values of older ones remain as predictions. */
export const maximumBlocks = 16

/** A sheet with nothing on it. */
export const emptySheet = (): Sheet => ({ blocks: [], next: 0, slots: {} })

/** The sheet in a record; whatever else may stand there counts as nothing. */
export function sheetOf(body: unknown): Sheet | undefined {
  if (typeof body !== 'object' || body === null) return undefined
  const { blocks, next, slots, account } = body as Partial<Sheet>
  const sound =
    Array.isArray(blocks) &&
    blocks.length <= maximumBlocks &&
    blocks.every((block) => Array.isArray(block) && typeof block[1] === 'number') &&
    typeof next === 'number' &&
    typeof slots === 'object' &&
    slots !== null &&
    (account === undefined || Array.isArray(account))
  return sound ? (body as Sheet) : undefined
}

/** Where the block stands in the sheet's table, or -1. */
export const placeOn = (sheet: Sheet, place: Place): number =>
  sheet.blocks.findIndex(([hash]) => hash === place.blockHash)

/** Where the block stands in the sheet's table, after it was put there if it was not. */
export function enter(sheet: Sheet, place: Place): number {
  const present = placeOn(sheet, place)
  if (present >= 0) return present
  const block: Block = [place.blockHash, Number(place.blockNumber)]
  if (sheet.blocks.length < maximumBlocks) return sheet.blocks.push(block) - 1
  const at = sheet.next
  for (const [slot, marks] of Object.entries(sheet.slots)) sheet.slots[slot] = forgotten(marks, at)
  if (sheet.account !== undefined) sheet.account = forgotten(sheet.account, at)
  sheet.blocks[at] = block
  sheet.next = (at + 1) % maximumBlocks
  return at
}

/** Notes what was seen at the block with the place `at` in the sheet's table. */
export function note(sheet: Sheet, at: number, slot: string | undefined, value: string): void {
  if (slot === undefined) sheet.account = marked(sheet.account ?? [], at, value)
  else sheet.slots[slot] = marked(sheet.slots[slot] ?? [], at, value)
}

/** What is remembered of a slot, or of the account itself, for a block. */
export function remembered(
  sheet: Sheet,
  place: Place,
  slot: string | undefined,
): Remembered | undefined {
  const marks = slot === undefined ? sheet.account : sheet.slots[slot]
  if (!Array.isArray(marks)) return undefined
  const at = placeOn(sheet, place)
  const value = at < 0 ? undefined : valueAt(marks, at)
  if (value !== undefined) return { value, known: true }
  const guess = prediction(marks, sheet.blocks, Number(place.blockNumber))
  return guess === undefined ? undefined : { value: guess, known: false }
}

/** About how many bytes the sheet takes. */
export function sizeOfSheet(sheet: Sheet): number {
  let bytes = 80 + sheet.blocks.length * 80
  if (sheet.account !== undefined) bytes += sizeOfMarks(sheet.account)
  for (const [slot, marks] of Object.entries(sheet.slots)) bytes += slot.length + sizeOfMarks(marks)
  return bytes
}

function sizeOfMarks(marks: Marks): number {
  let bytes = 8
  for (const mark of marks) bytes += typeof mark === 'string' ? mark.length + 4 : 2
  return bytes
}
