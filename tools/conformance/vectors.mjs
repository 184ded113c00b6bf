// Runs JSON-RPC vectors on the package, in Node or in a real browser. The test module imports their
// chain and judges; what it judges are the answers of `simulator.provider`.

import { basename } from 'node:path'
import { NoTests, withFilesAt } from './files.mjs'
import { Tally } from './tally.mjs'

/** Runs the vectors at the paths; whether none failed. Throws `NoTests` where there are none to run. */
export async function runVectors({ paths, runtime, threads, json, ...choice }) {
  const session = await open(runtime, threads)
  try {
    const tally = new Tally({ json })
    for (const path of paths)
      await withFilesAt(path, isPartOfSuite, (files) =>
        runSuite({ ...choice, path, files, session, tally }),
      )
    return tally.finish()
  } finally {
    await session.quit()
  }
}

async function open(runtime, threads) {
  if (runtime === 'node') return (await import('./node-vectors.mjs')).openNode(threads)
  return (await import('./browser-vectors.mjs')).openBrowser(runtime, threads)
}

const isPartOfSuite = (file) =>
  file.endsWith('.io') || ['genesis.json', 'chain.rlp'].includes(basename(file))

async function runSuite({ path, files, session, tally, method = '', sample, seed }) {
  const plans = await session.importVectors(path, files)
  const wanted = plans
    .map((plan, index) => ({ ...plan, index }))
    .filter(({ file }) => file.includes(method))
  if (wanted.length === 0) throw new NoTests(`${path}: has no such vector`)
  for (const place of await session.choose({ total: wanted.length, sample, seed })) {
    const { file, test, fork, byShape, ...plan } = wanted[place]
    tally.count(file, { test, fork, byShape, index: null, ...(await verdict(session, plan)) })
  }
}

async function verdict(session, { skip, index, block, requests }) {
  if (skip !== undefined) return { verdict: 'skipped', reason: skip }
  try {
    return await session.runVector({ index, block, requests })
  } catch (error) {
    return { verdict: 'failed', reason: error.message }
  }
}
