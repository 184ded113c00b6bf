// A watched bundle is simulated on each new block, says what came out otherwise, outlives servers that
// fail for a while, and ends when it is told to.

import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { createSimulator, http, InvalidRequestError, snapshot } from 'forerun'
import { chain, nextState, nextSum, state, subject, sum } from '../support/remote/tiny.mjs'
import { openRpcServer } from '../support/rpc-server/server.mjs'

const pollingInterval = 10
const patience = 20_000

/** Waits until something holds. */
const until = async (what, holds) => {
  const end = performance.now() + patience
  while (!holds()) {
    if (performance.now() > end) throw new Error(`not within ${patience} ms: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, pollingInterval))
  }
}

describe('a watched bundle', { timeout: 120_000 }, () => {
  let server
  let simulator
  beforeEach(async () => {
    server = await openRpcServer({ states: [state, nextState], head: state.hash, seed: 1 })
    simulator = await createSimulator({
      source: http(server.urls, { retries: 0 }),
      chain,
      threads: 1,
    })
  })
  afterEach(async () => {
    await simulator?.dispose()
    await server?.close()
  })

  /** Watches, and keeps all that is said. */
  const watch = (more = {}) => {
    const said = { outputs: [], blocks: [], drifts: [], errors: [] }
    const stop = simulator.watch({
      bundle: subject.request,
      pollingInterval,
      onResult: (result, block) => {
        said.outputs.push(result.transactions[0].output)
        said.blocks.push(block.number)
      },
      onDrift: (drift) => said.drifts.push(drift),
      onError: (error) => said.errors.push(error),
      ...more,
    })
    return { said, stop }
  }
  const looks = () =>
    server.log.calls().filter(({ method }) => method === 'eth_getBlockByNumber').length

  it('is simulated at once and again when there is a new block, and not otherwise', async () => {
    const { said, stop } = watch()
    await until('the first result', () => said.outputs.length === 1)
    server.log.clear()
    await until('some looks at the same block', () => looks() >= 3)
    assert.deepEqual(said.outputs, [sum])
    server.setHead(nextState.hash)
    await until('the second result', () => said.outputs.length === 2)
    assert.deepEqual(said.outputs, [sum, nextSum])
    assert.deepEqual(said.blocks, [100n, 101n])
    const [{ before, after, transactions }] = said.drifts
    assert.equal(said.drifts.length, 1)
    assert.equal(before.transactions[0].output, sum)
    assert.equal(after.transactions[0].output, nextSum)
    assert.deepEqual(transactions, [0])
    assert.deepEqual(said.errors, [])
    stop()
  })

  it('goes on behind a server that has failed', async () => {
    const { said, stop } = watch()
    await until('the first result', () => said.outputs.length === 1)
    server.setFaults([{ fault: 'status', status: 500 }])
    await until('an error', () => said.errors.length > 0)
    assert.equal(said.errors[0].code, 'STATE_SOURCE')
    server.setFaults([])
    server.setHead(nextState.hash)
    await until('the next result', () => said.outputs.length === 2)
    assert.deepEqual(said.outputs, [sum, nextSum])
    stop()
  })

  for (const way of ['function', 'signal'])
    it(`is let go by its ${way}, and leaves the simulator to others`, async () => {
      const control = new AbortController()
      const { said, stop } = watch({ signal: control.signal })
      await until('the first result', () => said.outputs.length === 1)
      if (way === 'function') stop()
      else control.abort()
      const result = await simulator.simulateBundle(subject.request)
      assert.equal(result.transactions[0].output, sum)
      server.setHead(nextState.hash)
      server.log.clear()
      await new Promise((resolve) => setTimeout(resolve, 10 * pollingInterval))
      assert.equal(looks(), 0)
      assert.deepEqual(said.outputs, [sum])
      assert.deepEqual(said.errors, [])
    })

  it('says so and ends when its simulator is disposed of', async () => {
    const { said } = watch()
    await until('the first result', () => said.outputs.length === 1)
    await simulator.dispose()
    await until('the error', () => said.errors.length > 0)
    assert.deepEqual(
      said.errors.map(({ code }) => code),
      ['DISPOSED'],
    )
  })

  it('wants remote state and whole milliseconds', async () => {
    const onResult = () => {}
    assert.throws(
      () => simulator.watch({ bundle: subject.request, pollingInterval: 0, onResult }),
      (error) => error instanceof InvalidRequestError && error.field === 'pollingInterval',
    )
    const still = await createSimulator({
      source: snapshot({ chainId: 1, fork: 'OSAKA', accounts: {} }),
      threads: 1,
    })
    try {
      assert.throws(
        () => still.watch({ bundle: subject.request, onResult }),
        (error) => error instanceof InvalidRequestError && error.field === 'source',
      )
    } finally {
      await still.dispose()
    }
  })
})
