// Faults drawn at random, in the middle of simulations on a chain that moves: each call ends in the right
// result of the block it stands on, or in a typed error.

import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { Rejection, runtimes, withSimulator } from '../support/remote/runtimes.mjs'
import { chain, nextState, nextSum, state, subject, sum } from '../support/remote/tiny.mjs'
import { randomFrom, seedOfRun } from '../support/rpc-server/random.mjs'
import { openRpcServer } from '../support/rpc-server/server.mjs'

const rounds = 30
const kinds = [
  { fault: 'status', status: 429 },
  { fault: 'status', status: 503 },
  { fault: 'cut', where: 'headers' },
  { fault: 'cut', where: 'body' },
  { fault: 'hang', where: 'body' },
  { fault: 'malformed' },
  { fault: 'refuse-batch' },
  { fault: 'partial', share: 0.3 },
  { fault: 'shuffle' },
  { fault: 'missing', share: 0.3 },
  { fault: 'wrong-ids' },
  { fault: 'duplicate' },
  { fault: 'null' },
  { fault: 'short' },
  { fault: 'prune' },
  { fault: 'slow', milliseconds: 30 },
]
const foreseen = ['STATE_SOURCE', 'BLOCK_NOT_FOUND', 'BLOCK_CHANGED']

/**
 * Once there are no faults any more a call has to go well, if not at once: a server that said it was asked
 * too much is left alone for some seconds, and the limits here are so short that a busy machine alone
 * can exceed them.
 */
async function inTheEnd(call) {
  const until = performance.now() + 30_000
  for (;;)
    try {
      return await call()
    } catch (error) {
      const passes = error instanceof Rejection && error.facts.code === 'STATE_SOURCE'
      if (!passes || performance.now() > until) throw error
      await new Promise((resolve) => setTimeout(resolve, 500))
    }
}

for (const [name, openRuntime] of Object.entries(runtimes))
  describe(`random faults in ${name}`, { timeout: 240_000 }, () => {
    let runtime
    before(async () => {
      runtime = await openRuntime()
    })
    after(() => runtime?.close())

    it('lead to the right result or to a typed error', async () => {
      const seed = seedOfRun()
      console.log(`random faults in ${name}: FORERUN_SEED=${seed}`)
      const random = randomFrom(seed)
      const server = await openRpcServer({ states: [state, nextState], seed })
      const options = { timeout: 400, totalTimeout: 3_000, retries: 2 }
      let right = 0
      try {
        for (const threads of [1, 2])
          await withSimulator(
            runtime,
            {
              urls: server.urls,
              block: state.hash,
              chain,
              options,
              threads,
              cache: { type: 'none' },
            },
            async (simulator) => {
              let expected = sum
              for (let round = 0; round < rounds / 2; round++) {
                const rules = kinds
                  .filter(() => random() < 0.2)
                  .map((kind) => ({ ...kind, probability: 0.1 + random() * 0.5 }))
                server.setFaults(rules)
                const what = `seed ${seed}, round ${round}, ${JSON.stringify(rules)}`
                try {
                  const [hash, output] =
                    random() < 0.5 ? [state.hash, sum] : [nextState.hash, nextSum]
                  assert.equal((await simulator.setBlock(hash)).hash, hash, what)
                  expected = output
                } catch (error) {
                  // It stands where it stood.
                  if (!(error instanceof Rejection)) throw error
                  assert.ok(foreseen.includes(error.facts.code), `${error.message}, ${what}`)
                }
                try {
                  const { transactions } = await simulator.run(subject)
                  assert.equal(transactions[0].output, expected, what)
                  right += 1
                } catch (error) {
                  if (!(error instanceof Rejection)) throw error
                  assert.ok(foreseen.includes(error.facts.code), `${error.message}, ${what}`)
                }
              }
              server.setFaults([])
              const { transactions } = await inTheEnd(() => simulator.run(subject))
              assert.equal(transactions[0].output, expected, `seed ${seed}, in the end`)
            },
          )
        console.log(`${right} of ${rounds} went well`)
        assert.ok(right > 0, `seed ${seed}: none went well in spite of the faults`)
      } finally {
        await server.close()
      }
    })
  })
