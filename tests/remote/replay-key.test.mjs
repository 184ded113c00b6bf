// A run on remote state, taken along: it replays offline, bit for bit, and knows what it does not know.

import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { openCaseServer } from '../../tools/bench/remote/cases.mjs'
import { casesOf, chainOf, none } from '../support/remote/cases.mjs'
import { contentOf, rejectionOf, runtimes, withSimulator } from '../support/remote/runtimes.mjs'
import { chain, state, sum, subject as tiny } from '../support/remote/tiny.mjs'
import { openRpcServer } from '../support/rpc-server/server.mjs'

describe('a replay key', { timeout: 120_000 }, () => {
  let runtime
  before(async () => {
    runtime = await runtimes.Node()
  })
  after(() => runtime?.close())

  /** The result of a run on a server, with its key as it comes out of a file. */
  async function recorded(subject, server, description) {
    const request = { ...subject.request, replayKey: true }
    const found = await withSimulator(runtime, { urls: server.urls, ...description }, (simulator) =>
      simulator.run({ kind: subject.kind, request }),
    )
    return { expected: contentOf(found), key: JSON.parse(JSON.stringify(found.replayKey)) }
  }

  for (const group of ['economy', 'swaps', 'blocks'])
    it(`replays offline to the same result: ${group}`, { skip: none[group] }, async () => {
      for (const subject of await casesOf([group])) {
        const server = await openCaseServer(subject)
        const description = { threads: 2, chain: chainOf(subject) }
        const { expected, key } = await recorded(subject, server, description).finally(() =>
          server.close(),
        )
        assert.equal(key.snapshot.complete, false)
        for (const threads of [1, 2])
          await withSimulator(runtime, { snapshot: key.snapshot, threads }, async (simulator) => {
            const found = await simulator.run({ kind: subject.kind, request: key.request })
            assert.deepEqual(contentOf(found), expected, `${subject.name}, ${threads} threads`)
          })
      }
    })

  describe('of a small bundle', () => {
    let server
    before(async () => {
      server = await openRpcServer({ states: [state], seed: 1 })
    })
    after(() => server?.close())

    it('holds what was read and nothing of what was guessed', async () => {
      const { key } = await recorded(tiny, server, { threads: 1, chain })
      const { accounts } = key.snapshot
      for (const [address, { storage = {} }] of Object.entries(accounts))
        for (const [slot, value] of Object.entries(storage))
          assert.equal(BigInt(value), state.slot(address, slot), `${address} ${slot}`)
      const slots = Object.values(accounts).flatMap(({ storage = {} }) => Object.keys(storage))
      assert.equal(slots.length, 5)
    })

    it('ends in a typed error where another request wants more, not in zeros', async () => {
      const { key } = await recorded(tiny, server, { threads: 1, chain })
      const stranger = `0x${'57'.repeat(20)}`
      const [transaction] = tiny.request.transactions
      await withSimulator(runtime, { snapshot: key.snapshot, threads: 1 }, async (simulator) => {
        const call = (to) =>
          simulator.run({
            kind: 'bundle',
            request: { transactions: [{ ...transaction, to, data: '0x' }] },
          })
        const facts = await rejectionOf(call(stranger))
        assert.equal(facts.code, 'MISSING_STATE')
        assert.equal(facts.address, stranger)
        const again = await simulator.run({ kind: 'bundle', request: key.request })
        assert.equal(again.transactions[0].output, sum)
      })
    })

    it('is whole where nothing was run ahead', async () => {
      const { expected, key } = await recorded(tiny, server, { threads: 1, chain, runAhead: false })
      await withSimulator(runtime, { snapshot: key.snapshot, threads: 1 }, async (simulator) => {
        const found = await simulator.run({ kind: 'bundle', request: key.request })
        assert.deepEqual(contentOf(found), expected)
      })
    })

    it('is there only if it is asked for', async () => {
      const found = await withSimulator(
        runtime,
        { urls: server.urls, threads: 1, chain },
        (simulator) => simulator.run(tiny),
      )
      assert.equal(found.replayKey, undefined)
    })
  })
})
