// The cases of the benchmark of remote state: that what they say of themselves is what others say.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { economyCases, mainnetSwapCases, noMainnetSwaps } from '../../tools/bench/remote/cases.mjs'
import { runPeer } from '../../tools/bench/remote/peer.mjs'
import { comparedWith, remoteRows } from '../../tools/bench/remote/rows.mjs'
import { noAnvil } from '../support/anvil.mjs'
import { usefulShare } from '../support/rpc-server/reads.mjs'

/** By an engine that fetches what it misses when it misses it. */
async function agreesWithPeer(subject) {
  const { results, log } = await runPeer(subject)
  assert.deepEqual(results, subject.expected, subject.name)
  // It looks at nothing that the case does not name, and at all that it names.
  const { asked, useful, wanted } = usefulShare(log.calls(), subject.reads)
  assert.deepEqual([asked, useful], [wanted, wanted], subject.name)
  const { requests, rounds } = log.summary()
  assert.equal(rounds, requests, 'one request after the other')
}

test('bundles that anvil mined come to the same in another engine', {
  skip: noAnvil(),
}, async () => {
  const cases = await economyCases()
  assert.deepEqual(
    cases.map(({ request }) => request.transactions.length),
    [1, 3, 20],
  )
  for (const subject of cases) await agreesWithPeer(subject)
})

test('swaps of mainnet come to what their receipts say', { skip: noMainnetSwaps }, async () => {
  for (const subject of await mainnetSwapCases()) {
    const [state] = subject.states
    // Nothing that a swap looks at had been changed by a transaction before it.
    for (const [address, { balance, nonce = 0, storage = {} }] of Object.entries(subject.trace)) {
      const account = state.account(address)
      if (address !== subject.request.block.coinbase)
        assert.equal(account?.balance ?? 0n, BigInt(balance), address)
      assert.equal(account?.nonce ?? 0n, BigInt(nonce), address)
      for (const [slot, value] of Object.entries(storage))
        assert.equal(state.slot(address, slot), BigInt(value), `${address} ${slot}`)
    }
    await agreesWithPeer(subject)
  }
})

test('a row compares time and round trips with the first engine', () => {
  const where = { case: 'a', engine: 'slow', runtime: 'node', threads: 1, latency: 50 }
  const run = (milliseconds, rounds) => ({
    milliseconds,
    traffic: { rounds, requests: 30, calls: 40, bytes: { in: 10, out: 20 } },
    reads: { asked: 8, useful: 6, wanted: 6 },
  })
  const slow = remoteRows(where, [run(1000, 20), run(1200, 20), run(1100, 20)])
  const fast = comparedWith(remoteRows({ ...where, engine: 'fast' }, [run(110, 2)]), slow)
  const of = (rows, name) => rows.find(({ metric }) => metric === name)
  assert.deepEqual(of(slow, 'time'), {
    bench: 'remote',
    ...where,
    metric: 'time',
    unit: 'ms',
    ...{ runs: 3, median: 1100, min: 1000, max: 1200 },
  })
  assert.equal(of(slow, 'useful_reads').median, 0.75)
  assert.deepEqual([of(fast, 'time').against, of(fast, 'time').ratio], ['slow', 10])
  assert.equal(of(fast, 'rounds').ratio, 10)
  assert.equal(of(fast, 'requests').ratio, undefined)
})
