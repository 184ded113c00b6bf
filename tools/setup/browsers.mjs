// The browsers and their drivers, for tests.

import { install as installPackages } from './debian.mjs'
import { findCommand } from './places.mjs'
import { run } from './run.mjs'
import { SetupError } from './step.mjs'

export const chromium = {
  async present() {
    const { browser, driver } = chromiumFiles()
    if (!browser || !driver) return undefined
    return `${await versionOf(browser)}, ${await versionOf(driver)}`
  },
  async install() {
    await installPackages(['chromium', 'chromium-driver'])
    return installed(await chromium.present(), 'Chromium and chromedriver')
  },
}

export const firefox = {
  async present() {
    const browser = firefoxFile()
    return browser && versionOf(browser)
  },
  async install() {
    await installPackages(['firefox-esr'])
    return installed(await firefox.present(), 'Firefox')
  },
}

/** Chromium and the driver that fits it; what one package brings fits, so they go together. */
export function chromiumFiles() {
  const browser = findCommand('chromium') ?? findCommand('google-chrome')
  return { browser, driver: findCommand('chromedriver') }
}

export function firefoxFile() {
  return findCommand('firefox-esr') ?? findCommand('firefox')
}

function installed(there, name) {
  if (!there) throw new SetupError(`${name} is not on PATH although its package is installed.`)
  return there
}

async function versionOf(file) {
  const found = await run(file, ['--version'], { limit: 30_000 })
  return /[A-Z]\w+(?: \w+)? [\d.]+\w*/.exec(found.output)?.[0] ?? file
}
