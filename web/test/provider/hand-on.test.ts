import { describe, expect, it } from 'vitest'
import type { PinnedBlock } from '../../src/state/resolve-block.js'
import { executes, fromSource, isStateRead } from '../../src/worker/hand-on.js'
import { header } from '../state/rpc-server.js'

const pinned = { header, hash: header.hash, number: 16n } as unknown as PinnedBlock
const ask = (method: string, ...params: unknown[]) => fromSource(method, params, pinned)
const hash = `0x${'bb'.repeat(32)}`

describe('methods that execute', () => {
  it.each([
    'eth_call',
    'eth_callMany',
    'eth_callBundle',
    'eth_estimateGas',
    'eth_createAccessList',
    'eth_simulateV1',
    'eth_fillTransaction',
    'mev_simBundle',
    'debug_traceCall',
    'debug_traceCallMany',
    'trace_call',
    'trace_callMany',
    'trace_rawTransaction',
    'alchemy_simulateAssetChanges',
    'tenderly_simulateBundle',
    'tenderly_estimateGas',
  ])('are known: %s', (method) => {
    expect(executes(method)).toBe(true)
    expect(ask(method, {}, 'latest')).toBeUndefined()
    expect(isStateRead(method)).toBe(false)
  })

  it.each(['eth_getLogs', 'eth_syncing', 'debug_traceTransaction', 'eth_sendRawTransaction'])(
    'are told from others: %s',
    (method) => {
      expect(executes(method)).toBe(false)
    },
  )
})

describe('what the source is asked first', () => {
  it.each([
    'eth_chainId',
    'eth_blockNumber',
    'eth_getBalance',
    'eth_getCode',
    'eth_getStorageAt',
    'eth_getTransactionCount',
    'eth_sendRawTransaction',
    'eth_subscribe',
    'eth_newFilter',
    'web3_sha3',
    'debug_traceTransaction',
    'toString',
  ])('is nothing that the engine answers or that does not read: %s', (method) => {
    expect(ask(method, '0x1', 'latest')).toBeUndefined()
  })

  it.each(['eth_gasPrice', 'net_version', 'eth_getTransactionReceipt', 'eth_syncing'])(
    'is what needs more than state, as it is: %s',
    (method) => {
      expect(ask(method, hash)).toEqual({ method, params: [hash] })
    },
  )

  it.each(['latest', 'pending', 'safe', 'finalized', header.number, undefined])(
    'is the pinned block by its hash: %s',
    (block) => {
      expect(ask('eth_getBlockByNumber', block, true)).toEqual({
        method: 'eth_getBlockByHash',
        params: [header.hash, true],
      })
    },
  )

  it.each(['earliest', '0xf', '0x', 'hex'])('is another block as it is: %s', (block) => {
    const question = { method: 'eth_getBlockByNumber', params: [block, false] }
    expect(ask(question.method, ...question.params)).toEqual(question)
  })

  it.each([
    ['eth_getBlockReceipts', ['latest'], [header.number]],
    ['eth_getBlockTransactionCountByNumber', ['safe'], [header.number]],
    ['eth_getTransactionByBlockNumberAndIndex', ['latest', '0x0'], [header.number, '0x0']],
    ['eth_feeHistory', ['0x4', 'latest', [50]], ['0x4', header.number, [50]]],
    ['eth_getAccount', ['0x1', 'latest'], ['0x1', header.number]],
    ['eth_getBlockReceipts', ['earliest'], ['earliest']],
    ['eth_getBlockByHash', [hash, false], [hash, false]],
    ['eth_getBlockReceipts', [{ blockHash: hash }], [{ blockHash: hash }]],
    [
      'eth_getLogs',
      [{ address: '0x1', fromBlock: '0x1', toBlock: 'latest' }],
      [{ address: '0x1', fromBlock: '0x1', toBlock: header.number }],
    ],
    ['eth_getLogs', [{}], [{ fromBlock: header.number, toBlock: header.number }]],
    ['eth_getLogs', [{ blockHash: hash }], [{ blockHash: hash }]],
    ['eth_getLogs', [null], [null]],
  ])('means the pinned block by the latest one: %s %j', (method, params, sent) => {
    expect(ask(method, ...params)).toEqual({ method, params: sent })
  })

  it('is a proof, at the pinned block by whatever the server takes blocks', () => {
    const of = ['0x1', ['0x0']]
    for (const block of [
      'latest',
      header.number,
      header.hash,
      { blockHash: header.hash },
      { blockNumber: header.number },
      undefined,
    ])
      expect(ask('eth_getProof', ...of, block)).toEqual({
        method: 'eth_getProof',
        params: of,
        pinned: true,
      })
    for (const block of ['0xf', hash, { blockHash: hash }, 'earliest'])
      expect(ask('eth_getProof', ...of, block)).toEqual({
        method: 'eth_getProof',
        params: [...of, block],
      })
  })
})
