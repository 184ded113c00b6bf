// forerun beside another engine for the browser: one thread each, on one page, by turns.

import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundle } from '../../build/bundle.mjs'
import { target } from '../../setup/places.mjs'
import { round, rounded } from '../rows.mjs'
import { median, summary, warmUp } from '../statistics.mjs'

const here = dirname(fileURLToPath(import.meta.url))
const built = join(target, 'bench', 'peers')
const turns = 15

/**
 * Rows of a case in forerun and in a peer: in @ethereumjs/vm, which takes transactions, or in
 * @ethereumjs/evm, which takes the calls that transactions make.
 * @param {{ calls?: boolean }} options
 * @returns {Promise<import('../rows.mjs').Row[]>}
 */
export async function comparePeers(name, subject, { calls = false } = {}) {
  await bundle({ entry: join(here, 'entry.mjs'), folder: built, name: 'ethereumjs.js' })
  const runtime = 'chromium'
  const { folders } = await import('../../../tests/support/harness.mjs')
  const { openBench } = await import('../runtimes/browser.mjs')
  const page = await openBench(runtime, {
    folders: { ...folders, '/page/': join(here, 'page'), '/peers/': built },
    answers: { '/case.json': { body: JSON.stringify(subject), type: 'application/json' } },
  })
  try {
    const options = { caseUrl: '/case.json', turns: warmUp + turns, calls }
    const runs = await page.perform('compare', options)
    const where = { bench: 'peers', case: name, runtime, threads: 1 }
    return peerRows(where, runs.slice(warmUp), calls ? '@ethereumjs/evm' : '@ethereumjs/vm')
  } finally {
    await page.close()
  }
}

/** The whole call of forerun's is what counts: its page waits for that, messages to workers included. */
export function peerRows(where, runs, name) {
  const of = (part) => runs.map((run) => run[part])
  const peer = median(of('peer'))
  const against = `${name} ${version(name)}`
  const row = (metric, part) => ({ ...where, metric, unit: 'ms', ...rounded(summary(of(part))) })
  const compared = (metric, part) => ({
    ...row(metric, part),
    against,
    ratio: round(peer / median(of(part))),
  })
  return [
    compared('time', 'call'),
    compared('execution_time', 'execution'),
    row('peer_time', 'peer'),
  ]
}

/** Pinned to one version, so what our own package asks for is what is there. */
function version(name) {
  const { devDependencies } = createRequire(import.meta.url)('../../../package.json')
  return devDependencies[name]
}
