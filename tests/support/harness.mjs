// Drives the test page (tests/browser/page): creates simulators in a real browser and brings their
// answers and errors back as plain data.

import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { within } from './limit.mjs'
import { pack, unpack } from './page/quantities.js'
import { openSite } from './site.mjs'

const folder = (path) => fileURLToPath(new URL(`../../${path}`, import.meta.url)).replace(/\/$/, '')

/** Path to folder, for all that tests serve. */
export const folders = {
  '/page/': folder('tests/browser/page'),
  '/support/': folder('tests/support'),
  '/dist/': folder('web/dist'),
  '/demo/': folder('demo/dist'),
}

for (const path of ['web/dist/index.js', 'demo/dist/index.html'])
  if (!existsSync(folder(path))) throw new Error(`${path} is missing: run "npm run build"`)

/** Longer than any limit that the page itself sets, so that the page's own error arrives first. */
const callLimit = 100_000

/** An error that a call on the page threw, with all the facts of its class. */
export class PageError extends Error {
  constructor(facts) {
    super(`${facts.name} ${facts.code ?? ''}: ${facts.message}`)
    this.name = 'PageError'
    this.facts = facts
  }
}

/**
 * Opens the test page, or another that is operated like it, and returns a function that performs one
 * operation on it.
 * @param {import('selenium-webdriver').WebDriver} driver
 * @param {string} url of the site
 * @param {{ path?: string, limit?: number }} options `limit` is that of a call, in milliseconds
 */
export async function openPage(driver, url, options = {}) {
  const { path = '/page/index.html', limit = callLimit } = options
  await driver.manage().setTimeouts({ script: limit })
  await driver.get(`${url}${path}`)
  await driver.wait(
    () => driver.executeScript('return document.documentElement.dataset.ready === "yes"'),
    15_000,
    'the test page did not load its module',
  )
  return async (operation, parameters = {}) => {
    const answer = await within(
      limit + 5_000,
      `${operation} on the page`,
      driver.executeAsyncScript(
        'const done = arguments[arguments.length - 1]; window.perform(arguments[0], arguments[1]).then(done)',
        operation,
        pack(parameters),
      ),
    )
    const { value, error } = unpack(answer)
    if (error) throw new PageError(error)
    return value
  }
}

/** What a call on the page threw; fails if it did not throw. */
export async function thrownBy(call) {
  try {
    await call
  } catch (error) {
    if (error instanceof PageError) return error.facts
    throw error
  }
  throw new Error('nothing was thrown')
}

/** Opens a site with the test page, the package and the demo on it, and with `more` folders. */
export const openTestSite = ({ more = {}, ...options } = {}) =>
  openSite({ folders: { ...folders, ...more }, ...options })

/** Hands the test page of a site of its own to `use`, and leaves nothing of it behind. */
export async function onSite(driver, { path, ...options }, use) {
  const site = await openTestSite(options)
  try {
    return await use(await openPage(driver, site.url, path && { path }), site)
  } finally {
    await driver.get('about:blank')
    await site.close()
  }
}
