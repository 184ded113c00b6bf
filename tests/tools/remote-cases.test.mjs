// The cases of the benchmark of remote state: that what they say of themselves is what others say.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { economyCases, mainnetSwapCases, noMainnetSwaps } from '../../tools/bench/remote/cases.mjs'
import { runPeer } from '../../tools/bench/remote/peer.mjs'
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
