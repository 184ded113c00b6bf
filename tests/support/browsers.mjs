// Real browsers under the WebDriver protocol. Every command has a time limit and every browser is
// ended, whatever happens in between. Browsers and drivers are those that the set-up brought; selenium
// gets their paths and never looks for any itself.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Builder } from 'selenium-webdriver'
import chrome from 'selenium-webdriver/chrome.js'
import firefox from 'selenium-webdriver/firefox.js'
import { chromiumFiles, firefoxFile } from '../../tools/setup/browsers.mjs'
import { locate } from '../../tools/setup/cargo-tools.mjs'
import { within } from './limit.mjs'

const startLimit = 60_000
const pageLimit = 30_000
const quitLimit = 20_000

/** The browsers that everything is tested in. */
export const browsers = /** @type {const} */ (['chromium', 'firefox'])

// As root Chromium has no sandbox; the rest keeps it from talking to anyone.
const chromiumFlags = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--disable-dev-shm-usage',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

function required(file, name) {
  if (!file) throw new Error(`${name} is missing: run "node tools/setup.mjs --tests"`)
  return file
}

function chromium(profile) {
  const { browser, driver } = chromiumFiles()
  const options = new chrome.Options()
  options.setChromeBinaryPath(required(browser, 'Chromium'))
  options.addArguments(...chromiumFlags, `--user-data-dir=${profile}`)
  const service = new chrome.ServiceBuilder(required(driver, 'chromedriver'))
  return new Builder().forBrowser('chrome').setChromeOptions(options).setChromeService(service)
}

async function gecko() {
  const options = new firefox.Options()
  options.setBinary(required(firefoxFile(), 'Firefox'))
  options.addArguments('-headless')
  const service = new firefox.ServiceBuilder(required(await locate('geckodriver'), 'geckodriver'))
  // Only the browser's own scripts can have garbage collected, see collectGarbage.
  service.addArguments('--allow-system-access')
  return new Builder().forBrowser('firefox').setFirefoxOptions(options).setFirefoxService(service)
}

/**
 * Starts a browser, hands its driver to `use`, and ends it.
 * @template T
 * @param {'chromium' | 'firefox'} name
 * @param {(driver: import('selenium-webdriver').WebDriver) => Promise<T>} use
 * @returns {Promise<T>}
 */
export async function withBrowser(name, use) {
  const { driver, quit } = await openBrowser(name)
  try {
    return await use(driver)
  } finally {
    await quit()
  }
}

/** Starts a browser; whoever calls this has to call `quit`. */
export async function openBrowser(name) {
  const profile = await mkdtemp(join(tmpdir(), 'forerun-browser-'))
  const remove = () => rm(profile, { recursive: true, force: true, maxRetries: 5 })
  let driver
  try {
    const builder = name === 'chromium' ? chromium(profile) : await gecko()
    driver = builder.build()
    await within(startLimit, `start of ${name}`, driver.getSession())
    await driver.manage().setTimeouts({ pageLoad: pageLimit, script: pageLimit })
  } catch (error) {
    await driver?.quit().catch(() => {})
    await remove()
    throw error
  }
  const quit = async () => {
    try {
      await within(quitLimit, `end of ${name}`, driver.quit())
    } finally {
      await remove()
    }
  }
  return { driver, quit }
}

/** Has a browser give back what nobody uses any more, as far as it does when it is asked. */
export async function collectGarbage(name, driver) {
  if (name === 'chromium') return driver.sendDevToolsCommand('HeapProfiler.collectGarbage', {})
  await driver.setContext('chrome')
  try {
    const minimize = "Services.obs.notifyObservers(null, 'memory-pressure', 'heap-minimize')"
    await driver.executeScript(minimize)
  } finally {
    await driver.setContext('content')
  }
}
