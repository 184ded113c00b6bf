// The life of a simulator in Node: what it holds, how it ends, and what is heard of a thread that is
// lost. Nothing may hang, and no thread may stay.

import assert from 'node:assert/strict'
import { afterEach, describe, it } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { createSimulator, DisposedError, snapshot, WorkerLostError } from 'forerun'
import { runModule } from '../support/child.mjs'
import { within } from '../support/limit.mjs'
import { payment, snapshot as state } from '../support/small-chain.mjs'
import { allEnded, running, threadNamed } from '../support/threads.mjs'

const create = (options = {}) =>
  createSimulator({ source: snapshot(state), threads: 2, ...options })
const bundle = { transactions: [payment()] }
/** A contract that jumps to and fro until its gas is used up, which takes minutes. */
const endless = {
  transactions: [{ from: payment().from, data: '0x5b600056', gas: 10n ** 11n }],
  block: { gasLimit: 10n ** 12n, baseFeePerGas: 0n },
}

describe('a simulator in Node', { timeout: 120_000 }, () => {
  // What a failed test leaves behind must not fail the next.
  afterEach(() => Promise.all([...running.keys()].map((thread) => thread.terminate())))

  for (const threads of [1, 2])
    it(`has ended all threads soon after dispose, of ${threads}`, async () => {
      const simulator = await create({ threads })
      assert.equal(running.size, threads > 1 ? threads + 1 : 1)
      await simulator.simulateBundle(bundle)
      await simulator.dispose()
      await allEnded()
      await assert.rejects(simulator.simulateBundle(bundle), DisposedError)
    })

  it('rejects the call that is under way when it is disposed of', async () => {
    const simulator = await create()
    const call = simulator.simulateBundle(bundle)
    await simulator.dispose()
    await assert.rejects(call, DisposedError)
    await allEnded()
  })

  it('keeps two states apart, asked in turns', async () => {
    const other = structuredClone(state)
    other.chainId += 1
    const [first, second] = [await create(), await create({ source: snapshot(other) })]
    const chainId = { from: payment().from, data: '0x465f5260205ff3', gas: 200_000n }
    for (let round = 0; round < 3; round++)
      for (const [simulator, expected] of [
        [first, state.chainId],
        [second, other.chainId],
      ]) {
        const { transactions } = await simulator.simulateBundle({ transactions: [chainId] })
        assert.equal(Number(transactions[0].output), expected)
      }
    await Promise.all([first.dispose(), second.dispose()])
    await allEnded()
  })

  for (const threads of [1, 2])
    it(`ends a call that would take minutes when it is disposed of, ${threads} threads`, async () => {
      const simulator = await create({ threads })
      const call = simulator.simulateBundle(endless)
      const rejected = within(10_000, 'the call', assert.rejects(call, DisposedError))
      await wait(100)
      await simulator.dispose()
      await rejected
      await allEnded()
    })

  for (const name of ['forerun coordinator', 'forerun thread 1/2', 'forerun thread 2/2'])
    for (const busy of [true, false])
      it(`notices that "${name}" is gone, ${busy ? 'in' : 'before'} a call`, async () => {
        const simulator = await create()
        const lost = (error) => error instanceof WorkerLostError && error.worker === name
        const call = busy ? assert.rejects(simulator.simulateBundle(endless), lost) : undefined
        if (busy) await wait(100)
        await within(10_000, 'the end of the thread', threadNamed(name).terminate())
        await within(10_000, 'the call', call)
        assert.equal(simulator.state.status, 'failed')
        await allEnded()
        const later = await within(10_000, 'a later call', simulator.simulateBundle(bundle))
        assert.equal(later.status, 'success')
        await simulator.dispose()
        await allEnded()
      })

  it('can be created and disposed of twenty times', async () => {
    for (let round = 0; round < 20; round++) {
      const simulator = await create()
      await simulator.simulateBundle(bundle)
      await simulator.dispose()
    }
    await allEnded()
  })
})

describe('a process with a simulator', { timeout: 120_000 }, () => {
  const begin = (threads) => `
    import { createSimulator, snapshot } from 'forerun'
    const source = snapshot({ chainId: 1, fork: 'OSAKA', accounts: {} })
    const simulator = await createSimulator({ source, threads: ${threads} })
    const from = '0x1000000000000000000000000000000000000001'
    const block = { number: 1n, timestamp: 1n, gasLimit: 30_000_000n, baseFeePerGas: 0n }
    const call = () => simulator.simulateBundle({ transactions: [{ from, to: from }], block })
  `
  for (const threads of [1, 2]) {
    it(`ends after dispose, ${threads} threads`, async () => {
      const source = `${begin(threads)}; await call(); await simulator.dispose(); console.log('end')`
      assert.deepEqual(await runModule(source), { code: 0, output: 'end' })
    })

    it(`ends when nothing is under way, ${threads} threads`, async () => {
      const source = `${begin(threads)}; await call(); globalThis.kept = simulator; console.log('end')`
      assert.deepEqual(await runModule(source), { code: 0, output: 'end' })
    })

    it(`does not end while a call is under way, ${threads} threads`, async () => {
      const source = `${begin(threads)}; call().then(({ status }) => console.log(status))`
      assert.deepEqual(await runModule(source), { code: 0, output: 'success' })
    })
  }

  it('starts nothing when the package is only imported', async () => {
    const source = `
      import { running } from './tests/support/threads.mjs'
      const before = Reflect.ownKeys(globalThis).length
      const { createSimulator } = await import('forerun')
      console.log(typeof createSimulator, running.size, Reflect.ownKeys(globalThis).length - before)
    `
    assert.deepEqual(await runModule(source), { code: 0, output: 'function 0 0' })
  })
})
