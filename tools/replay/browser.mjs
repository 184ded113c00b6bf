// Replays blocks in a real browser: each block gets a simulator of its own on the test page, which fetches
// state and block from here.

import { openBrowser } from '../../tests/support/browsers.mjs'
import { openPage, openTestSite, PageError } from '../../tests/support/harness.mjs'
import { replayEach } from './each.mjs'

/** Replays all blocks at the paths; whether all were right. */
export async function replayInBrowser({ browser: name, ...options }) {
  const answers = {}
  const site = await openTestSite({ answers })
  try {
    return await replayEach({ ...options, open: () => openSession(name, site.url, answers) })
  } finally {
    await site.close()
  }
}

const json = (value) => ({ body: JSON.stringify(value), type: 'application/json' })

async function openSession(name, url, answers) {
  const { driver, quit } = await openBrowser(name)
  try {
    const perform = await openPage(driver, url)
    return {
      quit,
      survives: (error) => error instanceof PageError,
      replay: ({ state, request }, threads) => {
        answers['/state.json'] = json(state)
        answers['/request.json'] = json(request)
        return replay(perform, threads)
      },
    }
  } catch (error) {
    await quit()
    throw error
  }
}

async function replay(perform, threads) {
  const simulator = await perform('create', {
    stateUrl: '/state.json',
    threads,
    requireThreads: threads > 1,
  })
  try {
    return await perform('replayBlock', {
      id: simulator.id,
      requestUrl: '/request.json',
      threads,
      compare: true,
    })
  } finally {
    await perform('dispose', { id: simulator.id })
  }
}
