// Remote state: bundles and blocks on a server that is so far away. What went over the wire is taken
// from the server's log, and results are held against those of others.

import { createRequire } from 'node:module'
import { noAnvil } from '../../../tests/support/anvil.mjs'
import { usefulShare } from '../../../tests/support/rpc-server/reads.mjs'
import { noRecordedBlocks } from '../../../tests/support/rpc-server/recorded.mjs'
import { snapshotOf } from '../../../tests/support/rpc-server/state.mjs'
import { blockCases, economyCases, mainnetSwapCases, noMainnetSwaps } from './cases.mjs'
import { again, check, cold, foretold, nextBlock } from './engines.mjs'
import { runPeer } from './peer.mjs'
import { comparedWith, names, remoteHead, remoteLine, remoteRows } from './rows.mjs'

const latencies = [50, 100]
const turns = 5
/** Of what one request may hold, as providers limit it. */
const batch = { limit: 100 }

/** Where cases come from, and why they may not be had. */
const sources = [
  { missing: noAnvil, cases: economyCases },
  { missing: () => noMainnetSwaps, cases: mainnetSwapCases },
  { missing: () => noRecordedBlocks, cases: blockCases },
]

const { devDependencies } = createRequire(import.meta.url)('../../../package.json')

export const remote = {
  name: 'remote',
  runtimes: ['node', 'chromium'],
  native: false,
  head: remoteHead,
  async run(bench) {
    const clients = []
    try {
      for (const { name } of bench.runtimes) clients.push(await openClient(name))
      for (const { missing, cases } of sources) {
        const reason = missing()
        if (reason !== undefined) bench.print(`  skipped: ${reason}`)
        else for (const subject of await cases()) await measureCase(bench, clients, subject)
      }
    } finally {
      for (const client of clients) await client.end()
    }
  },
}

async function openClient(name) {
  // They need the package built.
  const { openChromiumClient, openNodeClient } = await import('./clients.mjs')
  return name === 'node' ? openNodeClient() : openChromiumClient()
}

async function measureCase(bench, clients, subject) {
  subject.call = { kind: subject.kind, request: subject.request }
  const { threads } = bench.options
  for (const latency of latencies) {
    const options = { latency, batch }
    const plans = [
      ...clients.flatMap((client) =>
        threads.map((count) => ({
          ...at(client, count, names.ours),
          turns,
          run: () => cold(client, subject, options, { threads: count }),
        })),
      ),
      ...clients.map((client) => ({
        ...at(client, 1, names.foretold),
        turns,
        run: () => foretold(client, subject, options),
      })),
      // What takes the same steps whatever it waits for is measured once.
      ...(latency === latencies[0] ? onceOnly(clients, subject, options) : []),
    ]
    const measured = []
    const place = `${subject.name}, ${latency} ms`
    for (const { engine, runtime, threads: count, runs } of await takeTurns(bench, plans, place))
      measured.push(
        remoteRows({ case: subject.name, engine, runtime, threads: count, latency }, runs),
      )
    subject.oneByOne ??= measured.flat().filter(({ engine }) => engine === names.oneByOne)
    for (const rows of measured) {
      const compared = comparedWith(rows, [...measured.flat(), ...subject.oneByOne])
      bench.add(compared, [remoteLine(compared)])
    }
  }
}

/**
 * Carries plans out turn by turn, so that those which are held against one another have the same share of
 * whatever else the machine does, and of what is slow at first. Of a plan that fails there are no runs.
 */
async function takeTurns(bench, plans, place) {
  const under = plans.map((plan) => ({ ...plan, runs: [], isGood: true }))
  for (let turn = 0; turn < turns; turn++)
    for (const plan of under) {
      if (turn >= plan.turns || !plan.isGood) continue
      plan.isGood = false
      await bench.guard(`${place}, ${plan.engine}, ${plan.runtime}`, async () => {
        plan.runs.push(...[await plan.run()].flat())
        plan.isGood = true
      })
    }
  return under.filter(({ isGood }) => isGood)
}

function onceOnly(clients, subject, options) {
  const [first] = clients
  const plans = []
  // Of a block that would be minutes.
  if (subject.kind === 'bundle')
    plans.push({
      ...at(first, 1, names.oneByOne),
      turns: 1,
      run: () => cold(first, subject, options, { threads: 1, runAhead: false }),
    })
  for (const client of clients) {
    if (client.name === 'chromium')
      plans.push({
        ...at(client, 1, names.again),
        turns: 1,
        run: () => again(client, subject, options, { threads: 1, visits: turns }),
      })
    if (subject.states.length > 1)
      plans.push({
        ...at(client, 1, names.next),
        turns,
        run: async () => {
          subject.expectedNext ??= await expectedNext(subject)
          return nextBlock(client, subject, options, { threads: 1 })
        },
      })
  }
  return [...plans, ...peerOf(clients, subject, options)]
}

/** An engine that runs in Node, and takes so long that once has to do. */
const peerOf = (clients, subject, options) =>
  subject.kind !== 'bundle' || !clients.some(({ name }) => name === 'node')
    ? []
    : [
        {
          engine: `@ethereumjs/vm ${devDependencies['@ethereumjs/vm']}`,
          runtime: 'node',
          threads: 1,
          turns: 1,
          run: async () => {
            const { results, milliseconds, log } = await runPeer(subject, options)
            check(subject, { results })
            const traffic = log.summary({ state: true })
            return { milliseconds, traffic, reads: usefulShare(log.calls(), subject.reads) }
          },
        },
      ]

const at = ({ name }, threads, engine) => ({ engine, runtime: name, threads })

/** What a bundle comes to on the next state, when all of that is there. */
async function expectedNext({ states, chain, request }) {
  const { openNodeClient } = await import('./clients.mjs')
  const client = await openNodeClient()
  return client.complete({ snapshot: snapshotOf(states[1], chain), request })
}
