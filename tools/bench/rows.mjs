// Rows of the report. Every figure of every benchmark has this one form, so that tools can read a
// benchmark they know nothing of.

import { geomean, measured, median, summary } from './statistics.mjs'

/**
 * @typedef {object} Row
 * @property {string} bench @property {string} case @property {string} runtime
 * @property {number} threads @property {string} metric @property {string} unit
 * @property {number} runs how many measurements the figures are of
 * @property {number} median @property {number} min @property {number} max
 * @property {string} [against] what `ratio` compares with
 * @property {number} [ratio] above 1 where this is better than that, but for `wasm-over-native`
 *   and metrics that end with `over_native`
 * @property {'single' | 'threads'} [build] which wasm build was measured, where a benchmark has both
 * @property {string} [engine] who ran it, and
 * @property {number} [latency] how many milliseconds a request took, of remote state
 * @property {'work' | 'criticalPath' | 'driver' | 'window'} [bound] of a modelled run, what bounds it
 */

/**
 * What a benchmark's measurement of one case comes to.
 * @param {{ bench: string, case: string, runtime: string, threads: number }} where
 * @param {{ runs: { parallel: number, sequential: number }[], transactions: number, report: { executions: number } }} result
 * @returns {Row[]}
 */
export function timeRows(where, { runs, transactions, report }) {
  const { parallel, sequential } = measured(runs)
  return [
    {
      ...where,
      metric: 'time',
      unit: 'ms',
      ...rounded(summary(parallel)),
      ...against('sequential', median(sequential), median(parallel)),
    },
    { ...where, metric: 'sequential_time', unit: 'ms', ...rounded(summary(sequential)) },
    {
      ...where,
      metric: 'executions_per_transaction',
      unit: '',
      ...rounded(summary([report.executions / transactions])),
    },
  ]
}

/**
 * What the models of one case come to, a row for each number of workers that was asked for.
 * @param {string} name of the case
 * @param {{ models: { asked: number, speedUp: number, runs: number[], bound: string }[] }} modelled
 * @returns {Row[]}
 */
export const modelRows = (name, { models }) =>
  models.map(({ asked, runs, bound }) => {
    const figures = rounded(summary(runs))
    return {
      bench: 'model',
      case: name,
      runtime: 'native',
      threads: asked,
      metric: 'modelled_speed_up',
      unit: 'x',
      ...figures,
      against: 'sequential',
      ratio: figures.median,
      bound,
    }
  })

/**
 * What two sequential loops at once come to that share nothing, against one alone doing the work of
 * both: the most that two threads of this machine can reach.
 * @param {string} name of the case
 * @param {{ alone: number[], two: number[] }} times in milliseconds
 * @returns {Row}
 */
export const ceilingRow = (name, { alone, two }) => ({
  bench: 'independent',
  case: name,
  runtime: 'native',
  threads: 2,
  metric: 'two_loops_time',
  unit: 'ms',
  ...rounded(summary(two)),
  ...against('one loop, twice', 2 * median(alone), median(two)),
})

const boundWords = {
  work: 'the work itself',
  criticalPath: 'transactions that depend on one another',
  driver: 'what one worker does alone',
  window: 'one worker alone, since next to nothing that ran ahead stood',
}

/** What bounds the cases of these rows, the most frequent first. */
export function boundsInWords(rows) {
  const count = (bound) => rows.filter((row) => row.bound === bound).length
  return Object.keys(boundWords)
    .filter((bound) => count(bound) > 0)
    .sort((a, b) => count(b) - count(a))
    .map((bound) => `${count(bound)} of ${rows.length} are bound by ${boundWords[bound]}`)
    .join(', ')
}

/** One row over rows of several cases: geometric means of their figures and of their ratios. */
export function geomeanRow(rows) {
  const [{ bench, runtime, threads, build, metric, unit, against: other }] = rows
  const mean = (name) => geomean(rows.map((row) => row[name]))
  return {
    bench,
    case: 'geomean',
    runtime,
    threads,
    ...(build && { build }),
    metric,
    unit,
    runs: Math.min(...rows.map(({ runs }) => runs)),
    ...rounded({ median: mean('median'), min: mean('min'), max: mean('max') }),
    ...(rows.some(({ ratio }) => ratio === undefined)
      ? {}
      : { against: other, ratio: round(mean('ratio')) }),
  }
}

/**
 * How many times as long wasm takes for the same work in order, so that threads are not credited
 * with, or blamed for, what the compiler does. One row a benchmark and browser.
 */
export function wasmOverNativeRows(rows) {
  const plain = rows.filter((row) => row.metric === 'sequential_time' && row.case !== 'geomean')
  const native = new Map(
    plain.filter(({ runtime }) => runtime === 'native').map((row) => [key(row), row.median]),
  )
  const groups = new Map()
  for (const row of plain) {
    // What a browser's clock cannot tell from nought says nothing.
    if (row.runtime === 'native' || !(native.get(key(row)) > 0) || !(row.median > 0)) continue
    const name = [row.bench, row.runtime, row.threads].join()
    groups.set(name, [...(groups.get(name) ?? []), row])
  }
  return [...groups.values()].map((group) => {
    const [{ bench, runtime, threads }] = group
    const slowdowns = group.map((row) => row.median / native.get(key(row)))
    const figures = { ...summary(slowdowns), median: geomean(slowdowns) }
    return {
      bench,
      case: 'wasm-over-native',
      runtime,
      threads,
      metric: 'time',
      unit: 'x',
      ...rounded(figures),
      against: 'native',
      // The one ratio that is better when it is smaller: its name says what is divided by what.
      ratio: round(figures.median),
    }
  })
}

/** What a row compares with; without a ratio where a clock was too coarse for one. */
const against = (name, other, own) => ({
  against: name,
  ...(own > 0 && other > 0 ? { ratio: round(other / own) } : {}),
})

const key = (row) => [row.bench, row.case, row.threads].join()

/** Four places: more than any of this can be measured to, and short enough to read. */
export const round = (number) => Math.round(number * 1e4) / 1e4

export const rounded = (figures) =>
  Object.fromEntries(Object.entries(figures).map(([name, number]) => [name, round(number)]))
