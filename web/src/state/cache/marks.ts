// At which blocks a value was seen. Most values stay the same from block to block, so each stands
// once, followed by the places, in the sheet's table of blocks, of those at which it was seen:
//
//     ['0x2a', 0, 1, 4, '0x2b', 5]
//
// A value without a place was seen at a block that the table has forgotten: good for a prediction.
// There is at most one such, and only where nothing else is left.

/** Values, each followed by the places of its blocks. */
export type Marks = (string | number)[]

/** A block in a sheet's table: its hash and its number. */
export type Block = [hash: string, number: number]

/** The value that was seen at exactly this block. */
export function valueAt(marks: Marks, place: number): string | undefined {
  let value: string | undefined
  for (const mark of marks) {
    if (typeof mark === 'string') value = mark
    else if (mark === place) return value
  }
  return undefined
}

/** The value of the latest block up to `number`; where there is none, of the one next after it. */
export function prediction(
  marks: Marks,
  blocks: readonly Block[],
  number: number,
): string | undefined {
  let value: string | undefined
  let before: { value: string | undefined; number: number } | undefined
  let after: { value: string | undefined; number: number } | undefined
  for (const mark of marks) {
    if (typeof mark === 'string') {
      value = mark
      continue
    }
    const seen = blocks[mark]?.[1]
    if (seen === undefined) continue
    if (seen <= number) {
      if (before === undefined || seen >= before.number) before = { value, number: seen }
    } else if (after === undefined || seen < after.number) after = { value, number: seen }
  }
  return (before ?? after)?.value ?? (typeof marks[0] === 'string' ? marks[0] : undefined)
}

/** The marks after `value` was seen at `place`, whatever was seen there before. */
export function marked(marks: Marks, place: number, value: string): Marks {
  const rest = forgotten(marks, place)
  if (rest.length <= 1) return [value, place]
  const at = rest.indexOf(value)
  if (at < 0) rest.push(value, place)
  else rest.splice(at + 1, 0, place)
  return rest
}

/** The marks without those at `place`; the last value stays as a prediction. */
export function forgotten(marks: Marks, place: number): Marks {
  const rest: Marks = []
  let value: string | undefined
  let written = false
  for (const mark of marks) {
    if (typeof mark === 'string') {
      value = mark
      written = false
    } else if (mark !== place && value !== undefined) {
      if (!written) rest.push(value)
      written = true
      rest.push(mark)
    }
  }
  if (rest.length === 0 && value !== undefined) rest.push(value)
  return rest
}
