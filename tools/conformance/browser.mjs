// Runs test suites in a real browser: a page with the test module gets one file after the other, with
// the places of the cases to run in it. A panic ends the module, and what hangs is ended with its
// browser; the cases of that file then run one by one, each on a page of its own, so that the others
// still get their verdicts.

import { openBrowser } from '../../tests/support/browsers.mjs'
import { openPage, openTestSite, PageError } from '../../tests/support/harness.mjs'
import { conformancePlace } from '../build/wasm.mjs'
import { repository } from '../setup/places.mjs'
import { NoTests, withFiles } from './files.mjs'
import { Tally } from './tally.mjs'

/** The slowest case takes more than a minute natively on a slow machine. */
const callLimit = 600_000

/** Runs the tests at the paths; whether none failed. Throws `NoTests` where there are none to run. */
export function runIn({ kind, paths, threads, sample, seed, json, browser }) {
  return withFiles(kind, paths, async (files) => {
    const page = new Page(browser, threads)
    try {
      await page.open()
      const total = files.reduce((sum, { cases }) => sum + cases, 0)
      const chosen = await page.perform('choose', { total, sample, seed })
      const tally = new Tally({ json })
      let first = 0
      let at = 0
      for (const { name, file, cases } of files) {
        const places = []
        while (at < chosen.length && chosen[at] < first + cases) places.push(chosen[at++] - first)
        first += cases
        for (const row of await verdicts(page, { kind, path: name, file, places }))
          tally.count(name, row)
      }
      return tally.finish()
    } finally {
      await page.close()
    }
  })
}

async function verdicts(page, { places, ...file }) {
  if (places.length === 0) return []
  try {
    return await page.run(file, places)
  } catch (error) {
    if (!page.isLost(error)) throw new NoTests(error.facts.message)
    if (places.length === 1) return [await lostCase(page, file, places[0], error)]
  }
  const rows = []
  for (const place of places) rows.push(...(await verdicts(page, { ...file, places: [place] })))
  return rows
}

/** The row of a case that ended the module. */
async function lostCase(page, file, place, error) {
  const reason = error instanceof PageError ? `panicked: ${error.facts.message}` : error.message
  return { ...(await page.nameOf(file, place)), verdict: 'failed', reason }
}

/** The page with the test module, opened again where it is lost. */
export class Page {
  #browser
  #threads
  #site
  #session
  #perform
  #answers = {}

  constructor(browser, threads) {
    this.#browser = browser
    this.#threads = threads
  }

  async open() {
    this.#site ??= await openTestSite({
      more: {
        '/conformance-page/': `${repository}/tests/conformance/page`,
        '/conformance/': `${repository}/${conformancePlace}`,
      },
      answers: this.#answers,
    })
    this.#session ??= await openBrowser(this.#browser)
    this.#perform = await openPage(this.#session.driver, this.#site.url, {
      path: '/conformance-page/index.html',
      limit: callLimit,
    })
    await this.perform('start', { threads: this.#threads })
  }

  perform(operation, parameters) {
    return this.#perform(operation, parameters)
  }

  /** Has the site answer a path with this. */
  serve(path, answer) {
    this.#answers[path] = answer
  }

  run(file, places) {
    return this.#inFile('run', file, { places })
  }

  nameOf(file, place) {
    return this.#inFile('nameOf', file, { place })
  }

  async #inFile(operation, { kind, path, file }, more) {
    if (!this.#perform) await this.open()
    this.#answers['/tests.json'] = { file, type: 'application/json' }
    try {
      return await this.perform(operation, { kind, path, url: '/tests.json', ...more })
    } catch (error) {
      if (this.isLost(error)) {
        this.#perform = undefined
        // A page that did not answer may be busy for ever.
        if (!(error instanceof PageError)) await this.#quit()
      }
      throw error
    }
  }

  /** Whether an error left no module behind. */
  isLost(error) {
    return !(error instanceof PageError) || error.facts.name === 'Panic'
  }

  async #quit() {
    const session = this.#session
    this.#session = undefined
    await session?.quit().catch(() => {})
  }

  async close() {
    await this.#quit()
    await this.#site?.close()
  }
}
