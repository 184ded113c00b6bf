// viem and ethers on `simulator.provider`, in Node and on a page: what they get is what they get from
// anvil, whose state it is, whether the simulator has it as a snapshot or reads it from anvil.

import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { noAnvil } from '../support/anvil.mjs'
import { pack, unpack } from '../support/page/quantities.js'
import { bundleQuestions } from '../support/provider/bundle.mjs'
import { openEconomy } from '../support/provider/economy.mjs'
import { ask, names } from '../support/provider/questions.mjs'
import { providerOf } from '../support/remote/page/simulator.js'
import { runtimes, withSimulator } from '../support/remote/runtimes.mjs'

const skip = noAnvil()

/** As it comes back from a page. */
const plain = (value) => unpack(pack({ value })).value

/** anvil's tries hold slots of zero, so its roots are not those of the state. */
const notOnSnapshots = ['viem: proof']

/**
 * What may differ, by question. anvil's own estimate is some percent more than what is needed; with
 * ours the call has to succeed there, and with 2 % less it has to fail.
 */
const tolerances = {
  'viem: estimated gas': async ({ payment, swap }, expected, { url, facts }) => {
    assert.equal(payment, expected.payment)
    assert.ok(swap <= expected.swap, `${swap} gas, where anvil wants ${expected.swap}`)
    const swapWith = (gas) => ask(providerOf(url), 'viem: simulateContract', { ...facts, gas })
    await swapWith(swap)
    await assert.rejects(swapWith((swap * 98n) / 100n), { name: 'ContractFunctionExecutionError' })
  },
}

for (const [name, openRuntime] of Object.entries(runtimes))
  describe(`libraries on a simulator in ${name}`, { skip, timeout: 240_000 }, () => {
    let runtime
    let economy
    const expected = new Map()
    before(async () => {
      const folders = name === 'Node' ? {} : await bundleQuestions()
      runtime = await openRuntime({ folders })
      economy = await openEconomy()
      const anvil = providerOf(economy.url, 30_000)
      for (const question of names)
        expected.set(question, plain(await ask(anvil, question, economy.facts)))
    })
    after(async () => {
      await economy?.close()
      await runtime?.close()
    })

    const grounds = {
      'a snapshot': () => ({ snapshot: economy.snapshot }),
      'state of a server': () => ({ urls: [economy.url], chain: economy.chain }),
      'state of a provider': () => ({ urls: [economy.url], chain: economy.chain, via: 'custom' }),
    }
    for (const [ground, description] of Object.entries(grounds))
      for (const threads of [1, 2])
        it(`get what anvil says: ${ground}, ${threads} threads`, () =>
          withSimulator(
            runtime,
            { ...description(), threads, requireThreads: threads > 1 },
            async (simulator) => {
              const left = ground === 'a snapshot' ? notOnSnapshots : []
              if (left.length > 0) console.log(`not asked on ${ground}: ${left}`)
              for (const question of names.filter((each) => !left.includes(each))) {
                const found = await simulator.ask(question, economy.facts)
                const compare = tolerances[question]
                if (compare) await compare(found, expected.get(question), economy)
                else assert.deepEqual(found, expected.get(question), question)
              }
            },
          ))
  })
