// Many bundles in one simulator of the threaded build: its memory must come to rest.

import { fileURLToPath } from 'node:url'
import { openBrowser } from '../../tests/support/browsers.mjs'
import { addressOf, requests, snapshot } from '../../tests/support/demo-data.mjs'
import { openPage, openTestSite } from '../../tests/support/harness.mjs'

const page = fileURLToPath(new URL('page', import.meta.url))
/** At once, so that no call takes so long that it seems to hang. */
const portion = 1_000

/** Has traders swap, each new bundle for new holders. */
const world = {
  senders: ['Ada', 'Ben', 'Cleo', 'Dan', 'Eve', 'Fay', 'Gus', 'Hana'].map(
    (name) => addressOf[name],
  ),
  router: addressOf.Router,
  weth: addressOf.WETH,
  tokens: ['AZR', 'BSL', 'CBT', 'DUN'].map((name) => addressOf[name]),
  whole: requests,
}

/**
 * Simulates as many bundles as the last milestone says, and returns the WebAssembly memory in bytes after
 * each of the milestones.
 * @param {{ browser?: 'chromium' | 'firefox', threads?: number, milestones: number[], onPortion?: (done: number, bytes: number) => void }} options
 */
export async function soak({ browser = 'chromium', threads = 2, milestones, onPortion }) {
  const { driver, quit } = await openBrowser(browser)
  let site
  try {
    site = await openTestSite({ more: { '/page/': page } })
    const perform = await openPage(driver, site.url)
    await perform('start', { state: snapshot, threads, ...world })
    const found = []
    let done = 0
    for (const milestone of milestones) {
      let bytes
      while (done < milestone) {
        const count = Math.min(portion, milestone - done)
        bytes = await perform('run', { from: done, count })
        done += count
        onPortion?.(done, bytes)
      }
      found.push({ bundles: milestone, bytes })
    }
    await perform('stop')
    return found
  } finally {
    await quit()
    await site?.close()
  }
}
