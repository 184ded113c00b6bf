// The cases of the benchmark of remote state: that what they say of themselves is what others say.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { economyCases, mainnetSwapCases, noMainnetSwaps } from '../../tools/bench/remote/cases.mjs'
import { check, keysOf } from '../../tools/bench/remote/engines.mjs'
import { runPeer } from '../../tools/bench/remote/peer.mjs'
import { comparedWith, names, remoteRows } from '../../tools/bench/remote/rows.mjs'
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

const where = { case: 'a', runtime: 'node', threads: 1, latency: 50 }
const run = (milliseconds, rounds, waves) => ({
  milliseconds,
  ...(waves && { waves }),
  traffic: { rounds, requests: 30, calls: 40, bytes: { in: 10, out: 20 } },
  reads: { asked: 8, useful: 6, wanted: 6 },
})
const of = (rows, name) => rows.find(({ metric }) => metric === name)

test('rows of remote state are medians of the turns', () => {
  const slow = { ...where, engine: 'slow' }
  const rows = remoteRows(slow, [run(1000, 20), run(1200, 20), run(1100, 20)])
  assert.deepEqual(of(rows, 'time'), {
    bench: 'remote',
    ...slow,
    metric: 'time',
    unit: 'ms',
    ...{ runs: 3, median: 1100, min: 1000, max: 1200 },
  })
  assert.equal(of(rows, 'useful_reads').median, 0.75)
  assert.equal(of(rows, 'waves'), undefined)
})

test('time is held against the peer and perfect knowledge, round trips against misses', () => {
  const by = (engine, ...runs) => remoteRows({ ...where, engine }, runs)
  const others = [
    by('a peer', run(1100, 20)),
    by(names.foretold, run(60, 1)),
    by(names.oneByOne, run(900, 16)),
    // Of another runtime, and of another latency: neither waited for the same.
    remoteRows({ ...where, engine: names.foretold, runtime: 'chromium' }, [run(1, 1)]),
    remoteRows({ ...where, engine: 'a peer', latency: 100 }, [run(1, 1)]),
  ]
  const ours = comparedWith(by(names.ours, run(110, 2, 2)), others.flat())
  assert.deepEqual([of(ours, 'time').against, of(ours, 'time').ratio], ['a peer', 10])
  assert.deepEqual([of(ours, 'rounds').against, of(ours, 'rounds').ratio], ['miss by miss', 8])
  assert.equal(of(ours, 'requests').ratio, undefined)
  // 110 of 60, and of one and a half times 60 and two waves of 50.
  assert.equal(of(ours, 'over_perfect').median, 1.8333)
  assert.equal(of(ours, 'over_bound').median, 0.5789)
  const alone = comparedWith(by(names.ours, run(110, 2, 2)), [])
  assert.equal(of(alone, 'over_bound'), undefined)
  assert.equal(of(alone, 'time').ratio, undefined)
})

test('a wrong result is none', () => {
  const expected = [{ status: 'success', gasUsed: 5n }]
  assert.doesNotThrow(() => check({ expected }, { results: expected }))
  assert.throws(() => check({ expected }, { results: [] }), /transaction 0: undefined/)
  assert.throws(
    () => check({ expected }, { results: [{ status: 'success', gasUsed: 6n }] }),
    /6 gas, not success, 5 gas/,
  )
  assert.doesNotThrow(() => check({}, { checks: { gasUsed: true, requestsHash: null } }))
  assert.throws(() => check({}, { checks: { receiptsRoot: false } }), /says: receiptsRoot/)
})

test('keys are named as the engine names them', () => {
  assert.deepEqual(keysOf({ accounts: ['0xa'], storage: { '0xa': ['0x1'] } }), {
    accounts: ['0xa'],
    storage: { '0xa': [`0x${'1'.padStart(64, '0')}`] },
    codes: [],
    blockHashes: [],
  })
})
