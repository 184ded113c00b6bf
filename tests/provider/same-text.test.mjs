// The same question gets the same text, in Node and on a page: on one thread and on several, on a complete
// snapshot and on state that comes from a server.

import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { privateKeyToAccount } from 'viem/accounts'
import { Rejection, runtimes, withSimulator } from '../support/remote/runtimes.mjs'
import { chain, state as earlier, subject } from '../support/remote/tiny.mjs'
import { openRpcServer } from '../support/rpc-server/server.mjs'
import { snapshotOf } from '../support/rpc-server/state.mjs'

const [{ from: alice, to: keeper, data }] = subject.request.transactions
/** Signs; its key is worthless. */
const signer = privateKeyToAccount(`0x${'a1'.repeat(32)}`)
const state = earlier.next({ accounts: { [signer.address]: { balance: '0xde0b6b3a7640000' } } })
const fees = { maxFeePerGas: 2_000_000_000n, maxPriorityFeePerGas: 1_000_000_000n, gas: 200_000n }
const signed = (nonce, more) =>
  signer.signTransaction({ chainId: chain.id, nonce, type: 'eip1559', ...fees, ...more })
const txs = [
  await signed(0, { to: keeper, data }),
  await signed(1, { to: alice, value: 7n }),
  await signed(2, { data: '0xfe' }),
]
const body = txs.map((tx) => ({ tx, canRevert: true }))
const inclusion = { block: '0x66' }

const call = { from: alice, to: keeper, data, gas: '0x30d40' }
// Runs into INVALID.
const broken = { from: alice, data: '0xfe' }
const pay = { from: alice, to: keeper, value: '0x1' }
const poor = { ...pay, value: '0xde0b6b3a7640001' }
const overrides = {
  [keeper]: { stateDiff: { [`0x${'00'.repeat(32)}`]: `0x${'00'.repeat(31)}99` } },
}

/** What a question was rejected with, if the simulator did it. */
const factsOf = (error) => {
  if (error instanceof Rejection) return error.facts
  throw error
}

const questions = {
  eth_chainId: [[]],
  eth_blockNumber: [[]],
  eth_getBalance: [[alice, 'latest']],
  eth_getTransactionCount: [[alice, 'latest']],
  eth_getCode: [
    [keeper, 'latest'],
    [alice, '0x65'],
  ],
  eth_getStorageAt: [[keeper, '0x0', 'latest']],
  eth_call: [
    [call, 'latest'],
    [call, 'latest', overrides],
    [call, 'latest', {}, { number: '0x70' }],
    [broken, 'latest'],
    [poor, 'latest'],
    [call, '0x63'],
    [{ ...call, gas: '0x5208' }],
  ],
  eth_callMany: [
    [[{ transactions: [call, pay] }, { transactions: [call, broken] }], { blockNumber: 'latest' }],
  ],
  eth_callBundle: [
    [{ txs, blockNumber: '0x66', stateBlockNumber: 'latest' }],
    [{ txs: txs.slice(1), blockNumber: '0x66', stateBlockNumber: 'latest' }],
  ],
  mev_simBundle: [
    [{ version: 'v0.1', inclusion, body }, {}],
    [{ version: 'v0.1', inclusion, body: body.slice(1) }, {}],
  ],
  debug_traceCall: [
    [call, 'latest', { tracer: 'callTracer' }],
    [call, 'latest', { tracer: 'prestateTracer' }],
    [pay, 'latest'],
  ],
  eth_simulateV1: [
    [
      { blockStateCalls: [{ calls: [call, pay] }, { calls: [call] }], traceTransfers: true },
      'latest',
    ],
    [{ blockStateCalls: [{ calls: [pay] }], validation: true, returnFullTransactions: true }],
  ],
  eth_createAccessList: [[call], [pay, 'latest'], [broken], [poor]],
  eth_estimateGas: [[call], [pay, 'latest'], [broken], [poor], [call, 'latest', overrides]],
  eth_getStorageValues: [[{ [keeper]: [`0x${'00'.repeat(32)}`] }, 'latest']],
}

for (const [name, openRuntime] of Object.entries(runtimes))
  describe(`an answer in ${name}`, { timeout: 120_000 }, () => {
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

    /** What each question is answered with, errors included, as text. */
    const answersOn = (description) =>
      withSimulator(runtime, description, async ({ request }) => {
        const answers = {}
        for (const [method, list] of Object.entries(questions))
          for (const [index, params] of list.entries())
            answers[`${method} ${index}`] = JSON.stringify(
              await request(method, params).catch(factsOf),
            )
        return answers
      })

    it('is the same text on any number of threads, and wherever state comes from', async () => {
      const snapshot = snapshotOf(state, { fork: chain.fork })
      const expected = await answersOn({ snapshot, threads: 1 })
      for (const [question, text] of Object.entries(expected))
        assert.ok(!/"code":(4200|-32602|-32603)/.test(text), `${question}: ${text}`)
      for (const threads of [1, 2, 3])
        for (const ground of [
          { snapshot },
          { urls: server.urls, chain },
          { urls: server.urls, chain, via: 'custom' },
          { urls: server.urls, chain, runAhead: false },
        ])
          assert.deepEqual(
            await answersOn({ ...ground, threads, requireThreads: threads > 1 }),
            expected,
          )
    })
  })
