import { describe, expect, it } from 'vitest'
import { rulesByHeader, rulesOf } from '../../src/state/chains.js'
import type { RpcHeader } from '../../src/state/header.js'
import { type BlockReference, resolveBlock } from '../../src/state/resolve-block.js'
import { address, connect, hash, header, hurried, type ServerOptions, serve } from './rpc-server.js'

const resolve = async (
  options: ServerOptions,
  block: BlockReference,
  chain: Parameters<typeof resolveBlock>[2] = {},
) => {
  const server = await serve(options)
  const transport = connect([server], { retries: 1 }, { surroundings: hurried() })
  return { server, pinned: await resolveBlock(transport, block, chain) }
}

describe('a block', () => {
  it.each<[BlockReference, string, string]>([
    ['latest', 'eth_getBlockByNumber', 'latest'],
    [16, 'eth_getBlockByNumber', '0x10'],
    [16n, 'eth_getBlockByNumber', '0x10'],
    ['0x10', 'eth_getBlockByNumber', '0x10'],
    ['0x0010', 'eth_getBlockByNumber', '0x10'],
    [header.hash, 'eth_getBlockByHash', header.hash],
    [`0x${'AA'.repeat(32)}`, 'eth_getBlockByHash', header.hash],
  ])('is found by %s in one round trip', async (block, method, asked) => {
    const { server, pinned } = await resolve({}, block)
    expect(pinned).toEqual({
      chainId: 1337,
      fork: 'PRAGUE',
      blobParams: { target: 6, max: 9, baseFeeUpdateFraction: 5_007_716 },
      header,
      hash: header.hash,
      number: 16n,
      timestamp: 0x6900n,
    })
    expect(server.requests.map((calls) => calls.map((call) => [call.method, call.params]))).toEqual(
      [
        [
          ['eth_chainId', []],
          [method, [asked, false]],
        ],
      ],
    )
  })

  it('may be earliest, safe or finalized', async () => {
    for (const tag of ['earliest', 'safe', 'finalized'] as const) {
      const { server } = await resolve(
        { call: ({ method }) => (method === 'eth_chainId' ? undefined : header) },
        tag,
      )
      expect(server.requests[0]?.[1]?.params).toEqual([tag, false])
    }
  })

  it.each<[string, unknown]>([
    ['pending', 'pending'],
    ['another word', 'newest'],
    ['a negative number', -1],
    ['half a number', 1.5],
    ['too large a number', 2n ** 64n],
    ['a short hash', `0x${'a'.repeat(40)}`],
    ['nothing', undefined],
  ])('cannot be %s', async (_, block) => {
    await expect(resolve({}, block as BlockReference)).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
      field: 'block',
      value: block,
    })
  })

  it.each<[BlockReference, string]>([
    [99, '0x63'],
    [hash('ee'), hash('ee')],
  ])('is an error where no endpoint has it: %s', async (block, name) => {
    await expect(resolve({}, block)).rejects.toMatchObject({
      code: 'BLOCK_NOT_FOUND',
      block: name,
      endpoint: expect.stringContaining('127.0.0.1'),
    })
  })

  it('is found where the endpoint has it a moment later', async () => {
    let times = 0
    const { pinned } = await resolve(
      { call: ({ method }) => (method !== 'eth_chainId' && times++ === 0 ? null : undefined) },
      header.hash,
    )
    expect(pinned.hash).toBe(header.hash)
  })

  it('is found at another endpoint where the first does not have it yet', async () => {
    const servers = [
      await serve({
        call: ({ method }) => (method === 'eth_getBlockByHash' ? null : undefined),
      }),
      await serve(),
    ]
    expect((await resolveBlock(connect(servers), header.hash)).hash).toBe(header.hash)
  })

  it.each<[BlockReference, object]>([
    [16, { number: '0x11' }],
    [header.hash, { hash: hash('ab') }],
    ['latest', { hash: null }],
    ['latest', { number: null }],
    ['latest', { gasLimit: 'many' }],
    ['latest', { miner: '0x12' }],
    ['latest', { baseFeePerGas: `0x1${'0'.repeat(64)}` }],
  ])('is an error where %s is answered with %o', async (block, spoiled) => {
    const failing = resolve(
      {
        call: ({ method }) => (method === 'eth_chainId' ? undefined : { ...header, ...spoiled }),
      },
      block,
    )
    await expect(failing).rejects.toMatchObject({ code: 'STATE_SOURCE', attempts: 2 })
  })

  it('ends with its signal', async () => {
    const server = await serve({ request: () => true })
    const reason = new Error('enough')
    const control = new AbortController()
    const resolving = resolveBlock(connect([server]), 'latest', {}, control.signal)
    control.abort(reason)
    await expect(resolving).rejects.toBe(reason)
  })

  it('has neither transactions nor what else is no header', async () => {
    const { pinned } = await resolve(
      {
        call: ({ method }) =>
          method === 'eth_chainId'
            ? undefined
            : { ...header, transactions: [hash('01')], uncles: [], size: '0x1', blobGasUsed: null },
      },
      'latest',
    )
    const { blobGasUsed, ...rest } = header
    expect(pinned.header).toEqual(rest)
    expect(blobGasUsed).toBe('0x0')
  })
})

describe('the chain', () => {
  it('is what the caller says, where that can be', async () => {
    const blobParams = { target: 1, max: 2, baseFeeUpdateFraction: 3 }
    const { pinned } = await resolve({}, 'latest', { id: 1337, fork: 'OSAKA', blobParams })
    expect(pinned).toMatchObject({ chainId: 1337, fork: 'OSAKA', blobParams })
  })

  it.each<[object, string]>([
    [{ id: 0 }, 'chain.id'],
    [{ id: '1' }, 'chain.id'],
    [{ fork: 'PARIS' }, 'chain.fork'],
    [{ blobParams: { target: 3, max: 6 } }, 'chain.blobParams'],
    [{ blobParams: { target: 7, max: 6, baseFeeUpdateFraction: 1 } }, 'chain.blobParams'],
    [{ blobParams: { target: 1, max: 6, baseFeeUpdateFraction: 0 } }, 'chain.blobParams'],
  ])('cannot be %o', async (chain, field) => {
    await expect(resolve({}, 'latest', chain)).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
      field,
    })
  })

  it('is refused where the source serves another', async () => {
    await expect(resolve({}, 'latest', { id: 1 })).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
      field: 'chain.id',
      value: 1,
      reason: 'the source serves chain 1337',
    })
  })
})

describe('the rules', () => {
  const at = (number: number, timestamp: number): RpcHeader => ({
    number: `0x${number.toString(16)}`,
    hash: hash('01'),
    parentHash: hash('00'),
    timestamp: `0x${timestamp.toString(16)}`,
    gasLimit: '0x1c9c380',
    miner: address(1),
    baseFeePerGas: '0x1',
    difficulty: '0x0',
    withdrawalsRoot: hash('02'),
  })

  // Blocks that are known to be the first or the last of their rules on Ethereum.
  it.each([
    [0, 0, 'FRONTIER'],
    [1_149_999, 1_457_981_342, 'FRONTIER'],
    [1_150_000, 1_457_981_393, 'HOMESTEAD'],
    [2_463_000, 1_476_796_771, 'TANGERINE'],
    [2_675_000, 1_479_831_344, 'SPURIOUS_DRAGON'],
    [4_370_000, 1_508_131_331, 'BYZANTIUM'],
    [7_280_000, 1_551_383_524, 'PETERSBURG'],
    [9_069_000, 1_575_764_709, 'ISTANBUL'],
    [12_243_999, 1_618_481_214, 'ISTANBUL'],
    [12_244_000, 1_618_481_223, 'BERLIN'],
    [12_964_999, 1_628_166_812, 'BERLIN'],
    [12_965_000, 1_628_166_822, 'LONDON'],
    [15_537_393, 1_663_224_162, 'LONDON'],
    [15_537_394, 1_663_224_179, 'MERGE'],
    [17_034_869, 1_681_338_443, 'MERGE'],
    [17_034_870, 1_681_338_455, 'SHANGHAI'],
    [19_426_586, 1_710_338_123, 'SHANGHAI'],
    [19_426_587, 1_710_338_135, 'CANCUN'],
    [22_431_083, 1_746_612_299, 'CANCUN'],
    [22_431_084, 1_746_612_311, 'PRAGUE'],
    [23_935_693, 1_764_798_539, 'PRAGUE'],
    [23_935_694, 1_764_798_551, 'OSAKA'],
  ])('of block %i of Ethereum, at %i, are %s', (number, timestamp, fork) => {
    expect(rulesOf(1, at(number, timestamp)).fork).toBe(fork)
  })

  it.each([
    [1_710_338_135, 3],
    [1_746_612_311, 6],
    [1_764_798_551, 6],
    [1_765_290_070, 6],
    [1_765_290_071, 10],
    [1_767_747_671, 14],
  ])('of Ethereum at %i aim at %i blobs', (timestamp, target) => {
    expect(rulesOf(1, at(24_000_000, timestamp)).blobParams?.target).toBe(target)
  })

  it.each([
    [11_155_111, 1_450_408, 1_655_733_600, 'LONDON'],
    [11_155_111, 1_450_409, 1_655_733_612, 'MERGE'],
    [11_155_111, 9_000_000, 1_760_427_360, 'OSAKA'],
    [17_000, 1, 1_695_902_424, 'MERGE'],
    [17_000, 3_000_000, 1_740_434_112, 'PRAGUE'],
    [560_048, 1, 1_742_212_800, 'CANCUN'],
    [560_048, 1, 1_761_677_592, 'OSAKA'],
    [100, 39_834_364, 1_746_021_815, 'CANCUN'],
    [100, 39_834_365, 1_746_021_820, 'PRAGUE'],
  ])('of chain %i in block %i, at %i, are %s', (chainId, number, timestamp, fork) => {
    expect(rulesOf(chainId, at(number, timestamp)).fork).toBe(fork)
  })

  it.each<[object, string]>([
    [{ requestsHash: hash('01'), excessBlobGas: '0x0' }, 'PRAGUE'],
    [{ excessBlobGas: '0x0' }, 'CANCUN'],
    [{}, 'SHANGHAI'],
    [{ withdrawalsRoot: undefined }, 'MERGE'],
    [{ withdrawalsRoot: undefined, difficulty: '0x2' }, 'LONDON'],
    [{ withdrawalsRoot: undefined, difficulty: '0x2', baseFeePerGas: undefined }, 'BERLIN'],
  ])('of an unknown chain with %o in the header are %s', (fields, fork) => {
    const of = { ...at(1, 1), ...fields } as RpcHeader
    expect(rulesByHeader(of).fork).toBe(fork)
    expect(rulesOf(424_242, of).fork).toBe(fork)
  })
})
