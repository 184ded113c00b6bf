// Looks at a page in a browser, and at what it asked its server for.

import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

// Longer than the limit that a start has of its own, so that its error arrives first.
const pageLimit = 45_000
const fileLimit = 30_000

export const wasmFiles = ['forerun-threads.wasm', 'forerun-single.wasm']

/** Opens the page and waits until it shows how its simulation came out. */
export async function outcomeOf(driver, url) {
  const outcome = await textOf(driver, url, 'document.documentElement.dataset.outcome ?? ""')
  return JSON.parse(outcome)
}

/** Opens a page, waits until an expression on it is a text, and leaves the page again. */
export async function textOf(driver, url, expression) {
  try {
    await driver.get(url)
    const text = () => driver.executeScript(`return ${expression}`)
    await driver.wait(async () => (await text()) !== '', pageLimit)
    return await text()
  } catch (cause) {
    throw new Error(`the page says nothing: ${await consoleOf(driver)}`, { cause })
  } finally {
    // Ends its workers, so that its server can be closed.
    await driver.get('about:blank')
  }
}

/** What was logged, where the browser tells. */
async function consoleOf(driver) {
  try {
    const entries = await driver.manage().logs().get('browser')
    return entries.map(({ message }) => message).join('\n') || 'nor does its console'
  } catch {
    return 'nor does the browser tell what its console does'
  }
}

/** Under which of the package's names each wasm file goes that the page asked its site for. */
export async function wasmAskedFor(site, installed) {
  const paths = site.requested.filter((path) => path.endsWith('.wasm'))
  const known = new Map()
  for (const name of wasmFiles) known.set(digest(await packaged(installed, name)), name)
  const names = []
  for (const path of paths) {
    const response = await fetch(site.url + path, { signal: AbortSignal.timeout(fileLimit) })
    const bytes = new Uint8Array(await response.arrayBuffer())
    names.push(known.get(digest(bytes)) ?? `${path}, which is none of the package's`)
  }
  return names
}

/** A file of the installed package that pages load. */
export const packaged = (installed, name) =>
  readFile(join(installed.folder, 'node_modules/forerun/web/dist', name))

export const digest = (bytes) => createHash('sha256').update(bytes).digest('hex')
