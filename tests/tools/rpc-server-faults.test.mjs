// Each fault of the test server, as a client meets it.

import assert from 'node:assert/strict'
import { afterEach, test } from 'node:test'
import { openRpcServer } from '../support/rpc-server/server.mjs'
import { stateOfSnapshot } from '../support/rpc-server/state.mjs'

const holder = `0x${'a1'.repeat(20)}`
const word = (digits) => `0x${digits.padStart(64, '0')}`
const state = stateOfSnapshot({
  chainId: 7357,
  block: { number: '0x64', timestamp: '0x6955b900', gasLimit: '0x1c9c380', baseFeePerGas: '0x7' },
  accounts: { [holder]: { balance: '0x10', nonce: '0x2', storage: { '0x3': '0x2a' } } },
})
const next = state.next({ accounts: { [holder]: { balance: '0x11' } } })

let server
afterEach(() => server?.close())

const open = async (faults, options = {}) => {
  server = await openRpcServer({ states: [state, next], head: 0x64, seed: 7, faults, ...options })
}

const post = (body, options = {}) =>
  fetch(server.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    ...options,
  })
const request = (method, params, id = 1) => ({ jsonrpc: '2.0', id, method, params })
const balance = (id = 1) => request('eth_getBalance', [holder, 'latest'], id)
const ask = async (body = balance()) => (await post(body)).json()
const batch = (count) => Array.from({ length: count }, (_, index) => balance(index))

test('a rule holds for the requests, methods and times that it names', async () => {
  await open([
    { fault: 'status', status: 429, retryAfter: 2, requests: [2], method: 'eth_getBalance' },
  ])
  assert.equal((await ask()).result, '0x10')
  const refused = await post(balance())
  assert.equal(refused.status, 429)
  assert.equal(refused.headers.get('retry-after'), '2')
  assert.equal((await ask()).result, '0x10')
  server.log.clear()
  await ask(request('eth_chainId', []))
  assert.equal((await ask(request('eth_chainId', []))).result, '0x1cbd')
  server.setFaults([{ fault: 'status', status: 503, times: 1 }])
  assert.equal((await post(balance())).status, 503)
  assert.equal((await post(balance())).status, 200)
  assert.deepEqual(
    server.log.entries.map(({ faults }) => faults.length),
    [0, 0, 1, 0],
  )
})

test('the same seed draws the same faults', async () => {
  const drawn = async () => {
    await open([{ fault: 'status', status: 500, probability: 0.5 }])
    for (let n = 0; n < 20; n++) await post(balance())
    const statuses = server.log.entries.map(({ status }) => status)
    await server.close()
    return statuses
  }
  const once = await drawn()
  assert.deepEqual(await drawn(), once)
  assert.equal(new Set(once).size, 2)
  server = undefined
})

test('a cut connection is an error of the network, before or after the headers', async () => {
  await open([
    { fault: 'cut', requests: [1] },
    { fault: 'cut', where: 'body', requests: [2] },
  ])
  await assert.rejects(post(balance()), TypeError)
  const begun = await post(balance())
  assert.equal(begun.status, 200)
  await assert.rejects(begun.text())
})

test('an answer that never ends leaves it to the client to end it', async () => {
  await open([
    { fault: 'hang', requests: [1] },
    { fault: 'hang', where: 'body', requests: [2] },
    { fault: 'hang', where: 'stream', requests: [3] },
  ])
  const limit = () => ({ signal: AbortSignal.timeout(150) })
  await assert.rejects(post(balance(), limit()), { name: 'TimeoutError' })
  for (let n = 0; n < 2; n++) {
    const begun = await post(balance(), limit())
    await assert.rejects(begun.text(), { name: 'TimeoutError' })
  }
})

test('bodies are half of the JSON, or no JSON at all', async () => {
  await open([
    { fault: 'malformed', requests: [1] },
    { fault: 'content', requests: [2] },
  ])
  await assert.rejects(ask(), SyntaxError)
  const page = await post(balance())
  assert.equal(page.headers.get('content-type'), 'text/html')
  await assert.rejects(page.json(), SyntaxError)
})

test('batches are refused, in part failed, shuffled, short of answers and under wrong ids', async () => {
  await open([
    { fault: 'refuse-batch', style: 'status', requests: [1] },
    { fault: 'partial', share: 0.5, code: -32005, message: 'limit exceeded', requests: [2] },
    { fault: 'shuffle', requests: [3] },
    { fault: 'missing', requests: [4] },
    { fault: 'wrong-ids', requests: [5] },
    { fault: 'duplicate', requests: [6] },
  ])
  assert.equal((await post(batch(8))).status, 413)
  const partial = await ask(batch(8))
  const errors = partial.filter(({ error }) => error?.code === -32005).length
  assert.ok(errors > 0 && errors < 8)
  const ids = (answers) => answers.map(({ id }) => id)
  const order = [0, 1, 2, 3, 4, 5, 6, 7]
  const shuffled = ids(await ask(batch(8)))
  assert.notDeepEqual(shuffled, order)
  assert.deepEqual([...shuffled].sort(), order)
  assert.ok((await ask(batch(8))).length < 8)
  assert.ok(ids(await ask(batch(8))).every((id) => id >= 1_000_000))
  assert.equal((await ask(batch(8))).length, 16)
})

test('answers are null, unpadded, of another block, or of a block that has gone', async () => {
  await open(
    [
      { fault: 'null', requests: [1] },
      { fault: 'short', requests: [2, 3, 4] },
      { fault: 'other-block', block: '0x64', requests: [5, 6] },
      { fault: 'prune', from: 7 },
    ],
    { head: 0x65 },
  )
  assert.equal((await ask()).result, null)
  const key = word('3')
  const slot = await ask(request('eth_getStorageAt', [holder, key, 'latest']))
  assert.equal(slot.result, '0x2a')
  const slots = await ask(request('eth_getStorageValues', [{ [holder]: [key] }, 'latest']))
  assert.deepEqual(slots.result, { [holder]: ['0x2a'] })
  const proof = await ask(request('eth_getProof', [holder, [key], 'latest']))
  assert.equal(proof.result.storageProof[0].key, '0x3')
  assert.equal((await ask()).result, '0x10')
  const header = await ask(request('eth_getBlockByHash', [next.hash, false]))
  assert.equal(header.result.hash, state.hash)
  assert.equal((await ask()).error.message, 'header not found')
  assert.equal((await ask(request('eth_getBlockByNumber', ['latest', false]))).result, null)
  assert.equal((await ask(request('eth_chainId', []))).result, '0x1cbd')
})

test('one of several endpoints may have faults of its own', async () => {
  await open([{ fault: 'status', status: 502, endpoint: 1 }], { endpoints: 3 })
  const statuses = []
  for (const url of server.urls) {
    const response = await fetch(url, { method: 'POST', body: JSON.stringify(balance()) })
    statuses.push(response.status)
  }
  assert.deepEqual(statuses, [200, 502, 200])
  assert.deepEqual(
    server.log.entries.map(({ endpoint }) => endpoint),
    [0, 1, 2],
  )
})

test('more requests at a time than it takes are told so', async () => {
  await open([], { concurrency: 2, latency: 50 })
  const statuses = await Promise.all([1, 2, 3].map(async (id) => (await post(balance(id))).status))
  assert.deepEqual(statuses.sort(), [200, 200, 429])
})

test('a fault that there is not is refused', async () => {
  await assert.rejects(open([{ fault: 'hiccup' }]), /no fault "hiccup"/)
  server = undefined
})
