// Against anvil: what is simulated over its own RPC at a block is what it then really mined there.

import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { noAnvil } from '../support/anvil.mjs'
import { fork, openScenario } from '../support/anvil-scenario.mjs'
import { runtimes, withSimulator } from '../support/remote/runtimes.mjs'

const skip = noAnvil()

/** A result in the words of a receipt. */
const receiptOf = ({ status, gasUsed, logs, contractAddress, output }) => ({
  status: status === 'success' ? 'success' : 'failed',
  gasUsed,
  logs: logs.map(({ address, topics, data }) => ({ address, topics, data })),
  ...(contractAddress === undefined ? {} : { contractAddress: contractAddress.toLowerCase() }),
  output,
})

for (const [name, openRuntime] of Object.entries(runtimes))
  describe(`bundles over anvil's own RPC in ${name}`, { skip, timeout: 120_000 }, () => {
    let runtime
    let scenario
    before(async () => {
      runtime = await openRuntime()
      scenario = await openScenario()
    })
    after(async () => {
      await scenario?.close()
      await runtime?.close()
    })

    for (const via of ['http', 'custom'])
      for (const threads of [1, 2])
        it(`come to what was mined: ${via}, ${threads} threads`, () =>
          withSimulator(
            runtime,
            { urls: [scenario.url], via, threads, chain: { fork } },
            async (simulator) => {
              assert.equal(simulator.block.hash, scenario.forkBlock.hash)
              for (const bundle of scenario.names) {
                const { raw, block, results } = await scenario.mine(bundle)
                const request = { transactions: raw, block }
                const { transactions } = await simulator.run({ kind: 'bundle', request })
                assert.deepEqual(transactions.map(receiptOf), results, bundle)
              }
            },
          ))

    it('follow its head', () =>
      withSimulator(
        runtime,
        { urls: [scenario.url], threads: 1, chain: { fork } },
        async (simulator) => {
          const before = await scenario.mine('one swap')
          const run = ({ raw, block }) =>
            simulator.run({ kind: 'bundle', request: { transactions: raw, block } })
          await run(before)
          const { header } = await scenario.advance()
          assert.equal((await simulator.setBlock('latest')).hash, header.hash)
          const later = await scenario.mine('one swap')
          const { transactions } = await run(later)
          assert.deepEqual(transactions.map(receiptOf), later.results)
          // Others have moved the pool in the meantime.
          assert.notDeepEqual(later.results, before.results)
        },
      ))
  })
