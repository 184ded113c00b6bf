// The test module in a real browser: a page that is opened again where the module is lost.

import { openBrowser } from '../../tests/support/browsers.mjs'
import { openPage, openTestSite, PageError } from '../../tests/support/harness.mjs'
import { conformancePlace } from '../build/wasm.mjs'
import { repository } from '../setup/places.mjs'
import { callLimit, LostModule } from './cases.mjs'

/** @implements {import('./cases.mjs').Place} */
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

  async perform(operation, parameters) {
    if (!this.#perform) throw new LostModule('the module was lost before')
    try {
      return await this.#perform(operation, parameters)
    } catch (error) {
      if (error instanceof PageError && error.facts.name !== 'Panic')
        throw new Error(error.facts.message)
      this.#perform = undefined
      if (error instanceof PageError) throw new LostModule(`panicked: ${error.facts.message}`)
      // A page that did not answer may be busy for ever.
      await this.#quit()
      throw new LostModule(error.message)
    }
  }

  /** Has the site answer a path with this. */
  serve(path, answer) {
    this.#answers[path] = answer
  }

  choose(choice) {
    return this.perform('choose', choice)
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
    return this.perform(operation, { kind, path, url: '/tests.json', ...more })
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
