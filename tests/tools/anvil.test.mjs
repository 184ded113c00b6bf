// The node and the economy on it that results are compared with, and our own server beside that
// node.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { parseTransaction } from 'viem'
import { noAnvil } from '../support/anvil.mjs'
import { openScenario } from '../support/anvil-scenario.mjs'
import { openRpcServer } from '../support/rpc-server/server.mjs'

const skip = noAnvil()

let scenario
let server

before(async () => {
  if (skip) return
  scenario = await openScenario()
  server = await openRpcServer({ states: [scenario.state], seed: 1 })
})

after(async () => {
  await server?.close()
  await scenario?.close()
})

const slotKey = (slot) => `0x${slot.toString(16).padStart(64, '0')}`

const ask = async (url, calls) => {
  const body = calls.map(([method, ...params], id) => ({ jsonrpc: '2.0', id, method, params }))
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  const answers = await response.json()
  return answers.sort((a, b) => a.id - b.id).map(({ result, error }) => result ?? { error })
}

test('each bundle is mined whole, and ends as it is meant to', { skip }, async () => {
  const failed = { failures: [0, 1, 2, 3, 4, 6, 7] }
  for (const name of scenario.names) {
    const { results, block, header, after: state } = await scenario.mine(name)
    const wrong = results.flatMap(({ status }, index) => (status === 'failed' ? [index] : []))
    assert.deepEqual(wrong, failed[name] ?? [], name)
    assert.equal(block.number, BigInt(scenario.forkBlock.number) + 1n)
    assert.equal(header.parentHash, scenario.forkBlock.hash)
    assert.equal(state.header.parentHash, scenario.forkBlock.hash)
  }
})

test('the twenty call eight contracts', { skip }, async () => {
  const { raw } = await scenario.mine('twenty senders')
  const sent = raw.map((transaction) => parseTransaction(transaction).to)
  assert.equal(raw.length, 20)
  assert.equal(new Set(sent).size, 8)
})

test('our server says of the same state what anvil says', { skip }, async () => {
  const at = { blockHash: scenario.forkBlock.hash }
  const zero = `0x${'00'.repeat(20)}`
  const calls = [...scenario.state.accounts].flatMap(([address, { storage }]) => [
    ['eth_getBalance', address, at],
    ['eth_getTransactionCount', address, at],
    ['eth_getCode', address, at],
    ['eth_getAccountInfo', address, at],
    ['eth_getStorageValues', { [address]: [...storage.keys(), 9n].map(slotKey) }, at],
    ...[...storage.keys(), 123n].map((slot) => ['eth_getStorageAt', address, slotKey(slot), at]),
  ])
  calls.push(['eth_getBalance', zero, at], ['eth_chainId'], ['eth_blockNumber'])
  assert.deepEqual(await ask(server.url, calls), await ask(scenario.url, calls))
  assert.ok(calls.length > 300)
})

test('our server proves the same accounts, but for the proof', { skip }, async () => {
  const { contracts, forkBlock } = scenario
  const at = { blockHash: forkBlock.hash }
  const slots = [0, 2, 8].map(slotKey)
  const calls = [contracts.azurite, contracts.weth, `0x${'77'.repeat(20)}`].map((address) => [
    'eth_getProof',
    address,
    slots,
    at,
  ])
  const plain = (answers) =>
    answers.map(({ address, balance, nonce, codeHash, storageProof }) => ({
      ...{ address, balance, nonce, codeHash },
      storage: storageProof.map(({ key, value }) => [BigInt(key), value]),
    }))
  assert.deepEqual(plain(await ask(server.url, calls)), plain(await ask(scenario.url, calls)))
})

test('our server gives the same header', { skip }, async () => {
  const calls = [
    ['eth_getBlockByNumber', 'latest', false],
    ['eth_getBlockByHash', scenario.forkBlock.hash, false],
  ]
  const [ours, theirs] = [await ask(server.url, calls), await ask(scenario.url, calls)]
  for (const header of [...ours, ...theirs]) delete header.transactions
  assert.deepEqual(ours, theirs)
})

test('a block of others moves the pools, and the head only if it is to stay', {
  skip,
}, async () => {
  const { after: moved } = await scenario.elsewhere()
  assert.equal(moved.header.parentHash, scenario.forkBlock.hash)
  const changed = [...moved.accounts].filter(([address, { storage }]) => {
    const old = scenario.state.account(address)?.storage ?? new Map()
    return [...storage].some(([key, value]) => old.get(key) !== value)
  })
  assert.ok(changed.length >= 4, `${changed.length} contracts changed`)
  assert.equal(await scenario.rpc('eth_blockNumber'), scenario.forkBlock.number)
  const { header } = await scenario.advance()
  const latest = await scenario.rpc('eth_getBlockByNumber', 'latest', false)
  assert.equal(latest.hash, header.hash)
})
