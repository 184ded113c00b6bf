// What a bundle is asked for beside what it comes to, in Node and on a page: the same on a complete
// snapshot and on state that comes from a server, worked out by hand.

import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { runtimes, withSimulator } from '../support/remote/runtimes.mjs'
import { chain, state, subject, sum } from '../support/remote/tiny.mjs'
import { openRpcServer } from '../support/rpc-server/server.mjs'
import { snapshotOf } from '../support/rpc-server/state.mjs'

const [call] = subject.request.transactions
const { from: alice, to: keeper, data } = call
const adder = '0x0000000000000000000000000000000000000add'
const word = (value) => `0x${BigInt(value).toString(16).padStart(64, '0')}`
const gas = 200_000n
const request = {
  transactions: [{ ...call, gas }],
  include: ['calls', 'stateChanges', 'gasLimitNeeded', 'accessList'],
}

for (const [name, openRuntime] of Object.entries(runtimes))
  describe(`what is included in ${name}`, { timeout: 120_000 }, () => {
    let runtime
    let server
    before(async () => {
      runtime = await openRuntime()
      server = await openRpcServer({ states: [state] })
    })
    after(async () => {
      await server?.close()
      await runtime?.close()
    })

    const grounds = {
      'a snapshot': () => ({ snapshot: snapshotOf(state, { fork: chain.fork }) }),
      'state of a server': () => ({ urls: server.urls, chain }),
    }
    for (const [ground, description] of Object.entries(grounds))
      for (const threads of [1, 2])
        it(`is right on ${ground}, ${threads} threads`, () =>
          withSimulator(
            runtime,
            { ...description(), threads, requireThreads: threads > 1 },
            async (simulator) => {
              const result = await simulator.run({ kind: 'bundle', request })
              const [{ calls, stateChanges, ...transaction }] = result.transactions
              const { calls: inner, ...outermost } = calls
              assert.deepEqual(outermost, {
                type: 'CALL',
                from: alice,
                to: keeper,
                value: 0n,
                gas,
                gasUsed: transaction.gasUsed,
                input: data ?? '0x',
                output: sum,
              })
              assert.equal(inner.length, 1)
              const { gas: given, gasUsed, ...call } = inner[0]
              assert.ok(gasUsed > 0n && gasUsed < given && given < gas)
              assert.deepEqual(call, {
                type: 'CALL',
                from: keeper,
                to: adder,
                value: 0n,
                input: '0x',
                output: word(0x1200),
              })

              const before = 10n ** 18n
              const fee = transaction.gasUsed * transaction.effectiveGasPrice
              const of = (address) => stateChanges.find((change) => change.address === address)
              assert.deepEqual(of(alice), {
                address: alice,
                balance: { before, after: before - fee },
                nonce: { before: 5n, after: 6n },
              })
              const storage = [{ slot: word(7), before: word(0), after: sum }]
              assert.deepEqual(of(keeper), { address: keeper, storage })
              assert.equal(of(adder), undefined)
              assert.deepEqual(result.stateChanges, stateChanges)

              assert.deepEqual(transaction.accessList, [
                { address: adder, storageKeys: [word(1), word(2), word(0x30)] },
                { address: keeper, storageKeys: [word(0), word(7)] },
              ])
              assert.ok(transaction.gasLimitNeeded >= transaction.gasUsed)
            },
          ))
  })
