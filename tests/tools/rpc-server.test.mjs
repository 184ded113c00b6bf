// The server that remote state is tested against: that it answers as public clients do, and that
// its faults are the ones that were asked for.

import assert from 'node:assert/strict'
import { afterEach, test } from 'node:test'
import { keccak256 } from 'viem'
import { manifestsOf } from '../support/rpc-server/manifests.mjs'
import { readsOf, usefulShare } from '../support/rpc-server/reads.mjs'
import { noRecordedBlocks, withRecordedBlocks } from '../support/rpc-server/recorded.mjs'
import { openRpcServer } from '../support/rpc-server/server.mjs'
import { snapshotOf, stateOfSnapshot } from '../support/rpc-server/state.mjs'

const holder = `0x${'a1'.repeat(20)}`
const nobody = `0x${'c0'.repeat(20)}`
const emptyCodeHash = '0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470'
const zero = `0x${'00'.repeat(32)}`
const wordOf = (number) => `0x${number.toString(16).padStart(64, '0')}`

const snapshot = {
  chainId: 7357,
  fork: 'PRAGUE',
  block: { number: '0x64', timestamp: '0x6955b900', gasLimit: '0x1c9c380', baseFeePerGas: '0x7' },
  accounts: {
    [holder]: { balance: '0x10', nonce: '0x2', code: '0x6001', storage: { '0x3': '0x2a' } },
  },
}
const first = stateOfSnapshot(snapshot)
const second = first.next({ accounts: { [holder]: { nonce: '0x3', storage: { '0x3': '0x2b' } } } })

let server
afterEach(() => server?.close())

async function open(options = {}) {
  server = await openRpcServer({ states: [first, second], head: 0x64, seed: 1, ...options })
  return server
}

async function post(body) {
  const response = await fetch(server.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
  return { status: response.status, headers: response.headers, text: await response.text() }
}

const request = (method, params = [], id = 1) => ({ jsonrpc: '2.0', id, method, params })

async function call(method, ...params) {
  const { text } = await post(request(method, params))
  return JSON.parse(text)
}

const nonces = (count) =>
  Array.from({ length: count }, (_, id) =>
    request('eth_getTransactionCount', [holder, 'latest'], id),
  )

test('state is answered in the forms of public clients', async () => {
  await open()
  const result = async (...asked) => (await call(...asked)).result
  assert.equal(await result('eth_chainId'), '0x1cbd')
  assert.equal(await result('eth_blockNumber'), '0x64')
  assert.equal(await result('eth_getBalance', holder, 'latest'), '0x10')
  assert.equal(await result('eth_getTransactionCount', holder, '0x64'), '0x2')
  assert.equal(await result('eth_getCode', holder, { blockHash: first.hash }), '0x6001')
  assert.equal(await result('eth_getCode', nobody, { blockNumber: '0x64' }), '0x')
  assert.equal(await result('eth_getStorageAt', holder, '0x3', 'latest'), wordOf(42))
  const slots = { [holder]: [wordOf(3), wordOf(4)] }
  assert.deepEqual(await result('eth_getStorageValues', slots, 'latest'), {
    [holder]: [wordOf(42), zero],
  })
  assert.deepEqual(await result('eth_getAccountInfo', holder, 'latest'), {
    balance: '0x10',
    nonce: '0x2',
    code: '0x6001',
  })
  const proof = await result('eth_getProof', nobody, [wordOf(3)], 'latest')
  assert.equal(proof.codeHash, emptyCodeHash)
  assert.deepEqual(proof.storageProof, [{ key: wordOf(3), value: '0x0', proof: [] }])
  const header = await result('eth_getBlockByNumber', 'latest', false)
  assert.equal(header.hash, first.hash)
  assert.equal(header.baseFeePerGas, '0x7')
  assert.deepEqual(await result('eth_getBlockByHash', first.hash, false), header)
})

test('a snapshot made of a state is the snapshot that the state was made of', () => {
  const { accounts, codes } = snapshotOf(first, { fork: 'PRAGUE' })
  const account = accounts[holder]
  assert.equal(account.balance, '0x10')
  assert.deepEqual(account.storage, { [wordOf(3)]: wordOf(42) })
  assert.equal(codes[account.codeHash], '0x6001')
})

test('the head moves only when told to, and nothing behind it is known', async () => {
  await open()
  const ahead = { blockHash: second.hash }
  assert.equal((await call('eth_getBalance', holder, ahead)).error.message, 'header not found')
  assert.equal((await call('eth_getBalance', holder, '0x65')).error.code, -32000)
  assert.equal((await call('eth_getBlockByNumber', '0x65', false)).result, null)
  server.setHead(0x65)
  assert.equal((await call('eth_getTransactionCount', holder, 'latest')).result, '0x3')
  const before = { blockHash: first.hash, requireCanonical: true }
  assert.equal((await call('eth_getTransactionCount', holder, before)).result, '0x2')
  const { result } = await call('eth_getBlockByNumber', 'latest', false)
  assert.equal(result.parentHash, first.hash)
  // The state of a block before all of them is gone, its header is not.
  assert.match((await call('eth_getBalance', holder, '0x1')).error.message, /not available/)
  const parent = (await call('eth_getBlockByNumber', '0x63', false)).result
  assert.equal(parent.hash, first.header.parentHash)
})

test('two blocks of one number are told apart, and one of them is canonical', async () => {
  const other = first.next({ header: { extraData: '0x01' } })
  await open({ states: [first, second, other], head: second.hash })
  const nonce = async (params) => call('eth_getTransactionCount', holder, params)
  assert.equal((await nonce('latest')).result, '0x3')
  assert.equal((await nonce({ blockHash: other.hash })).result, '0x2')
  const strict = { blockHash: other.hash, requireCanonical: true }
  assert.match((await nonce(strict)).error.message, /not currently canonical/)
  server.setHead(other.hash)
  assert.equal((await nonce(strict)).result, '0x2')
  assert.equal((await nonce('0x65')).result, '0x2')
})

test('a block access list says what a block changed', async () => {
  await open({ head: second.hash })
  assert.deepEqual((await call('eth_getBlockAccessList', { blockHash: second.hash })).result, [
    {
      address: holder,
      storageChanges: [{ key: wordOf(3), changes: [{ index: '0x1', value: wordOf(43) }] }],
      storageReads: [],
      balanceChanges: [],
      nonceChanges: [{ index: '0x1', value: '0x3' }],
      codeChanges: [],
    },
  ])
})

test('limits of methods and mistakes of callers have their codes', async () => {
  await open({ off: ['eth_getProof'] })
  const code = async (...asked) => (await call(...asked)).error.code
  assert.equal(await code('eth_getProof', holder, [], 'latest'), -32601)
  assert.equal(await code('eth_nonsense'), -32601)
  assert.equal(await code('eth_getStorageValues', {}, 'latest'), -32602)
  assert.equal(await code('eth_getStorageValues', { [holder]: ['0x3'] }, 'latest'), -32602)
  const many = Array.from({ length: 1025 }, (_, slot) => wordOf(slot))
  assert.equal(await code('eth_getStorageValues', { [holder]: many }, 'latest'), -38026)
  assert.equal(await code('eth_getBalance', '0x12', 'latest'), -32602)
  assert.equal(JSON.parse((await post('{')).text).error.code, -32700)
  assert.equal(JSON.parse((await post([])).text).error.code, -32600)
})

test('a server may take fewer slots a call', async () => {
  await open({ slots: 2 })
  const keys = [1, 2, 3].map(wordOf)
  assert.equal((await call('eth_getProof', holder, keys, 'latest')).error.code, -38026)
  assert.equal((await call('eth_getProof', holder, keys.slice(1), 'latest')).error, undefined)
  const values = await call('eth_getStorageValues', { [holder]: keys }, 'latest')
  assert.equal(values.error.code, -38026)
})

test('a server may say beforehand what a transaction looks at', async () => {
  const reads = readsOf([{ [holder]: { storage: { [wordOf(3)]: '0x0' } }, [nobody]: {} }])
  await open({ methods: manifestsOf(reads) })
  const trace = await call('debug_traceCall', {}, 'latest', { tracer: 'prestateTracer' })
  assert.deepEqual(trace.result, {
    [holder]: { balance: '0x10', nonce: 2, code: '0x6001', storage: { [wordOf(3)]: wordOf(42) } },
    [nobody]: { balance: '0x0' },
  })
  assert.deepEqual((await call('eth_createAccessList', {}, 'latest')).result.accessList, [
    { address: holder, storageKeys: [wordOf(3)] },
  ])
})

test('what of the calls was of use is counted by places, not by calls', async () => {
  const reads = readsOf([{ [holder]: { storage: { [wordOf(3)]: '0x0' } }, [nobody]: {} }])
  await open()
  await call('eth_getBalance', holder, 'latest')
  await call('eth_getTransactionCount', holder, 'latest')
  await call('eth_getCode', holder, 'latest')
  assert.deepEqual(usefulShare(server.log.calls(), reads), { asked: 1, useful: 1, wanted: 3 })
  await call('eth_getStorageValues', { [holder]: [wordOf(3), wordOf(4)] }, 'latest')
  assert.deepEqual(usefulShare(server.log.calls(), reads), { asked: 3, useful: 2, wanted: 3 })
  await call('eth_getProof', nobody, [], 'latest')
  assert.deepEqual(usefulShare(server.log.calls(), reads), { asked: 4, useful: 3, wanted: 3 })
  await call('eth_getProof', nobody, [], 'latest')
  assert.deepEqual(usefulShare(server.log.calls(), reads), { asked: 5, useful: 3, wanted: 3 })
})

test('batches are answered in order, and refused past the limit in the chosen way', async () => {
  await open({ batch: { limit: 3 } })
  const answers = JSON.parse((await post(nonces(3))).text)
  assert.deepEqual(
    answers.map(({ id, result }) => [id, result]),
    [
      [0, '0x2'],
      [1, '0x2'],
      [2, '0x2'],
    ],
  )
  const refused = async (style) => {
    server.setBatch({ limit: 3, style })
    const { status, text } = await post(nonces(4))
    return { status, body: text.startsWith('P') ? text : JSON.parse(text) }
  }
  assert.equal((await refused('object')).body.error.code, -32600)
  assert.deepEqual(
    (await refused('list')).body.map(({ id, error }) => [id, error.code]),
    [[0, -32600]],
  )
  assert.deepEqual(
    (await refused('each')).body.map(({ error }) => error.code),
    Array(4).fill(-32005),
  )
  assert.equal((await refused('status')).status, 413)
  assert.equal((await refused('bad')).status, 400)
})

test('the log counts round trips that had to be waited for, and not those beside one another', async () => {
  await open({ latency: 40 })
  const ask = () => call('eth_getBalance', holder, 'latest')
  await call('eth_chainId')
  await Promise.all([ask(), ask(), ask()])
  await post(nonces(5))
  const all = server.log.summary()
  assert.equal(all.requests, 5)
  assert.equal(all.rounds, 3)
  assert.equal(all.calls, 9)
  assert.deepEqual(all.methods, {
    eth_chainId: 1,
    eth_getBalance: 3,
    eth_getTransactionCount: 5,
  })
  assert.equal(server.log.summary({ state: true }).rounds, 2)
  assert.ok(all.bytes.in > 0 && all.bytes.out > 0)
})

test('pages of other origins may ask, isolated ones as well', async () => {
  await open()
  const response = await fetch(server.url, {
    method: 'OPTIONS',
    headers: {
      origin: 'http://page.example',
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'content-type',
    },
  })
  assert.equal(response.status, 204)
  assert.equal(response.headers.get('access-control-allow-origin'), '*')
  assert.equal(response.headers.get('access-control-allow-headers'), 'content-type')
  const { headers } = await post(request('eth_chainId'))
  assert.equal(headers.get('cross-origin-resource-policy'), 'cross-origin')
  assert.equal(server.log.summary().preflights, 1)
  assert.equal(server.log.summary().requests, 1)
})

test('a recorded block stands on a parent that it follows from', { skip: noRecordedBlocks }, () =>
  withRecordedBlocks([15199017, 24628607], async (blocks) => {
    for (const { block, state } of blocks) {
      await open({ states: [state], head: state.hash })
      const { result: header } = await call('eth_getBlockByNumber', 'latest', false)
      assert.equal(header.hash, block.header.parentHash)
      assert.equal(BigInt(header.number) + 1n, BigInt(block.header.number))
      assert.ok(BigInt(header.timestamp) < BigInt(block.header.timestamp))
      // Used up to the target, after which the base fee does not change (EIP-1559).
      assert.equal(BigInt(header.gasUsed), BigInt(header.gasLimit) / 2n)
      assert.equal(header.baseFeePerGas, block.header.baseFeePerGas)
      const [address, account] = Object.entries(block.pre).find(
        ([, { storage }]) => Object.keys(storage).length > 0,
      )
      const [key, value] = Object.entries(account.storage)[0]
      const at = { blockHash: block.header.parentHash }
      assert.equal((await call('eth_getStorageAt', address, key, at)).result, value)
      assert.equal(keccak256((await call('eth_getCode', address, at)).result), account.codeHash)
      await server.close()
    }
    server = undefined
  }),
)
