// Replays blocks in a real browser: each block gets a simulator of its own on the test page, which fetches
// state and block from here. Where a block does not end in time, the browser is replaced and the rest goes
// on.

import { basename } from 'node:path'
import { openBrowser } from '../../tests/support/browsers.mjs'
import { openPage, openTestSite, PageError } from '../../tests/support/harness.mjs'
import { within } from '../../tests/support/limit.mjs'
import { readBlock, withPack } from './blocks.mjs'
import { Table } from './table.mjs'

/** Before Byzantium a receipt held a state root, which cannot be had from a part of the state. */
const withoutReceiptsRoot = new Set(['FRONTIER', 'HOMESTEAD', 'TANGERINE', 'SPURIOUS_DRAGON'])

/** Replays all blocks at the paths; whether all were right. */
export async function replayIn({ paths, threads, browser: name, limit }) {
  const table = new Table()
  const answers = {}
  const site = await openTestSite({ answers })
  let session
  try {
    table.head()
    for (const path of paths)
      await withPack(path, async ({ files, codes }) => {
        for (const file of files) {
          const label = basename(file, '.json')
          try {
            session ??= await openSession(name, site.url)
            const { fork, state, request } = readBlock(file, codes)
            answers['/state.json'] = json(state)
            answers['/request.json'] = json(request)
            const result = await within(limit, `block ${label}`, replay(session.perform, threads))
            table.row(fork, result, isRight(fork, request.block.header, result))
          } catch (error) {
            table.broken(label, error.message)
            if (error instanceof PageError) continue
            // The page may still be busy with it.
            await session?.quit().catch(() => {})
            session = undefined
          }
        }
      })
  } finally {
    await session?.quit()
    await site.close()
  }
  table.foot(threads)
  return table.failed === 0
}

const json = (value) => ({ body: JSON.stringify(value), type: 'application/json' })

async function openSession(name, url) {
  const { driver, quit } = await openBrowser(name)
  try {
    return { perform: await openPage(driver, url), quit }
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

/** Nothing may be wrong, and nothing that the header gives may be left unchecked. */
function isRight(fork, header, { checks, identical }) {
  const right = (name) =>
    checks[name] === true || (checks[name] === null && header[name] === undefined)
  return (
    identical === true &&
    right('gasUsed') &&
    right('logsBloom') &&
    checks.requestsHash !== false &&
    (right('receiptsRoot') || (checks.receiptsRoot === null && withoutReceiptsRoot.has(fork)))
  )
}
