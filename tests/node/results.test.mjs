// The package in Node: its results are those of the protocol's rules, whatever the number of threads.

import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import {
  createSimulator,
  InvalidRequestError,
  InvalidSnapshotError,
  InvalidTransactionError,
  snapshot,
} from 'forerun'
import * as demo from '../support/demo-data.mjs'
import { followPools, reservesIn } from '../support/exchange.mjs'
import * as small from '../support/small-chain.mjs'

/** Creation code that returns the balance of Bob, who has 1 at first. */
const probe = {
  from: small.alice.address,
  data: `0x73${small.bob.slice(2)}315f5260205ff3`,
  gas: 200_000n,
}

/** What has to be equal: all but times and what the threads did. */
const outcome = ({ milliseconds: _, report: __, ...rest }) => rest

for (const threads of [1, 2, 3]) {
  describe(`in Node, ${threads} threads`, { timeout: 120_000 }, () => {
    let simulator
    before(async () => {
      simulator = await createSimulator({ source: snapshot(small.snapshot), threads })
    })
    after(() => simulator?.dispose())

    it('has the threads that were asked for', () => {
      assert.equal(simulator.mode, threads > 1 ? 'threads' : 'single')
      assert.equal(simulator.threads, threads)
      assert.equal(simulator.fallbackReason, threads > 1 ? undefined : 'single-requested')
    })

    it('takes for payments what the protocol says', async () => {
      const nonce = small.aliceNonce
      const { transactions, gasUsed } = await simulator.simulateBundle({
        transactions: [
          await small.signedPayment({ value: 7n }),
          small.payment({ nonce: nonce + 1 }),
          probe,
        ],
      })
      assert.deepEqual(
        transactions.map(({ status }) => status),
        ['success', 'success', 'success'],
      )
      assert.equal(transactions[0].gasUsed, 21_000n)
      assert.equal(BigInt(transactions[2].output), 9n)
      assert.equal(gasUsed, 42_000n + transactions[2].gasUsed)
    })

    it('answers calls that are made at once, each with its own result', async () => {
      const results = await Promise.all(
        [1n, 2n, 3n, 4n].map((value) =>
          simulator.simulateBundle({
            transactions: [small.payment({ value }), probe],
          }),
        ),
      )
      assert.deepEqual(
        results.map(({ transactions }) => BigInt(transactions[1].output)),
        [2n, 3n, 4n, 5n],
      )
    })

    it('throws what it foresaw as the class it is, with its facts', async () => {
      await assert.rejects(
        simulator.simulateBundle({ transactions: [small.payment(), small.payment({ nonce: 0 })] }),
        (error) => {
          assert.ok(error instanceof InvalidTransactionError, error)
          assert.equal(error.code, 'INVALID_TRANSACTION')
          assert.equal(error.index, 1)
          assert.equal(error.field, 'nonce')
          return true
        },
      )
      await assert.rejects(
        simulator.simulateBundle({ transactions: [], colour: 'red' }),
        (error) => error instanceof InvalidRequestError && error.field === 'colour',
      )
      const { transactions } = await simulator.simulateBundle({ transactions: [small.payment()] })
      assert.equal(transactions[0].status, 'success', 'it goes on')
    })

    it('refuses a snapshot that it cannot read', async () => {
      await assert.rejects(
        createSimulator({ source: snapshot({ ...small.snapshot, fork: 'TOMORROW' }), threads }),
        (error) => error instanceof InvalidSnapshotError && error.field === 'fork',
      )
    })
  })
}

describe('the bundle of the demo in Node', { timeout: 120_000 }, () => {
  const results = []
  before(async () => {
    for (const threads of [1, 2, 4]) {
      const simulator = await createSimulator({ source: snapshot(demo.snapshot), threads })
      results.push(await simulator.simulateBundle({ transactions: demo.requests }))
      await simulator.dispose()
    }
  })

  it('comes out the same on one, two and four threads', () => {
    const [first, ...others] = results.map(outcome)
    for (const other of others) assert.deepEqual(other, first)
  })

  it('trades at the price that the reserves give at that place in the order', () => {
    const { transactions: done } = results[1]
    // Checks each swap against Uniswap's formula.
    const swaps = followPools(done, reservesIn(demo.snapshot, demo.pairs))
    assert.ok(swaps.length >= 30, `only ${swaps.length} swaps`)
  })

  it('tells the same time on all threads', async () => {
    const simulator = await createSimulator({ source: snapshot(demo.snapshot), threads: 2 })
    const clock = () => performance.timeOrigin + performance.now()
    const before = clock()
    const { report } = await simulator.simulateBundle({
      transactions: demo.requests,
      timeline: true,
    })
    const after = clock()
    await simulator.dispose()
    assert.ok(report.timeline.length >= demo.requests.length)
    // For rounding.
    const slack = 1
    for (const { worker, start, end } of report.timeline)
      assert.ok(
        before - slack <= start && start <= end && end <= after + slack,
        `worker ${worker}: ${start} to ${end}, called from ${before} to ${after}`,
      )
  })

  it('takes part with every thread', () => {
    assert.deepEqual(
      results.map(({ report }) => report.threads),
      [1, 2, 4],
    )
  })
})
