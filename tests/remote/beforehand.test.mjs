// Many signed transactions: whom they call is asked for while their signers are being found.

import assert from 'node:assert/strict'
import { after, afterEach, before, beforeEach, describe, it } from 'node:test'
import { privateKeyToAccount } from 'viem/accounts'
import { within } from '../support/limit.mjs'
import { untilNoneIsOpen } from '../support/remote/open-requests.mjs'
import { rejectionOf, runtimes, withSimulator } from '../support/remote/runtimes.mjs'
import { chain, keeper, state, subject, sum } from '../support/remote/tiny.mjs'
import { openRpcServer } from '../support/rpc-server/server.mjs'

const limit = 20_000
const account = privateKeyToAccount(`0x${'11'.repeat(32)}`)

/** One transaction after the other, each to the keeper. They cost nothing. */
const transactions = await Promise.all(
  Array.from({ length: 60 }, (_, nonce) =>
    account.signTransaction({
      ...{ chainId: chain.id, nonce, to: keeper, gas: 200_000n },
      ...{ maxFeePerGas: 0n, maxPriorityFeePerGas: 0n },
    }),
  ),
)
const bundle = (list) => ({
  kind: 'bundle',
  request: { transactions: list, block: { baseFeePerGas: 0n } },
})

/** Whether a request asks for something of an address. */
const asksFor = (address) => (entry) =>
  entry.calls.some(({ params }) => JSON.stringify(params).toLowerCase().includes(address))

for (const [name, openRuntime] of Object.entries(runtimes))
  describe(`many signed transactions in ${name}`, { timeout: 120_000 }, () => {
    let runtime
    let server
    before(async () => {
      runtime = await openRuntime()
    })
    after(() => runtime?.close())
    beforeEach(async () => {
      server = await openRpcServer({ states: [state], seed: 1 })
    })
    afterEach(() => server?.close())

    for (const threads of [1, 2])
      it(`come out right, and the contract is asked for first, ${threads} threads`, () =>
        withSimulator(runtime, { urls: server.urls, threads, chain }, async (simulator) => {
          // What is asked for first is answered long after all else is asked for.
          server.setFaults([{ fault: 'slow', milliseconds: 3_000, requests: [1] }])
          server.log.clear()
          const result = await within(limit, 'the call', simulator.run(bundle(transactions)))
          assert.equal(result.transactions.length, transactions.length)
          for (const { status, output } of result.transactions)
            assert.deepEqual([status, output], ['success', sum])
          const requests = server.log.requests({ state: true })
          assert.equal(result.report.state.requests, requests.length)
          const [contract, sender] = [keeper, account.address.toLowerCase()].map((address) =>
            requests.findIndex(asksFor(address)),
          )
          assert.ok(contract >= 0 && contract < sender, `${contract}, ${sender}`)
          // Nobody waits for the contract before the sender is asked for.
          assert.ok(requests[sender].at < requests[contract].ended)
        }))

    it('end in a typed error where the server fails in the middle, and nothing is left under way', () =>
      withSimulator(runtime, { urls: server.urls, threads: 1, chain }, async (simulator) => {
        // What was asked for first is never answered, and what comes after is refused.
        server.setFaults([
          { fault: 'hang', where: 'headers', requests: [1] },
          { fault: 'status', status: 401, from: 2 },
        ])
        server.log.clear()
        const call = rejectionOf(simulator.run(bundle(transactions)))
        const facts = await within(limit, 'the call', call)
        assert.equal(facts.name, 'StateSourceError')
        assert.ok(asksFor(keeper)(server.log.requests()[0]))
        await untilNoneIsOpen(server)
        server.setFaults([])
        const next = await within(limit, 'the next call', simulator.run(bundle(transactions)))
        assert.ok(next.transactions.every(({ output }) => output === sum))
      }))

    it('of which one is none end in what is wrong with it, and nothing is left under way', () =>
      withSimulator(runtime, { urls: server.urls, threads: 1, chain }, async (simulator) => {
        server.setFaults([{ fault: 'hang', where: 'headers' }])
        server.log.clear()
        const list = transactions.with(7, '0x02c0')
        const call = rejectionOf(simulator.run(bundle(list)))
        const facts = await within(limit, 'the call', call)
        assert.deepEqual([facts.code, facts.index], ['INVALID_TRANSACTION', 7])
        assert.ok(server.log.requests().some(asksFor(keeper)))
        await untilNoneIsOpen(server)
        server.setFaults([])
        const next = await within(limit, 'the next call', simulator.run(subject))
        assert.equal(next.transactions[0].output, sum)
      }))
  })
