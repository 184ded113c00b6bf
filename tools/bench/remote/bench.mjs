// Remote state: bundles and blocks on a server that is so far away, from nothing known. What went
// over the wire is taken from the server's log, and results are held against those of others.

import { createRequire } from 'node:module'
import { noAnvil } from '../../../tests/support/anvil.mjs'
import { usefulShare } from '../../../tests/support/rpc-server/reads.mjs'
import { noRecordedBlocks } from '../../../tests/support/rpc-server/recorded.mjs'
import { blockCases, economyCases, mainnetSwapCases, noMainnetSwaps } from './cases.mjs'
import { runPeer } from './peer.mjs'
import { comparedWith, remoteHead, remoteLine, remoteRows } from './rows.mjs'

const latencies = [50, 100]
const turns = 3
/** Of what one request may hold, as providers limit it. */
const batch = { limit: 100 }

/** Where cases come from, and why they may not be had. */
const sources = [
  { missing: noAnvil, cases: economyCases },
  { missing: () => noMainnetSwaps, cases: mainnetSwapCases },
  { missing: () => noRecordedBlocks, cases: blockCases },
]

const { devDependencies } = createRequire(import.meta.url)('../../../package.json')

/**
 * Who runs the cases; the first that can run a case is what the others are compared with. `run`
 * resolves to `{ results, milliseconds, log }`, where `results` are a bundle's; of a block it
 * judges itself, by the block's header, and throws.
 */
const engines = [
  {
    name: `@ethereumjs/vm ${devDependencies['@ethereumjs/vm']}`,
    runtime: 'node',
    threads: 1,
    kinds: ['bundle'],
    run: runPeer,
  },
]

export const remote = {
  name: 'remote',
  head: remoteHead,
  async run(bench) {
    for (const { missing, cases } of sources) {
      const reason = missing()
      if (reason !== undefined) bench.print(`  skipped: ${reason}`)
      else for (const subject of await cases()) await measure(bench, subject)
    }
  },
}

async function measure(bench, subject) {
  for (const latency of latencies) {
    let reference
    for (const engine of engines.filter(({ kinds }) => kinds.includes(subject.kind)))
      await bench.guard(`${subject.name}, ${engine.name}, ${latency} ms`, async () => {
        const own = await rowsOf(engine, subject, latency)
        const rows = reference ? comparedWith(own, reference) : own
        reference ??= rows
        bench.add(rows, [remoteLine(rows)])
      })
  }
}

async function rowsOf({ name, runtime, threads, run }, subject, latency) {
  const runs = []
  for (let turn = 0; turn < turns; turn++) {
    const { results, milliseconds, log } = await run(subject, { latency, batch })
    check(subject, results)
    const traffic = log.summary({ state: true })
    runs.push({ milliseconds, traffic, reads: usefulShare(log.calls(), subject.reads) })
  }
  return remoteRows({ case: subject.name, engine: name, runtime, threads, latency }, runs)
}

/** Times of wrong results are no times. */
function check({ expected }, results) {
  if (expected === undefined) return
  for (const [index, { status, gasUsed }] of expected.entries()) {
    const found = results[index]
    if (found?.status !== status || found.gasUsed !== gasUsed)
      throw new Error(
        `transaction ${index}: ${found?.status}, ${found?.gasUsed} gas, not ${status}, ${gasUsed} gas`,
      )
  }
}
