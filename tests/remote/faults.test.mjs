// What servers do wrong: once, and the result is right all the same; always, and there is a typed error
// in time, after which the same simulator answers rightly as soon as the server does. Never is there a
// wrong result.

import assert from 'node:assert/strict'
import { after, afterEach, before, beforeEach, describe, it } from 'node:test'
import { rejectionOf, runtimes, withSimulator } from '../support/remote/runtimes.mjs'
import { chain, nextState, state, subject, sum } from '../support/remote/tiny.mjs'
import { openRpcServer } from '../support/rpc-server/server.mjs'

const options = { timeout: 400, totalTimeout: 5_000, retries: 2 }
const accountMethods = [
  'eth_getBalance',
  'eth_getTransactionCount',
  'eth_getCode',
  'eth_getAccountInfo',
  'eth_getProof',
]

/**
 * By name: the rule; `harmless` where the server says nothing wrong, only otherwise, so that there is
 * no error even if it is always so; and what the error says besides.
 */
const faults = {
  'status 429': { rule: { fault: 'status', status: 429 }, facts: { status: 429 } },
  'status 429 with Retry-After': {
    rule: { fault: 'status', status: 429, retryAfter: 1 },
    facts: { status: 429 },
  },
  'status 500': { rule: { fault: 'status', status: 500 }, facts: { status: 500 } },
  'status 502': { rule: { fault: 'status', status: 502 }, facts: { status: 502 } },
  'status 503 that pages may not read': {
    rule: { fault: 'status', status: 503, cors: false },
  },
  'a connection cut before the answer': { rule: { fault: 'cut', where: 'headers' } },
  'a connection cut in the answer': { rule: { fault: 'cut', where: 'body' } },
  'no answer': { rule: { fault: 'hang', where: 'headers' } },
  'half an answer and no end': { rule: { fault: 'hang', where: 'body' } },
  'an answer that goes on for ever': { rule: { fault: 'hang', where: 'stream' } },
  'malformed JSON': { rule: { fault: 'malformed' } },
  'a page of HTML': { rule: { fault: 'content' } },
  'a refused batch': { rule: { fault: 'refuse-batch' }, harmless: true },
  'a batch refused by status': {
    rule: { fault: 'refuse-batch', style: 'status' },
    harmless: true,
  },
  'errors for some calls of a batch': {
    rule: { fault: 'partial', share: 0.5 },
    // Each call by chance; none fails for ever.
    always: { fault: 'partial', share: 1 },
    facts: { rpcCode: -32603 },
  },
  'an error for each call': {
    rule: { fault: 'error', code: -32000, message: 'try later' },
    facts: { rpcCode: -32000 },
  },
  'answers out of order': { rule: { fault: 'shuffle' }, harmless: true },
  'answers twice': { rule: { fault: 'duplicate' }, harmless: true },
  'answers that are missing': {
    rule: { fault: 'missing', share: 0.5 },
    always: { fault: 'missing', share: 1 },
  },
  'answers to other calls': { rule: { fault: 'wrong-ids' } },
  'null for accounts': { rule: { fault: 'null', method: accountMethods } },
  'short slot keys and values': { rule: { fault: 'short' }, harmless: true },
  'a header pruned in the middle': { rule: { fault: 'prune' }, facts: { rpcCode: -32000 } },
}

// A simulation takes six at least, those by which pointers are followed among them. Of each runtime so
// many as time allows; the wire code is the same.
const requests = { Node: [1, 3, 4], Chromium: [2] }

for (const [name, openRuntime] of Object.entries(runtimes))
  describe(`a server's faults in ${name}`, { timeout: 180_000 }, () => {
    let runtime
    let server
    before(async () => {
      runtime = await openRuntime()
    })
    after(() => runtime?.close())
    beforeEach(async () => {
      server = await openRpcServer({ states: [state, nextState], seed: 7 })
    })
    afterEach(() => server?.close())

    const withTiny = (use, more = {}) =>
      withSimulator(
        runtime,
        { urls: server.urls, block: state.hash, chain, options, threads: 1, ...more },
        use,
      )
    const outputOf = async (simulator) => (await simulator.run(subject)).transactions[0].output
    /** From the request on that comes next. */
    const setFaults = (rules) => {
      server.log.clear()
      server.setFaults(rules)
    }

    for (const [what, { rule, always = rule, harmless = false, facts = {} }] of Object.entries(
      faults,
    )) {
      for (const request of requests[name])
        it(`once, at request ${request}, changes no result: ${what}`, () =>
          withTiny(async (simulator) => {
            // Of requests with such calls, if the rule is about some, the first from there on.
            const which = rule.method === undefined ? { requests: [request] } : { from: request }
            setFaults([{ ...rule, ...which, times: 1 }])
            assert.equal(await outputOf(simulator), sum)
            assert.ok(server.log.entries.some((entry) => entry.faults.length > 0))
          }))

      it(`${harmless ? 'always changes no result' : 'always ends in a typed error, and passes'}: ${what}`, () =>
        withTiny(async (simulator) => {
          setFaults([always])
          if (harmless) {
            assert.equal(await outputOf(simulator), sum)
          } else {
            const started = performance.now()
            const { code, method, endpoint, attempts, block, ...rest } = await rejectionOf(
              simulator.run(subject),
            )
            assert.equal(code, 'STATE_SOURCE')
            assert.match(method, /^eth_get/)
            assert.equal(endpoint, server.url)
            assert.ok(attempts >= 1 && attempts <= 12, `${attempts} attempts`)
            assert.equal(block, state.hash)
            for (const [fact, value] of Object.entries(facts)) assert.equal(rest[fact], value, fact)
            // Its own limit and what a busy machine takes; it is no measure of speed.
            assert.ok(performance.now() - started < 30_000)
          }
          setFaults([])
          assert.equal(await outputOf(simulator), sum)
        }))
    }

    it('another block than the one asked for is refused', () =>
      withTiny(async (simulator) => {
        setFaults([{ fault: 'other-block', block: '0x65', method: 'eth_getBlockByHash' }])
        const facts = await rejectionOf(simulator.setBlock(state.hash))
        assert.equal(facts.code, 'STATE_SOURCE')
        assert.equal(facts.method, 'eth_getBlockByHash')
        setFaults([])
        assert.equal((await simulator.setBlock(state.hash)).hash, state.hash)
        assert.equal(await outputOf(simulator), sum)
      }))

    it('another block under the pinned number is noticed where servers know numbers only', async () => {
      // The server takes no hashes for blocks; in the middle of the simulation its chain changes.
      const noHash = { code: -32602, message: 'invalid argument 1: hex string expected' }
      const methods = [
        'eth_getBalance',
        'eth_getTransactionCount',
        'eth_getCode',
        'eth_getStorageAt',
        'eth_getStorageValues',
        'eth_getAccountInfo',
        'eth_getProof',
      ]
      // Nothing beside the reads, so that it is known which request is which.
      const alone = { runAhead: false }
      await withTiny(async (simulator) => {
        setFaults([
          { fault: 'error', ...noHash, method: methods, requests: [1] },
          { fault: 'other-block', block: '0x65', from: 2 },
        ])
        const facts = await rejectionOf(simulator.run(subject))
        assert.equal(facts.code, 'BLOCK_CHANGED')
        assert.equal(facts.number, '0x64')
        assert.equal(facts.expected, state.hash)
        assert.equal(facts.found, nextState.hash)
        setFaults([])
        assert.equal(await outputOf(simulator), sum)
      }, alone)
    })

    it('a block that is gone in the middle of a simulation leaves nothing wrong behind', () =>
      withTiny(async (simulator) => {
        setFaults([{ fault: 'prune', from: 2 }])
        const facts = await rejectionOf(simulator.run(subject))
        assert.equal(facts.code, 'STATE_SOURCE')
        assert.equal(facts.block, state.hash)
        setFaults([])
        assert.equal(await outputOf(simulator), sum)
      }))

    it('a start on a server that is down ends in a typed error', async () => {
      server.setFaults([{ fault: 'cut' }])
      const facts = await rejectionOf(withTiny(() => assert.fail('it started')))
      assert.equal(facts.code, 'STATE_SOURCE')
      assert.equal(facts.endpoint, server.url)
      assert.ok(facts.attempts >= 1)
    })

    it('a start at a block that is not there says which', async () => {
      const facts = await rejectionOf(withTiny(() => assert.fail('it started'), { block: 4711n }))
      assert.equal(facts.code, 'BLOCK_NOT_FOUND')
      assert.equal(facts.endpoint, server.url)
      assert.match(facts.block, /4711|0x1267/)
    })

    it('through a provider of the page, faults once and always', () =>
      withTiny(
        async (simulator) => {
          for (const fault of ['malformed', 'cut', 'null']) {
            const method = accountMethods
            await simulator.setBlock(state.hash)
            setFaults([{ fault, method }])
            const facts = await rejectionOf(simulator.run(subject))
            assert.equal(facts.code, 'STATE_SOURCE', fault)
            assert.ok(accountMethods.includes(facts.method), facts.method)
            assert.ok(facts.attempts >= 1 && facts.attempts <= 12, `${facts.attempts} attempts`)
            setFaults([{ fault, method, times: 1 }])
            assert.equal(await outputOf(simulator), sum, fault)
            // Where nothing is known yet.
            await simulator.setBlock(nextState.hash)
          }
        },
        { via: 'custom', cache: { type: 'none' } },
      ))
  })
