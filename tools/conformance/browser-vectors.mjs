// JSON-RPC vectors on the package in a real browser: one page has the test module and the package.

import { readFileSync } from 'node:fs'
import { Page } from './browser.mjs'
import { LostModule } from './cases.mjs'
import { NoTests } from './files.mjs'

/** Opens a browser with both. */
export async function openBrowser(browser, threads) {
  const page = new Page(browser, threads)
  try {
    await page.open()
  } catch (error) {
    await page.close()
    throw error
  }
  return {
    importVectors: async (path, files) => {
      const contents = files.map(({ name, file }) => [name, readFileSync(file, 'base64')])
      const body = JSON.stringify(Object.fromEntries(contents))
      page.serve('/vectors.json', { body, type: 'application/json' })
      try {
        return await page.perform('importVectors', { url: '/vectors.json' })
      } catch (error) {
        if (error instanceof LostModule) throw error
        throw new NoTests(`${path}: ${error.message}`)
      }
    },
    choose: (choice) => page.perform('choose', choice),
    runVector: (vector) => page.perform('runVector', vector),
    quit: () => page.close(),
  }
}
