// Whoever no longer wants an answer does not wait for it: aborted calls and disposed simulators end
// while servers are silent, and the process ends.

import assert from 'node:assert/strict'
import { after, afterEach, before, beforeEach, describe, it } from 'node:test'
import { runModule } from '../support/child.mjs'
import { within } from '../support/limit.mjs'
import { untilNoneIsOpen } from '../support/remote/open-requests.mjs'
import { runtimes, withSimulator } from '../support/remote/runtimes.mjs'
import { chain, state, subject, sum } from '../support/remote/tiny.mjs'
import { openRpcServer } from '../support/rpc-server/server.mjs'

const limit = 20_000
const silent = [{ fault: 'hang', where: 'headers' }]

for (const [name, openRuntime] of Object.entries(runtimes))
  describe(`calls that wait for state in ${name}`, { timeout: 120_000 }, () => {
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

    for (const via of ['http', 'custom'])
      for (const threads of [1, 2])
        it(`end with the signal's reason, and the next is right: ${via}, ${threads} threads`, () =>
          withSimulator(runtime, { urls: server.urls, via, threads, chain }, async (simulator) => {
            server.setFaults(silent)
            const call = simulator.abortAfter(200, subject)
            // Far less than the 10 s that one attempt may take.
            const { outcome, milliseconds } = await within(limit, 'the abort', call)
            assert.equal(outcome, 'the reason')
            assert.ok(milliseconds < 5_000, `${milliseconds} ms`)
            server.setFaults([])
            const next = await within(limit, 'the next call', simulator.run(subject))
            assert.equal(next.transactions[0].output, sum)
          }))

    it('are given up at the server', () =>
      withSimulator(runtime, { urls: server.urls, threads: 1, chain }, async (simulator) => {
        server.setFaults(silent)
        server.log.clear()
        await within(limit, 'the abort', simulator.abortAfter(300, subject))
        assert.ok(server.log.requests().length > 0)
        await untilNoneIsOpen(server)
      }))

    for (const threads of [1, 2])
      it(`end when the simulator is disposed of, ${threads} threads`, async () => {
        const simulator = await runtime.open({ urls: server.urls, threads, chain })
        server.setFaults(silent)
        const outcome = await within(limit, 'the call', simulator.disposeAfter(200, subject))
        assert.equal(outcome, 'DISPOSED')
      })
  })

describe('a process that reads remote state', { timeout: 120_000 }, () => {
  let server
  before(async () => {
    server = await openRpcServer({ states: [state], seed: 1 })
  })
  after(() => server?.close())

  const begin = (threads) => `
    import { createSimulator, http } from 'forerun'
    import { chain, subject } from './tests/support/remote/tiny.mjs'
    const source = http('${server.url}')
    const simulator = await createSimulator({ source, chain, threads: ${threads} })
  `
  for (const threads of [1, 2]) {
    it(`ends after a call and dispose, ${threads} threads`, async () => {
      server.setFaults([])
      const source = `${begin(threads)}
        await simulator.simulateBundle(subject.request)
        await simulator.dispose()
        console.log('end')`
      assert.deepEqual(await runModule(source), { code: 0, output: 'end' })
    })

    it(`ends after dispose in the middle of a wave, ${threads} threads`, async () => {
      server.log.clear()
      server.setFaults([{ fault: 'hang', where: 'headers', method: 'eth_getBalance' }])
      const source = `${begin(threads)}
        const call = simulator.simulateBundle(subject.request).catch((error) => error.code)
        setTimeout(async () => {
          await simulator.dispose()
          console.log(await call)
        }, 200)`
      assert.deepEqual(await runModule(source), { code: 0, output: 'DISPOSED' })
    })
  }
})
