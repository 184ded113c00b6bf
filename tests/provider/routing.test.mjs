// Who answers what is asked of `simulator.provider`, in Node and on a page: the engine for the block that
// is stood on, the server for what else there is to read, and nobody where something would be told.

import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { serializeTransaction } from 'viem'
import { isFollowing } from '../support/remote/following.mjs'
import { rejectionOf, runtimes, withSimulator } from '../support/remote/runtimes.mjs'
import { chain, nextState, state, subject, sum } from '../support/remote/tiny.mjs'
import { openRpcServer } from '../support/rpc-server/server.mjs'

const [{ from: alice, to: keeper, data }] = subject.request.transactions
const word = (value) => `0x${BigInt(value).toString(16).padStart(64, '0')}`
const call = { from: alice, to: keeper, data }
// The keeper's slot 0 in block 100, and in block 101.
const slots = { 100: word(0x34), 101: word(0x89) }
const slotAt = (block) => ['eth_getStorageAt', [keeper, '0x0', block]]

/** Methods that execute, with parameters that are right, at a block. */
const executing = {
  eth_call: (block) => [call, block],
  eth_estimateGas: (block) => [call, block],
  eth_createAccessList: (block) => [call, block],
  eth_simulateV1: (block) => [{ blockStateCalls: [{ calls: [call] }] }, block],
  eth_callMany: (block) => [[{ transactions: [call] }], { blockNumber: block }],
  debug_traceCall: (block) => [call, block, { tracer: 'callTracer' }],
  debug_traceCallMany: (block) => [[{ transactions: [call] }], { blockNumber: block }, {}],
  trace_call: (block) => [call, ['trace'], block],
}
// Signed by nobody; what matters is that the calldata is in it.
const raw = serializeTransaction(
  { type: 'eip1559', chainId: chain.id, to: keeper, data, gas: 200_000n, maxFeePerGas: 7n },
  { r: word(1), s: word(1), yParity: 0 },
)
const bundles = [
  ['eth_callBundle', [{ txs: [raw], blockNumber: '0x65', stateBlockNumber: 'latest' }]],
  ['mev_simBundle', [{ version: 'v0.1', inclusion: { block: '0x65' }, body: [{ tx: raw }] }, {}]],
]

for (const [name, openRuntime] of Object.entries(runtimes))
  describe(`a provider over state of a server in ${name}`, { timeout: 120_000 }, () => {
    let runtime
    let server
    before(async () => {
      runtime = await openRuntime()
      server = await openRpcServer({ states: [state, nextState] })
    })
    after(async () => {
      await server?.close()
      await runtime?.close()
    })

    /** A simulator on block 100, though the server has 101, and a log that is empty at first. */
    const onEarlier = (use, more = {}) =>
      withSimulator(
        runtime,
        { urls: server.urls, threads: 1, chain, block: 100n, ...more },
        (simulator) => {
          server.log.clear()
          return use(simulator)
        },
      )
    const asked = () => server.log.calls().map(({ method, params }) => [method, params])

    for (const via of ['http', 'custom'])
      it(`stands on its block, whatever the head is: ${via}`, () =>
        onEarlier(
          async ({ request }) => {
            assert.equal(await request('eth_chainId'), '0x1cbd')
            assert.equal(await request('eth_blockNumber', []), '0x64')
            for (const block of ['latest', 'pending', 'safe', 'finalized', '0x64', state.hash])
              assert.equal(await request(...slotAt(block)), slots[100], block)
            assert.equal(await request('eth_getStorageAt', [keeper, '0x0']), slots[100])
            const block = await request('eth_getBlockByNumber', ['latest', false])
            assert.equal(block.hash, state.hash)
            assert.deepEqual(block.transactions, [], 'all of the block that the server has')
          },
          { via },
        ))

    it('reads state of another block from the server', () =>
      onEarlier(async ({ request }) => {
        assert.equal(await request(...slotAt('0x65')), slots[101])
        assert.equal(await request(...slotAt({ blockHash: nextState.hash })), slots[101])
        assert.deepEqual(asked(), [slotAt('0x65'), slotAt({ blockHash: nextState.hash })])
        assert.equal((await request('eth_getBlockByNumber', ['0x65', false])).hash, nextState.hash)
      }))

    it('does what it is told in order, with setBlock among it', () =>
      onEarlier(async ({ atOnce }) => {
        const [before, , after, number] = await atOnce([
          slotAt('latest'),
          ['setBlock', 101n],
          slotAt('latest'),
          ['eth_blockNumber'],
        ])
        assert.deepEqual([before, after, number], [slots[100], slots[101], '0x65'])
      }))

    it('lets a question to the server hold up nobody, and ends it with the simulator', () =>
      onEarlier(async ({ disposeBefore }) => {
        server.setFaults([{ fault: 'hang', where: 'headers', method: 'eth_getBlockByHash' }])
        const { answer, unanswered, later } = await disposeBefore({
          first: ['eth_getBlockByNumber', ['latest', false]],
          second: ['eth_chainId'],
        })
        server.setFaults([])
        assert.equal(answer, '0x1cbd')
        for (const { name, code } of [unanswered, later])
          assert.deepEqual([name, code], ['ProviderRpcError', 4900])
      }))

    it('refuses to execute at another block, and tells the server nothing of it', () =>
      onEarlier(async ({ request }) => {
        for (const [method, paramsAt] of Object.entries(executing)) {
          const facts = await rejectionOf(request(method, paramsAt('0x65')))
          const { code, message } = facts
          // The last one is nobody's here, whatever the block.
          if (method === 'trace_call') assert.equal(code, 4200)
          else assert.deepEqual([code, message], [-32000, 'header not found'], method)
        }
        assert.deepEqual(asked(), [])
      }))

    for (const via of ['http', 'custom'])
      for (const passThrough of ['none', 'reads', 'all'])
        it(`tells the server nothing of what is called: ${via}, ${passThrough}`, () =>
          onEarlier(
            async ({ request }) => {
              // Whether there is an answer, or an error, is not the point.
              for (const [method, paramsAt] of Object.entries(executing))
                await request(method, paramsAt('latest')).catch(() => undefined)
              for (const [method, params] of bundles)
                await request(method, params).catch(() => undefined)
              for (const { body } of server.log.requests())
                assert.ok(!body.toLowerCase().includes(data.slice(2)), body)
              for (const call of server.log.calls())
                if (!isFollowing(call)) assert.match(call.method, /^eth_(get|chainId)/)
              // All this on a simulator that answers, and that did have to ask for state.
              const sumOf = await request('eth_call', executing.eth_call('latest'))
              assert.equal(sumOf, sum)
              assert.ok(server.log.calls().length > 0)
            },
            { via, passThrough },
          ))

    it('hands on what only reads, errors included', () =>
      onEarlier(async ({ request }) => {
        assert.equal(await request('net_version'), '7357')
        const facts = await rejectionOf(request('eth_getLogs', [{ fromBlock: '0x60' }]))
        assert.equal(facts.name, 'ProviderRpcError')
        assert.equal(facts.code, -32601)
        assert.deepEqual(asked().at(-1), ['eth_getLogs', [{ fromBlock: '0x60', toBlock: '0x64' }]])
      }))

    it('hands on nothing else unless told so', async () => {
      const sending = ['eth_sendRawTransaction', ['0x02c0']]
      const unknown = ['web3_sha3', ['0x68656c6c6f']]
      await onEarlier(async ({ request }) => {
        for (const question of [sending, unknown])
          assert.equal((await rejectionOf(request(...question))).code, 4200)
        for (const method of ['eth_accounts', 'eth_sendTransaction', 'personal_sign'])
          assert.equal((await rejectionOf(request(method, [call]))).code, 4200)
        assert.deepEqual(asked(), [])
      })
      await onEarlier(
        async ({ request }) => {
          // The server has neither, which is its answer.
          for (const question of [sending, unknown])
            assert.equal((await rejectionOf(request(...question))).code, -32601)
          assert.deepEqual(asked(), [sending, unknown])
        },
        { passThrough: 'all' },
      )
    })

    it('hands on nothing at all if told so', () =>
      onEarlier(
        async ({ request }) => {
          assert.equal((await rejectionOf(request('net_version'))).code, 4200)
          assert.equal((await rejectionOf(request(...slotAt('0x65')))).code, -32000)
          assert.equal((await request('eth_getBlockByNumber', ['latest', false])).hash, state.hash)
          assert.deepEqual(asked(), [])
        },
        { passThrough: 'none' },
      ))

    it('asks the wallet that is the source what is the wallet to answer', () =>
      onEarlier(
        async ({ request }) => {
          // The wallet of the tests hands all on to the server, which knows no accounts.
          assert.equal((await rejectionOf(request('eth_accounts'))).code, -32601)
          assert.deepEqual(asked(), [['eth_accounts', []]])
        },
        { via: 'custom' },
      ))

    it('says what the server says where state cannot be read', () =>
      onEarlier(
        async ({ request }) => {
          server.setFaults([{ fault: 'error', code: -32000, message: 'out of order' }])
          const facts = await rejectionOf(request(...slotAt('latest')))
          server.setFaults([])
          assert.equal(facts.name, 'ProviderRpcError')
          assert.equal(facts.code, -32000)
          assert.match(facts.message, /out of order/)
        },
        { options: { retries: 0 } },
      ))
  })
