// JSON-RPC vectors on the package in a real browser: one page has the test module and the package.

import { readFileSync } from 'node:fs'
import { Page } from './browser.mjs'

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
    importVectors: (files) => {
      const contents = files.map(({ name, file }) => [name, readFileSync(file, 'base64')])
      const body = JSON.stringify(Object.fromEntries(contents))
      page.serve('/vectors.json', { body, type: 'application/json' })
      return page.perform('importVectors', { url: '/vectors.json' })
    },
    choose: (choice) => page.perform('choose', choice),
    runVector: (vector) => page.perform('runVector', vector),
    quit: () => page.close(),
  }
}
