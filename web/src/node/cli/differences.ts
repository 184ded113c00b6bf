// What a recorded result and one of now have otherwise.

import { isRecord } from '../../state/answers.js'
import type { Fields } from './input.js'
import { toJson } from './json.js'

/** One value that is not as it was. What is absent is `undefined`. */
export type Difference = {
  /** Its place, for example `transactions[2].gasUsed`. */
  field: string
  recorded: unknown
  now: unknown
}

// How it was come by, which no two runs have in common, and what was only written beside the result.
const besides = new Set([
  'report',
  'milliseconds',
  'sequentialMilliseconds',
  'identical',
  'replayKey',
  'base',
])

/** Compares a result with one that was read from JSON. */
export function differences(recorded: Fields, result: object): Difference[] {
  const now = JSON.parse(toJson(result)) as Fields
  return [...difference('', contentOf(recorded), contentOf(now))]
}

const contentOf = (result: Fields): Fields =>
  Object.fromEntries(Object.entries(result).filter(([field]) => !besides.has(field)))

function* difference(field: string, recorded: unknown, now: unknown): Generator<Difference> {
  const pairs = pairsOf(recorded, now)
  if (pairs === undefined) {
    if (recorded !== now) yield { field, recorded, now }
    return
  }
  for (const [key, one, other] of pairs) {
    const place = Array.isArray(now) ? `[${key}]` : field === '' ? key : `.${key}`
    yield* difference(field + place, one, other)
  }
}

/** What both have under each key that either has; nothing where they are not of one kind. */
const pairsOf = (one: unknown, other: unknown): [string, unknown, unknown][] | undefined => {
  const areAlike =
    (Array.isArray(one) && Array.isArray(other)) || (isRecord(one) && isRecord(other))
  if (!areAlike) return undefined
  const [left, right] = [one, other] as [Fields, Fields]
  return [...new Set([...Object.keys(left), ...Object.keys(right)])].map((key) => [
    key,
    left[key],
    right[key],
  ])
}
