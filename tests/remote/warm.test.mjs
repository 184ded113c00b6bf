// What was read once is not asked for again: on the same block nothing is, on the next one wave is.

import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { openCaseServer } from '../../tools/bench/remote/cases.mjs'
import { casesOf, chainOf, none } from '../support/remote/cases.mjs'
import { contentOf, runtimes, withSimulator } from '../support/remote/runtimes.mjs'
import { snapshotOf } from '../support/rpc-server/state.mjs'

const latency = 20
const batch = { limit: 100 }
/** Those that one wave has to do for on the next block. */
const quick = ['one-swap', 'approve-swap-transfer']

/** What the complete state comes to. */
const completely = (runtime, subject, snapshot) =>
  withSimulator(runtime, { snapshot, threads: 1 }, async (simulator) =>
    contentOf(await simulator.run(subject)),
  )

for (const [name, openRuntime] of Object.entries(runtimes))
  describe(`a warm simulation in ${name}`, { skip: none.economy, timeout: 120_000 }, () => {
    let runtime
    let cases
    before(async () => {
      runtime = await openRuntime()
      cases = await casesOf(['economy'])
    })
    after(() => runtime?.close())

    it('asks for nothing on the same block', async () => {
      for (const subject of cases) {
        const server = await openCaseServer(subject, { batch })
        try {
          const description = { urls: server.urls, threads: 1, chain: chainOf(subject) }
          await withSimulator(runtime, description, async (simulator) => {
            const first = await simulator.run(subject)
            server.log.clear()
            const second = await simulator.run(subject)
            assert.deepEqual(contentOf(second), contentOf(first))
            assert.equal(server.log.requests({ state: true }).length, 0, subject.name)
            assert.equal(second.report.state.waves, 0)
          })
        } finally {
          await server.close()
        }
      }
    })

    it('needs one wave on the next block, and is right there', async () => {
      for (const subject of cases) {
        const server = await openCaseServer(subject, { latency, batch })
        try {
          const [, next] = subject.states
          const description = { urls: server.urls, threads: 1, chain: chainOf(subject) }
          await withSimulator(runtime, description, async (simulator) => {
            await simulator.run(subject)
            server.setHead(next.hash)
            assert.equal((await simulator.setBlock('latest')).hash, next.hash)
            server.log.clear()
            const found = await simulator.run(subject)
            const snapshot = snapshotOf(next, subject.chain)
            assert.deepEqual(contentOf(found), await completely(runtime, subject, snapshot))
            const { rounds } = server.log.summary({ state: true })
            if (quick.includes(subject.name)) assert.equal(rounds, 1, subject.name)
            assert.ok(found.report.state.waves <= 2, subject.name)
          })
        } finally {
          await server.close()
        }
      }
    })
  })

describe('a page that is loaded again', { skip: none.economy, timeout: 120_000 }, () => {
  let runtime
  before(async () => {
    runtime = await runtimes.Chromium()
  })
  after(() => runtime?.close())

  it('asks for no state on the same block, and for one wave on the next', async () => {
    for (const subject of await casesOf(['economy'])) {
      const server = await openCaseServer(subject, { latency, batch })
      try {
        const cache = { type: 'indexedDb', name: `warm ${subject.name}` }
        const description = { urls: server.urls, threads: 1, chain: chainOf(subject), cache }
        const first = await withSimulator(runtime, description, async (simulator) => {
          const found = await simulator.run(subject)
          // Written behind: a moment later it is there for whoever comes next.
          await new Promise((resolve) => setTimeout(resolve, 1_000))
          return found
        })
        await runtime.reload()
        server.log.clear()
        await withSimulator(runtime, description, async (simulator) => {
          const second = await simulator.run(subject)
          assert.deepEqual(contentOf(second), contentOf(first), subject.name)
          assert.equal(server.log.requests({ state: true }).length, 0, subject.name)
          assert.equal(second.report.state.waves, 0)
        })
        const [, next] = subject.states
        server.setHead(next.hash)
        await runtime.reload()
        await withSimulator(runtime, description, async (simulator) => {
          assert.equal(simulator.block.hash, next.hash)
          server.log.clear()
          const third = await simulator.run(subject)
          const snapshot = snapshotOf(next, subject.chain)
          assert.deepEqual(contentOf(third), await completely(runtime, subject, snapshot))
          const { rounds } = server.log.summary({ state: true })
          if (quick.includes(subject.name)) assert.equal(rounds, 1, subject.name)
        })
      } finally {
        await server.close()
      }
    }
  })
})
