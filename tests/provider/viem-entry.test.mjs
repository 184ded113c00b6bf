// `forerun/viem` on a simulator that executes: the transport and the actions.

import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { createSimulator, snapshot } from 'forerun'
import { forerunActions, forerunTransport } from 'forerun/viem'
import { createPublicClient, parseAbi } from 'viem'
import { chain, state, subject, sum } from '../support/remote/tiny.mjs'
import { snapshotOf } from '../support/rpc-server/state.mjs'

const [{ from: alice, to: keeper }] = subject.request.transactions
const abi = parseAbi(['function sum() returns (uint256)'])

describe('a client of viem on a simulator', () => {
  let simulator
  let client
  before(async () => {
    const source = snapshot(snapshotOf(state, { fork: chain.fork }))
    simulator = await createSimulator({ source, threads: 1 })
    client = createPublicClient({
      account: alice,
      transport: forerunTransport(simulator),
    }).extend(forerunActions(simulator))
  })
  after(() => simulator?.dispose())

  it('reads through the transport', async () => {
    assert.equal(await client.getChainId(), chain.id)
    assert.equal(await client.getBlockNumber(), 100n)
    assert.equal(await client.getBalance({ address: alice }), 10n ** 18n)
  })

  it('simulates a bundle of calls by ABI, with a transaction that is none between them', async () => {
    const call = { to: keeper, abi, functionName: 'sum', gas: 200_000n }
    const { transactions } = await client.simulateBundle({
      transactions: [call, { from: alice, to: keeper, gas: 200_000n }, call],
    })
    assert.deepEqual(
      transactions.map(({ status, result }) => [status, result]),
      [
        ['success', BigInt(sum)],
        ['success', undefined],
        ['success', BigInt(sum)],
      ],
    )
  })
})
