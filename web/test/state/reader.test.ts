import { describe, expect, it } from 'vitest'
import type { Keys, Values } from '../../src/state/keys.js'
import { noKeys } from '../../src/state/keys.js'
import { createReader } from '../../src/state/reader.js'
import {
  address,
  calm,
  chain,
  connect,
  emptyHash,
  hash,
  header,
  hurried,
  RpcFault,
  readerOf,
  type Server,
  serve,
  slot,
  until,
} from './rpc-server.js'

const keys: Keys = {
  accounts: [address(2), address(3), address(4)],
  storage: {
    [address(2)]: [slot(0), slot(1), slot(2)],
    [address(8)]: [slot(7)],
    [address(10)]: [slot(1), slot(2)],
  },
  codes: [],
  blockHashes: ['0x5', '0xf', '0x10'],
}

/** What the small chain says to keys, worked out apart from all that is tested. */
const expected = (of: Keys): Values => ({
  accounts: Object.fromEntries(
    of.accounts.map((key) => [
      key,
      { balance: chain.balance(key), nonce: chain.nonce(key), code: chain.code(key) },
    ]),
  ) as Values['accounts'],
  storage: Object.fromEntries(
    Object.entries(of.storage).map(([key, slots]) => [
      key,
      Object.fromEntries(slots.map((at) => [at, chain.slot(key, at)])),
    ]),
  ) as Values['storage'],
  codes: {},
  blockHashes: { '0x5': hash('05'), '0xf': header.parentHash, '0x10': header.hash },
})

/** Waits until the probes have been answered. */
const learned = async (transport: ReturnType<typeof connect>, methods = 2): Promise<void> => {
  const known = (): number =>
    Math.max(
      ...Object.values(transport.capabilities()).map(
        (capabilities) => Object.keys(capabilities.methods).length,
      ),
    )
  await until(() => known() >= methods)
}

describe('a reader', () => {
  it('answers all keys with one batch to a server that serves plain methods only', async () => {
    const server = await serve()
    const transport = connect([server])
    const reader = readerOf(transport)
    expect(await reader.read(keys, calm())).toEqual(expected(keys))
    await learned(transport)
    // One request for everything, and one to try two methods.
    expect(server.requests.map((calls) => calls.length).sort((a, b) => b - a)).toEqual([
      3 * 3 + 6 + 1,
      2,
    ])
    const before = server.requests.length
    expect(await reader.read(keys, calm())).toEqual(expected(keys))
    expect(server.requests.slice(before).map((calls) => calls.length)).toEqual([3 * 3 + 6 + 1])
  })

  it('asks for the block by its hash', async () => {
    const server = await serve()
    await readerOf(connect([server])).read({ ...noKeys(), accounts: [address(2)] }, calm())
    const [call] = server.requests.flat()
    expect(call?.params).toEqual([address(2), { blockHash: header.hash, requireCanonical: false }])
  })

  it.each([
    [['eth_getStorageValues', 'eth_getAccountInfo', 'eth_getProof'], 3 + 1 + 1],
    [['eth_getStorageValues', 'eth_getAccountInfo'], 3 + 1 + 1],
    [['eth_getStorageValues'], 9 + 1 + 1],
    [['eth_getAccountInfo'], 3 + 6 + 1],
    // Address 2 by code and proof, 3 and 4 plainly, slots of 8 plainly and of 10 by proof.
    [['eth_getProof'], 2 + 6 + 1 + 1 + 1],
    [['eth_getAccountInfo', 'eth_getProof'], 3 + 1 + 1 + 1 + 1],
  ])('uses %s once it knows them', async (optional, calls) => {
    const server = await serve({ optional })
    const transport = connect([server], { batchLimit: 15 })
    const reader = readerOf(transport)
    await reader.read(keys, calm())
    await learned(transport, 3)
    const before = server.requests.length
    const values = await reader.read(keys, calm())
    for (const account of Object.values(values.accounts)) delete account.codeHash
    expect(values).toEqual(expected(keys))
    expect(server.requests.slice(before).map((each) => each.length)).toEqual([calls])
  })

  describe('of many keys, while methods are being tried', () => {
    const optional = ['eth_getStorageValues', 'eth_getAccountInfo']
    const isTrying = (calls: readonly { method: string }[]): boolean =>
      calls.every(({ method }) => optional.includes(method))

    /**
     * What the second of two readings asks with: what comes of the methods that are tried comes while
     * that waits, on a slow clock, or only when it has asked, on a fast one.
     */
    const methodsOfSecond = async (isWhileItWaits: boolean): Promise<string[]> => {
      let known = (): void => undefined
      const plain = new Promise<void>((resolve) => {
        known = resolve
      })
      let isFirst = true
      const server = await serve({
        optional,
        request: async ({ calls }) => {
          // The first reading goes on for as long as the test does.
          if (!isTrying(calls)) await plain
          else if (isFirst) {
            isFirst = false
            await (isWhileItWaits ? new Promise((resolve) => setTimeout(resolve, 50)) : plain)
          }
          return false
        },
      })
      const surroundings = hurried(isWhileItWaits ? 0.01 : 100)
      const reader = readerOf(connect([server], { batchLimit: 15 }, { surroundings }))
      const first = reader.read(keys, calm())
      await until(() => server.requests.some(isTrying))
      const others = { ...keys, accounts: [20, 21, 22, 23, 24, 25].map(address) }
      const second = reader.read(others, calm())
      const ofSecond = (): string[] =>
        server.requests
          .flat()
          .filter(({ params }) => others.accounts.includes(params[0] as `0x${string}`))
          .map(({ method }) => method)
      await until(() => ofSecond().length > 0)
      const methods = ofSecond()
      known()
      expect((await first).accounts).toMatchObject(expected(keys).accounts)
      expect((await second).accounts).toMatchObject(expected(others).accounts)
      return methods
    }

    it('waits a moment for what comes of it', async () => {
      expect(await methodsOfSecond(true)).toContain('eth_getAccountInfo')
    })

    it('goes on plainly if that takes longer', async () => {
      expect(await methodsOfSecond(false)).not.toContain('eth_getAccountInfo')
    })
  })

  it('wants no proofs where plain calls fit into one request', async () => {
    const server = await serve({ optional: ['eth_getProof'] })
    const known = { [server.url]: { methods: { eth_getProof: true } } }
    const transport = connect([server], {}, { capabilities: known })
    expect(await readerOf(transport).read(keys, calm())).toEqual(expected(keys))
    expect(server.methods()).not.toContain('eth_getProof')
  })

  it('wants no proofs from a server that takes long to make them', async () => {
    const server = await serve({
      optional: ['eth_getProof'],
      request: async ({ calls }) => {
        if (calls.some(({ method }) => method === 'eth_getProof'))
          await new Promise((resolve) => setTimeout(resolve, 300))
        return false
      },
    })
    const transport = connect(
      [server],
      { batchLimit: 15, timeout: 500_000, totalTimeout: 500_000 },
      { surroundings: hurried() },
    )
    await readerOf(transport).read(keys, calm())
    await learned(transport, 3)
    expect(transport.supports('eth_getProof')).toBe(false)
  })

  it('goes on knowing what an earlier one found out', async () => {
    const server = await serve({ optional: ['eth_getStorageValues'] })
    const first = connect([server])
    await readerOf(first).read(keys, calm())
    await learned(first)
    const kept = JSON.parse(JSON.stringify(first.capabilities()))
    const before = server.requests.length
    const second = connect([server], {}, { capabilities: kept })
    expect(await readerOf(second).read(keys, calm())).toEqual(expected(keys))
    expect(
      server.requests
        .slice(before)
        .flat()
        .map(({ method }) => method),
    ).toContain('eth_getStorageValues')
    expect(server.requests.length - before).toBe(1)
  })

  it('reads plainly what a method no longer brings, and does not use it again', async () => {
    let served = true
    const server = await serve({
      optional: ['eth_getStorageValues', 'eth_getAccountInfo', 'eth_getProof'],
      call: ({ method }) => {
        if (!served && /Values|Info/.test(method)) throw new RpcFault(-32601, 'gone')
      },
    })
    const transport = connect([server])
    const reader = readerOf(transport)
    await reader.read(keys, calm())
    await learned(transport)
    served = false
    expect(await reader.read(keys, calm())).toEqual(expected(keys))
    expect(transport.supports('eth_getAccountInfo')).toBe(false)
    const before = server.requests.length
    expect(await reader.read(keys, calm())).toMatchObject(expected(keys))
    expect(server.requests.length - before).toBe(1)
  })

  it('splits slots by 1024 a call', async () => {
    const server = await serve({ optional: ['eth_getStorageValues'] })
    const transport = connect(
      [server],
      {},
      {
        capabilities: { [server.url]: { methods: { eth_getStorageValues: true } } },
      },
    )
    const many: Keys = {
      ...noKeys(),
      storage: {
        [address(2)]: Array.from({ length: 1500 }, (_, index) => slot(index)),
        [address(3)]: Array.from({ length: 700 }, (_, index) => slot(index)),
      },
    }
    const values = await readerOf(transport).read(many, calm())
    expect(values.storage).toEqual(expected(many).storage)
    const sizes = server.requests
      .flat()
      .filter(({ method }) => method === 'eth_getStorageValues')
      .map(({ params }) => Object.values(params[0] as object).flat().length)
    expect(sizes).toEqual([1024, 1024, 152])
  })

  it('asks nothing for nothing', async () => {
    const server = await serve()
    expect(await readerOf(connect([server])).read(noKeys(), calm())).toEqual({
      accounts: {},
      storage: {},
      codes: {},
      blockHashes: {},
    })
    expect(server.requests).toEqual([])
  })

  it('finds a code by its hash where an owner is named', async () => {
    const server = await serve()
    const reader = createReader(
      connect([server]),
      { hash: header.hash, number: 16n, header },
      { ownerOfCode: (of) => (of === hash('cc') ? address(6) : undefined) },
    )
    const wanted = { ...noKeys(), codes: [hash('cc'), emptyHash] as const }
    expect((await reader.read({ ...wanted, codes: [...wanted.codes] }, calm())).codes).toEqual({
      [hash('cc')]: '0x6006',
      [emptyHash]: '0x',
    })
    await expect(reader.read({ ...noKeys(), codes: [hash('dd')] }, calm())).rejects.toMatchObject({
      code: 'STATE_SOURCE',
      method: 'eth_getCode',
      details: expect.stringContaining(hash('dd')),
    })
  })

  it('counts requests, bytes and methods', async () => {
    const server = await serve()
    const reader = readerOf(connect([server]))
    await reader.read({ ...noKeys(), blockHashes: ['0x5', '0x6'] }, calm())
    expect(reader.statistics.requests).toBe(1)
    expect(reader.statistics.methods).toEqual({ eth_getBlockByNumber: 2 })
    expect(reader.statistics.bytes.sent).toBeGreaterThan(100)
    expect(reader.statistics.bytes.received).toBeGreaterThan(500)
  })
})

describe('what servers answer', () => {
  const read = async (
    call: NonNullable<Parameters<typeof serve>[0]>['call'],
    wanted: Partial<Keys>,
    optional: readonly string[] = [],
  ): Promise<Values> => {
    const server = await serve(call === undefined ? { optional } : { call, optional })
    const transport = connect(
      [server],
      // Proofs are wanted only where plain calls do not fit into one request.
      { retries: 1, batchLimit: optional.includes('eth_getProof') ? 1 : 100 },
      {
        surroundings: hurried(),
        capabilities: {
          [server.url]: { methods: Object.fromEntries(optional.map((name) => [name, true])) },
        },
      },
    )
    return readerOf(transport).read({ ...noKeys(), ...wanted }, calm())
  }
  const one = { accounts: [address(2)], storage: { [address(2)]: [slot(1), slot(2)] } }

  it('is padded where keys and values of slots are short', async () => {
    const values = await read(
      ({ method }) => (method === 'eth_getStorageAt' ? '0x7' : undefined),
      one,
    )
    expect(values.storage[address(2)]).toEqual({ [slot(1)]: slot(7), [slot(2)]: slot(7) })
    // The small chain's proofs have short keys and values.
    const proved = await read(undefined, one, ['eth_getProof'])
    expect(proved.storage[address(2)]).toEqual({
      [slot(1)]: chain.slot(address(2), slot(1)),
      [slot(2)]: chain.slot(address(2), slot(2)),
    })
  })

  it('may be upper-case and have zeros in front', async () => {
    const values = await read(
      ({ method }) =>
        method === 'eth_getBalance' ? '0x000ABC' : method === 'eth_getCode' ? '0xABCD' : undefined,
      one,
    )
    expect(values.accounts[address(2)]).toMatchObject({ balance: '0xabc', code: '0xabcd' })
  })

  it('may name accounts with upper-case letters', async () => {
    const account = '0xabcdefabcdefabcdefabcdefabcdefabcdefabcd'
    const values = await read(
      ({ method, params }) =>
        method === 'eth_getStorageValues'
          ? { [`0x${account.slice(2).toUpperCase()}`]: ['0x5'] }
          : method === 'eth_getProof'
            ? { ...(params as object) }
            : undefined,
      { storage: { [account]: [slot(1)] } },
      ['eth_getStorageValues'],
    )
    expect(values.storage[account]).toEqual({ [slot(1)]: slot(5) })
  })

  it.each([
    ['a hash of zeros', { balance: '0x0', nonce: 0, codeHash: hash('00') }],
    ['a hash of nothing', { balance: '0x0', nonce: '0x0', codeHash: emptyHash }],
    ['an empty code', { balance: '0x0', nonce: '0x0', code: '0x', codeHash: null }],
  ])('is an account with nothing in it for %s', async (_, account) => {
    const values = await read(
      ({ method }) => (method === 'eth_getAccountInfo' ? account : undefined),
      { accounts: [address(3)] },
      ['eth_getAccountInfo'],
    )
    expect(values.accounts[address(3)]).toMatchObject({ balance: '0x0', nonce: '0x0', code: '0x' })
  })

  it('is read plainly where eth_getAccountInfo gives null', async () => {
    const values = await read(
      ({ method }) => (method === 'eth_getAccountInfo' ? null : undefined),
      one,
      ['eth_getAccountInfo'],
    )
    expect(values.accounts[address(2)]?.balance).toBe(chain.balance(address(2)))
  })

  it('has the hash of nothing where a proof gives an absent account the hash zero', async () => {
    const values = await read(
      ({ method, params }) =>
        method === 'eth_getProof'
          ? {
              address: params[0],
              balance: '0x0',
              nonce: '0x0',
              codeHash: hash('00'),
              storageProof: [
                { key: slot(1), value: '0x0' },
                { key: slot(2), value: '0x0' },
              ],
            }
          : undefined,
      { accounts: [address(3)], storage: { [address(3)]: [slot(1), slot(2)] } },
      ['eth_getProof'],
    )
    expect(values.accounts[address(3)]).toMatchObject({ code: '0x', codeHash: emptyHash })
  })

  it.each([
    ['eth_getBalance', null],
    ['eth_getBalance', '0x'],
    ['eth_getBalance', '12'],
    ['eth_getBalance', `0x1${'0'.repeat(64)}`],
    ['eth_getTransactionCount', `0x1${'0'.repeat(16)}`],
    ['eth_getTransactionCount', -1],
    ['eth_getCode', '0xabc'],
    ['eth_getCode', { code: '0x' }],
    ['eth_getStorageAt', `0x${'1'.repeat(65)}`],
    ['eth_getStorageAt', '0xzz'],
  ])('ends in a typed error where %s is %j for good', async (method, result) => {
    const failing = read((call) => (call.method === method ? result : undefined), one)
    await expect(failing).rejects.toMatchObject({
      code: 'STATE_SOURCE',
      method,
      attempts: 2,
      block: header.hash,
      endpoint: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/$/),
    })
  })

  it('is asked for again where it is malformed once', async () => {
    let times = 0
    const values = await read(
      ({ method }) => (method === 'eth_getBalance' && times++ === 0 ? 'nonsense' : undefined),
      one,
    )
    expect(values.accounts[address(2)]?.balance).toBe(chain.balance(address(2)))
    expect(times).toBe(2)
  })

  it.each([
    ['too few values', () => ({ [address(2)]: ['0x1'] })],
    ['another account', () => ({ [address(9)]: ['0x1', '0x2'] })],
    ['no object', () => ['0x1', '0x2']],
    ['a value that is too long', () => ({ [address(2)]: ['0x1', `0x${'1'.repeat(66)}`] })],
  ])('is read plainly where eth_getStorageValues gives %s', async (_, result) => {
    const values = await read(
      ({ method }) => (method === 'eth_getStorageValues' ? result() : undefined),
      one,
      ['eth_getStorageValues'],
    )
    expect(values.storage[address(2)]?.[slot(2)]).toBe(chain.slot(address(2), slot(2)))
  })

  it.each([
    ['another address', { address: address(9) }],
    ['no slots', { storageProof: [] }],
    [
      'another slot',
      {
        storageProof: [
          { key: slot(1), value: '0x1' },
          { key: slot(9), value: '0x1' },
        ],
      },
    ],
    ['a short hash', { codeHash: '0x12' }],
    ['null for slots', { storageProof: null }],
  ])('is read plainly where eth_getProof gives %s', async (_, spoiled) => {
    const values = await read(
      ({ method, params }) =>
        method === 'eth_getProof'
          ? {
              address: params[0],
              balance: '0x999',
              nonce: '0x0',
              codeHash: emptyHash,
              storageProof: [
                { key: slot(1), value: '0x1' },
                { key: slot(2), value: '0x1' },
              ],
              ...spoiled,
            }
          : undefined,
      one,
      ['eth_getProof'],
    )
    expect(values.accounts[address(2)]?.balance).toBe(chain.balance(address(2)))
    expect(values.storage[address(2)]?.[slot(2)]).toBe(chain.slot(address(2), slot(2)))
  })

  it('is a typed error where another block is answered than the number asked for', async () => {
    const failing = read(
      ({ method }) =>
        method === 'eth_getBlockByNumber' ? { ...header, number: '0x6' } : undefined,
      { blockHashes: ['0x5'] },
    )
    await expect(failing).rejects.toMatchObject({
      code: 'STATE_SOURCE',
      method: 'eth_getBlockByNumber',
      details: expect.stringContaining('is not 0x5'),
    })
  })

  it('is a typed error where a block whose hash is wanted is unknown', async () => {
    const failing = read(({ method }) => (method === 'eth_getBlockByNumber' ? null : undefined), {
      blockHashes: ['0x5'],
    })
    await expect(failing).rejects.toMatchObject({ code: 'STATE_SOURCE', attempts: 2 })
  })
})

describe('a server that takes no block hash', () => {
  const objection = (call: { params: unknown[] }): undefined => {
    if (typeof call.params.at(-1) === 'object' && !Array.isArray(call.params.at(-1)))
      throw new RpcFault(
        -32602,
        'invalid argument 1: json: cannot unmarshal object into Go value of type string',
      )
  }
  const wanted: Keys = { ...keys, blockHashes: [] }
  const blockCalls = (server: Server): number =>
    server.methods().filter((method) => method === 'eth_getBlockByNumber').length

  it('is asked by number, and in the same batch whether the number is still that block', async () => {
    const server = await serve({ call: objection })
    const transport = connect([server])
    const values = await readerOf(transport).read(wanted, calm())
    expect(values.accounts).toEqual(expected(wanted).accounts)
    const last = server.requests.at(-1)
    expect(last?.at(-1)).toMatchObject({
      method: 'eth_getBlockByNumber',
      params: [header.number, false],
    })
    expect(transport.capabilities()[server.url]?.blockByHash).toBe(false)
    const before = server.requests.length
    await readerOf(transport).read(wanted, calm())
    expect(server.requests.length - before).toBe(1)
    expect(blockCalls(server)).toBe(2)
  })

  it('ends in BlockChangedError once the number is another block', async () => {
    let now: string = header.hash
    const server = await serve({
      call: (call) =>
        call.method === 'eth_getBlockByNumber' ? { ...header, hash: now } : objection(call),
    })
    const transport = connect([server])
    await readerOf(transport).read(wanted, calm())
    now = hash('bb')
    await expect(readerOf(transport).read(wanted, calm())).rejects.toMatchObject({
      code: 'BLOCK_CHANGED',
      number: header.number,
      expected: header.hash,
      found: hash('bb'),
      endpoint: server.url,
    })
  })

  it('is asked last of all whether the number is still that block, where it takes no batches', async () => {
    let now: string = header.hash
    const server = await serve({
      call: (call) =>
        call.method === 'eth_getBlockByNumber' ? { ...header, hash: now } : objection(call),
    })
    const transport = connect([server], { batchLimit: 1 })
    const values = await readerOf(transport).read(wanted, calm())
    expect(values.storage).toEqual(expected(wanted).storage)
    expect(server.methods().at(-1)).toBe('eth_getBlockByNumber')
    expect(blockCalls(server)).toBe(1)
    now = hash('bb')
    await expect(readerOf(transport).read(wanted, calm())).rejects.toMatchObject({
      code: 'BLOCK_CHANGED',
    })
  })

  it('gives way to another server once its number is another block', async () => {
    const forked = await serve({
      call: (call) =>
        call.method === 'eth_getBlockByNumber' ? { ...header, hash: hash('bb') } : objection(call),
    })
    const good = await serve()
    const transport = connect([forked, good])
    const values = await readerOf(transport).read(wanted, calm())
    expect(values.accounts).toEqual(expected(wanted).accounts)
  })
})
