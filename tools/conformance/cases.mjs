// Runs the cases of test suites on the test module, wherever that is: it gets one file after the other,
// with the places of the cases to run in it. A panic ends the module, and what hangs is ended with
// whatever it hangs in; the cases of that file then run one by one, each on a module of its own, so that
// the others still get their verdicts.

import { NoTests, withFiles } from './files.mjs'
import { Tally } from './tally.mjs'

/** The slowest case takes more than a minute natively on a slow machine. */
export const callLimit = 600_000

/** A call that left no module behind; the message says why. */
export class LostModule extends Error {}

/**
 * Where the test module is. What a call rejects with is a `LostModule`, or says what is wrong with the
 * file.
 * @typedef {object} Place
 * @property {() => Promise<void>} open
 * @property {(choice: object) => Promise<number[]>} choose which of all cases are taken
 * @property {(file: object, places: number[]) => Promise<object[]>} run a row for each case
 * @property {(file: object, place: number) => Promise<object>} nameOf
 * @property {() => Promise<void>} close
 */

/**
 * Runs the tests at the paths; whether none failed. Throws `NoTests` where there are none to run.
 * @param {Place} place
 */
export function runCases({ kind, paths, sample, seed, json }, place) {
  return withFiles(kind, paths, async (files) => {
    try {
      await place.open()
      const total = files.reduce((sum, { cases }) => sum + cases, 0)
      const chosen = await place.choose({ total, sample, seed })
      const tally = new Tally({ json })
      let first = 0
      let at = 0
      for (const { name, file, cases } of files) {
        const places = []
        while (at < chosen.length && chosen[at] < first + cases) places.push(chosen[at++] - first)
        first += cases
        for (const row of await verdicts(place, { kind, path: name, file }, places))
          tally.count(name, row)
      }
      return tally.finish()
    } finally {
      await place.close()
    }
  })
}

async function verdicts(place, file, places) {
  if (places.length === 0) return []
  try {
    return await place.run(file, places)
  } catch (error) {
    if (!(error instanceof LostModule)) throw new NoTests(error.message)
    if (places.length === 1) {
      const name = await place.nameOf(file, places[0])
      return [{ ...name, verdict: 'failed', reason: error.message }]
    }
  }
  const rows = []
  for (const one of places) rows.push(...(await verdicts(place, file, [one])))
  return rows
}
