// Measures cases in our builds, in plain builds and natively, by turns, and makes rows of it.

import { geomeanRow } from '../rows.mjs'
import { comparisonRows, nativeRow } from './rows.mjs'
import { comparisonLine } from './table.mjs'

const rounds = 3

/**
 * Measures a case on an open page, and natively before each of its rounds.
 * @param {object} page
 * @param {object | undefined} native the native runtime, if it takes part
 * @param {{ state: object, request: object }} subject
 * @param {{ turns: number, warmUp: number, nativeTurns: number, repeat: number, fresh: boolean, seeds?: (turn: number) => string }} how
 *   `warmUp`: turns that come first and do not count
 */
async function measureRounds(page, native, subject, how) {
  const { turns, warmUp, nativeTurns, repeat, fresh, seeds } = how
  const both = () => ({ ours: [], plain: [] })
  const found = { first: both(), rest: both(), empty: both(), native: [] }
  await page.take(subject)
  let from = 0
  const next = async (count) => {
    const given = seeds && Array.from({ length: count }, (_, turn) => seeds(from + turn))
    const runs = await page.measure({ turns: count, from, fresh, repeat, seeds: given })
    from += count
    return runs
  }
  await next(warmUp)
  for (let round = 0; round < rounds; round++) {
    if (native) {
      const { runs } = await native.measure(subject, 1, nativeTurns)
      // With one thread both are the same loop. The first turn finds colder caches.
      found.native.push(runs.slice(1).flatMap((run) => [run.parallel, run.sequential]))
    }
    const runs = await next(turns)
    for (const name of ['ours', 'plain']) {
      found.first[name].push(runs[name].map(({ first }) => first))
      found.rest[name].push(runs[name].flatMap(({ rest }) => rest))
      found.empty[name].push(runs[name].flatMap(({ empty }) => empty))
    }
  }
  return { ...found, native: native && found.native }
}

/**
 * Opens a page for each browser and build that was asked for, and hands `use` a way to measure:
 * `measure(name, subject, how, rowsOf)`, which guards, prints and keeps.
 */
export async function eachVariant(bench, use) {
  const native = bench.runtimes.find(({ name }) => name === 'native')
  const browsers = bench.runtimes.filter(({ name }) => name !== 'native')
  if (browsers.length === 0) {
    bench.print('  runs in browsers only: name one with --runtime')
    return
  }
  // Not before it is needed: it wants the package to be built.
  const { openVariants } = await import('./browser.mjs')
  for (const { name: runtime } of browsers)
    for (const build of bench.options.builds) {
      const page = await openVariants(runtime, build)
      const found = []
      try {
        await use(async (name, subject, how, rowsOf) => {
          const where = { bench: bench.name, case: name, runtime, threads: 1, build }
          await bench.guard(`${name}, ${runtime}, ${build}`, async () => {
            const rows = rowsOf(where, await measureRounds(page, native, subject, how))
            found.push(...bench.add(rows, [comparisonLine(rows)]))
          })
        })
      } finally {
        await page.close()
      }
      if (found.length > 0) summarise(bench, found)
    }
}

/** Geometric means over all cases, one for each metric. */
function summarise(bench, rows) {
  const metrics = [...new Set(rows.map(({ metric }) => metric))]
  const means = metrics.map((metric) => geomeanRow(rows.filter((row) => row.metric === metric)))
  bench.add(means, [comparisonLine(means)])
}

/** Rows of the further executions of a case, and of the native ones. */
export const warmRows = (where, { rest, native }, figures) => [
  ...comparisonRows(where, { ...rest, native }, figures),
  ...(native ? [nativeRow(where, native, figures)] : []),
]

/** Rows of further executions that remember nothing of one another. */
export const emptyRows = (where, { empty, native }, figures) =>
  comparisonRows(where, { ...empty, native, prefix: 'empty_' }, figures)

/** Rows of the first executions of a case: with nothing remembered, or with other input each time. */
export const firstRows = (where, { first, native }, figures, prefix) =>
  comparisonRows(where, { ...first, native, prefix }, figures)
