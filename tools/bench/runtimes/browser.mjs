// A real browser as a runtime: each measurement gets a simulator of its own on the test page, as an
// application would make one. With one thread that is the single-threaded build.

import { openBrowser } from '../../../tests/support/browsers.mjs'
import { openPage, openTestSite, PageError } from '../../../tests/support/harness.mjs'

/**
 * Opens a page in a browser and returns `{ perform, versions, close }`. After an error that did not
 * come from the page itself it may still be busy; the next call then gets a new browser.
 * @param {string} name
 * @param {object} site options of the site
 */
export async function openBench(name, site) {
  const { url, close } = await openTestSite(site)
  let session
  const start = async () => {
    const { driver, quit } = await openBrowser(name)
    try {
      const capabilities = await driver.getCapabilities()
      return {
        perform: await openPage(driver, url),
        quit,
        version: capabilities.getBrowserVersion(),
      }
    } catch (error) {
      await quit()
      throw error
    }
  }
  const end = async () => {
    const { quit } = session ?? {}
    session = undefined
    await quit?.()
  }
  try {
    session = await start()
  } catch (error) {
    await close()
    throw error
  }
  return {
    versions: { [name]: session.version },
    async perform(operation, parameters) {
      session ??= await start()
      try {
        return await session.perform(operation, parameters)
      } catch (error) {
        if (!(error instanceof PageError)) await end().catch(() => {})
        throw error
      }
    },
    async close() {
      await end()
      await close()
    },
  }
}

const asJson = (value) => ({ body: JSON.stringify(value), type: 'application/json' })

/** A browser that measures cases. */
export async function openBrowserRuntime(name) {
  const answers = {}
  const { perform, versions, close } = await openBench(name, { answers })
  return {
    name,
    versions,
    /** Measures a case; how many turns follows from a first result. */
    async measure({ state, request }, threads, turns) {
      answers['/state.json'] = asJson(state)
      answers['/request.json'] = asJson(request)
      const simulator = await perform('create', {
        stateUrl: '/state.json',
        threads,
        // Otherwise one thread would be measured under the name of several.
        requireThreads: threads > 1,
      })
      const { id } = simulator
      try {
        if (simulator.threads !== threads)
          throw new Error(`the page has ${simulator.threads} threads and not ${threads}`)
        const replay = (more) =>
          perform('replayBlock', {
            id,
            requestUrl: '/request.json',
            threads,
            compare: true,
            remember: false,
            ...more,
          })
        return await replay({ repeat: turns(await replay({})) })
      } finally {
        await perform('dispose', { id })
      }
    },
    close,
  }
}
