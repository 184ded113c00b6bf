// Rows of what was measured in our build, in the plain build and natively, by turns.
//
// Samples come as rounds: a list for each time that it was one's turn. Times are of all rounds together;
// how far a ratio is to be trusted is told by what it is in each round.

import { round, rounded } from '../rows.mjs'
import { median, summary } from '../statistics.mjs'

/** @typedef {number[][]} Rounds */

/** How many times as long the one takes: of all, and at least and at most in a round. */
export function quotient(one, other) {
  const middle = (rounds) => median(rounds.flat())
  const each = one.map((samples, n) => median(samples) / median(other[n]))
  return {
    runs: each.length,
    median: middle(one) / middle(other),
    min: Math.min(...each),
    max: Math.max(...each),
  }
}

/**
 * Rows of one case.
 * @param {object} where `bench`, `case`, `runtime`, `threads`, `build`
 * @param {{ ours: Rounds, plain: Rounds, native?: Rounds, prefix?: string }} samples
 *   `prefix` goes before the names of metrics of ours and of plain
 * @param {{ unit: string, scale?: number }} figures times are multiplied by `scale`
 */
export function comparisonRows(where, { ours, plain, native, prefix = '' }, { unit, scale = 1 }) {
  const times = (metric, rounds) => ({
    ...where,
    metric,
    unit,
    ...rounded(summary(rounds.flat().map((time) => time * scale))),
  })
  const overNative = (metric, rounds) => {
    const figures = rounded(quotient(rounds, native))
    // As in `wasm-over-native`, the name says what is divided by what: smaller is better.
    return { ...where, metric, unit: 'x', ...figures, against: 'native', ratio: figures.median }
  }
  const ratio = round(quotient(plain, ours).median)
  return [
    { ...times(`${prefix}time`, ours), against: 'plain', ratio },
    times(`plain_${prefix}time`, plain),
    ...(native === undefined
      ? []
      : [
          overNative(`${prefix}over_native`, ours),
          overNative(`plain_${prefix}over_native`, plain),
        ]),
  ]
}

/** The row of what the native command line takes, which is plain revm too. */
export const nativeRow = (where, native, { unit, scale = 1 }) => ({
  ...where,
  metric: 'native_time',
  unit,
  ...rounded(summary(native.flat().map((time) => time * scale))),
})
