// From the import of the package to the first result: in a browser that has never seen the page, and in
// one that has, which then has the files and, where it keeps that, compiled code.

import { fileURLToPath } from 'node:url'
import { rounded } from '../rows.mjs'
import { summary } from '../statistics.mjs'

const page = fileURLToPath(new URL('page', import.meta.url))
/** How many browsers are started for each build, and how often each comes back to the page. */
const browsersStarted = 4
const returns = 2
/**
 * Bundles after the first on a first visit, and milliseconds until the simulator is then disposed of: V8
 * stores what it has compiled once it has had nothing to compile for two seconds.
 */
const [again, leisure] = [40, 2_500]

const builds = { single: 1, threads: 2 }

export const start = {
  name: 'start',
  async run(bench) {
    for (const { name: runtime } of bench.runtimes.filter(({ name }) => name !== 'native'))
      await bench.guard(`start, ${runtime}`, async () => {
        const visits = await measure(runtime)
        for (const [build, threads] of Object.entries(builds))
          for (const visit of ['cold', 'warm']) {
            const where = { bench: bench.name, case: `${build}-${visit}`, runtime, threads, build }
            bench.add(startRows(where, visits[build][visit]))
          }
      })
  },
}

/** Visits by build and by whether the browser had been there before; builds take turns. */
async function measure(runtime) {
  const { openBrowser } = await import('../../../tests/support/browsers.mjs')
  const { requests, snapshot } = await import('../../../tests/support/demo-data.mjs')
  const { openPage, openTestSite } = await import('../../../tests/support/harness.mjs')
  const found = Object.fromEntries(
    Object.keys(builds).map((name) => [name, { cold: [], warm: [] }]),
  )
  const body = JSON.stringify({ state: snapshot, transactions: requests }, (_, entry) =>
    typeof entry === 'bigint' ? `0x${entry.toString(16)}` : entry,
  )
  const site = await openTestSite({
    more: { '/page/': page },
    answers: { '/case.json': { body, type: 'application/json' } },
    // As a server that names its files by their content.
    headers: { 'Cache-Control': 'public, max-age=31536000, immutable' },
  })
  try {
    for (let n = 0; n < browsersStarted; n++)
      for (const [build, threads] of Object.entries(builds)) {
        const { driver, quit } = await openBrowser(runtime)
        try {
          for (let visit = 0; visit <= returns; visit++) {
            const before = site.requested.length
            const perform = await openPage(driver, site.url)
            const options = { caseUrl: '/case.json', threads }
            const stay = visit === 0 ? { again, leisure } : {}
            const times = await perform('start', { ...options, ...stay })
            const fetched = site.requested.slice(before).filter((path) => path.endsWith('.wasm'))
            checkFetched(fetched, build, visit)
            found[build][visit === 0 ? 'cold' : 'warm'].push(times)
          }
        } finally {
          await quit()
        }
      }
    return found
  } finally {
    await site.close()
  }
}

/** One file, once, however many threads there are, and none by who has it already. */
export function checkFetched(fetched, build, visit) {
  const expected = visit === 0 ? [`/dist/forerun-${build}.wasm`] : []
  if (fetched.join() !== expected.join())
    throw new Error(`visit ${visit} fetched ${fetched.join(', ') || 'no wasm'}`)
}

/** The time to the first result, and to the end of what comes before it. */
export const startRows = (where, visits) =>
  [
    ['time', 'answered'],
    ['time_to_start', 'started'],
    ['time_to_import', 'imported'],
  ].map(([metric, step]) => ({
    ...where,
    metric,
    unit: 'ms',
    ...rounded(summary(visits.map((times) => times[step]))),
  }))
