// How many rounds of questions a cold simulation has to wait for, by the server's log.

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { blockCases, openCaseServer } from '../../tools/bench/remote/cases.mjs'
import { casesOf, chainOf, none } from '../support/remote/cases.mjs'
import { runtimes, withSimulator } from '../support/remote/runtimes.mjs'

const most = { 'one-swap': 2, 'approve-swap-transfer': 2, 'twenty-senders': 3 }
/** How many times fewer rounds than piece by piece. */
const leastSaving = 8
/** Whole blocks: the one that goes along the longest chain of pointers, and one with more of everything. */
const mostOfBlocks = { 13287210: 6, 15199017: 6 }
const batch = { limit: 100 }

/** What a cold run costs. With some latency, so that what belongs to one round is under way together. */
async function cost(runtime, subject, { latency = 20, ...description }) {
  const server = await openCaseServer(subject, { latency, batch })
  try {
    return await withSimulator(
      runtime,
      { urls: server.urls, threads: 1, chain: chainOf(subject), ...description },
      async (simulator) => {
        server.log.clear()
        const { report } = await simulator.run(subject)
        return { waves: report.state.waves, rounds: server.log.summary({ state: true }).rounds }
      },
    )
  } finally {
    await server.close()
  }
}

describe('waves of a cold simulation', { skip: none.economy, timeout: 120_000 }, () => {
  it('are few, and many times fewer than pieces of state that are missed', async () => {
    const runtime = await runtimes.Node()
    const cases = await casesOf(['economy'])
    assert.deepEqual(
      cases.map(({ name }) => name),
      Object.keys(most),
    )
    for (const subject of cases) {
      const ahead = await cost(runtime, subject, {})
      assert.ok(ahead.waves <= most[subject.name], `${subject.name}: ${ahead.waves} waves`)
      assert.ok(ahead.rounds <= most[subject.name], `${subject.name}: ${ahead.rounds} rounds`)
      const behind = await cost(runtime, subject, { runAhead: false })
      const saving = behind.rounds / ahead.rounds
      assert.ok(saving >= leastSaving, `${subject.name}: ${saving} times fewer`)
    }
  })
})

describe('waves of a whole block', { skip: none.blocks, timeout: 180_000 }, () => {
  it('are few where a server follows pointers', async () => {
    const runtime = await runtimes.Node()
    // So far away that a wave waits long enough for what follows its pointers, whatever else the machine
    // does.
    for (const subject of await blockCases(Object.keys(mostOfBlocks).map(Number))) {
      const { waves } = await cost(runtime, subject, { latency: 300 })
      assert.ok(waves <= mostOfBlocks[subject.name], `${subject.name}: ${waves} waves`)
    }
  })
})
