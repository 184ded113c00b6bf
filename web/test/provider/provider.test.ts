import { describe, expect, it, vi } from 'vitest'
import { type CreateSimulatorParameters, createSimulatorIn } from '../../src/create-simulator.js'
import {
  custom,
  DisposedError,
  type Eip1193Provider,
  http,
  ProviderRpcError,
  type Simulator,
  type StateSourceError,
  snapshot,
} from '../../src/index.js'
import { type FakeWorker, fakeSurroundings } from '../fake-worker.js'

const url = 'https://rpc.example/'
const onServer = http(url)
const onSnapshot = snapshot({ chainId: 1, fork: 'OSAKA', accounts: {} })
const block = (chainId: number) => ({ chainId, number: 5n }) as never

type Reply = (id: number, call: { method: string; params: unknown[] }) => unknown

/** A simulator whose worker answers JSON-RPC calls with what `reply` makes of them. */
const start = async (
  reply: Reply = () => undefined,
  parameters: Partial<CreateSimulatorParameters> = {},
): Promise<{ simulator: Simulator; worker: FakeWorker; calls: unknown[] }> => {
  const calls: unknown[] = []
  const fake = fakeSurroundings({
    coordinator: (worker, message) => {
      if (message.type === 'start') return worker.say({ type: 'started', block: block(1) })
      if (message.type !== 'call' || message.action !== 'rpc') return
      const call = JSON.parse(new TextDecoder().decode(message.request as Uint8Array))
      calls.push(call)
      const said = reply(message.id as number, call)
      if (said !== undefined) worker.say(said as never)
    },
  })
  const given = { source: onServer, threads: 1, ...parameters }
  const simulator = await createSimulatorIn(fake.surroundings, given)
  return { simulator, worker: fake.workers[0] as FakeWorker, calls }
}

const result =
  (value: unknown): Reply =>
  (id) => ({ type: 'result', id, value })
const failed =
  (error: object): Reply =>
  (id) => ({ type: 'failed', id, error })

const thrownBy = async (call: Promise<unknown>): Promise<ProviderRpcError> => {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(ProviderRpcError)
  return error as ProviderRpcError
}

describe('a request', () => {
  it('goes to the worker as JSON, and its answer comes from text', async () => {
    const { simulator, calls } = await start(result({ json: '{"result":{"gas":"0x5"}}' }))
    const params = [
      { to: '0x1', value: 7n, data: Uint8Array.of(1, 255), gas: undefined },
      undefined,
    ]
    expect(await simulator.provider.request({ method: 'eth_call', params })).toEqual({ gas: '0x5' })
    expect(calls).toEqual([
      { method: 'eth_call', params: [{ to: '0x1', value: '0x7', data: '0x01ff' }, null] },
    ])
  })

  it('needs no parameters, and may be answered with null', async () => {
    const { simulator, calls } = await start(result({ result: null }))
    expect(await simulator.provider.request({ method: 'eth_getBlockByHash' })).toBeNull()
    expect(calls).toEqual([{ method: 'eth_getBlockByHash', params: [] }])
  })

  it('can be made without the object that it is a method of', async () => {
    const { simulator } = await start(result({ json: '{"result":1}' }))
    const { request } = simulator.provider
    expect(await request({ method: 'eth_chainId' })).toBe(1)
  })

  it.each([
    [{}, -32600],
    [{ method: '' }, -32600],
    [{ method: 7 }, -32600],
    [{ method: 'eth_call', params: { to: '0x1' } }, -32602],
    [{ method: 'eth_call', params: 'latest' }, -32602],
    [{ method: 'eth_call', params: [{ value: -1n }] }, -32602],
    [{ method: 'eth_call', params: [() => undefined] }, -32602],
  ])('that is none is refused before it is sent: %o', async (parameters, code) => {
    const { simulator, calls } = await start()
    const { request } = simulator.provider
    expect(await thrownBy(request(parameters as never))).toMatchObject({ code })
    expect(calls).toEqual([])
  })
})

describe('an error', () => {
  it('of the engine is that of a node, a revert with its data', async () => {
    const json = '{"error":{"code":3,"message":"execution reverted: no","data":"0x08c379a0"}}'
    const { simulator } = await start(result({ json }))
    const error = await thrownBy(simulator.provider.request({ method: 'eth_call' }))
    expect(error).toMatchObject({
      name: 'ProviderRpcError',
      code: 3,
      message: 'execution reverted: no',
      data: '0x08c379a0',
    })
  })

  it('may have a cause that says more than a node does', async () => {
    const cause = { code: 'INVALID_REQUEST', message: '', field: 'block', reason: 'see setBlock' }
    const error = { code: -32000, message: 'header not found' }
    const { simulator } = await start(result({ error, cause }))
    expect(await thrownBy(simulator.provider.request({ method: 'eth_call' }))).toMatchObject({
      ...error,
      cause: { name: 'InvalidRequestError', reason: 'see setBlock' },
    })
  })

  it('without data has no such property, by which viem tells reverts', async () => {
    const { simulator } = await start(result({ error: { code: -32000, message: 'no' } }))
    const error = await thrownBy(simulator.provider.request({ method: 'eth_getCode' }))
    expect('data' in error).toBe(false)
  })

  it.each([
    [{ code: 'STATE_SOURCE', rpcCode: -32601 }, -32601],
    [{ code: 'STATE_SOURCE', status: 500 }, -32603],
    [{ code: 'MISSING_STATE', address: '0x1' }, -32603],
    [{ code: 'ENGINE', details: 'a bug' }, -32603],
    [{ code: 'INVALID_REQUEST', field: 'params', reason: 'not a list' }, -32602],
  ])('of this package has its like among nodes: %o', async (wire, code) => {
    const { simulator } = await start(failed({ message: '', ...wire }))
    const error = await thrownBy(simulator.provider.request({ method: 'eth_call' }))
    expect(error.code).toBe(code)
    expect(error.cause).toMatchObject({ code: wire.code })
    expect(error.message).toContain((error.cause as StateSourceError).shortMessage)
  })

  it('is 4900 once the simulator is disposed of, for calls under way too', async () => {
    const { simulator } = await start()
    const underWay = thrownBy(simulator.provider.request({ method: 'eth_call' }))
    await simulator.dispose()
    for (const error of [
      await underWay,
      await thrownBy(simulator.provider.request({ method: 'eth_call' })),
    ]) {
      expect(error.code).toBe(4900)
      expect(error.cause).toBeInstanceOf(DisposedError)
    }
  })

  it('says that the engine died under it; the next request has another one', async () => {
    const { simulator, worker } = await start()
    const underWay = thrownBy(simulator.provider.request({ method: 'eth_call' }))
    worker.say({ type: 'panicked', message: 'unreachable' })
    expect(await underWay).toMatchObject({ code: -32603, cause: { code: 'ENGINE' } })
    expect(simulator.state.status).toBe('failed')
    void simulator.provider.request({ method: 'eth_chainId' }).catch(() => undefined)
    expect(simulator.state.status).toBe('starting')
    await simulator.dispose()
  })
})

describe('a method of wallets', () => {
  const methods = [
    'eth_accounts',
    'eth_requestAccounts',
    'eth_sendTransaction',
    'eth_signTypedData_v4',
    'personal_sign',
    'wallet_switchEthereumChain',
    'wallet_sendCalls',
  ]
  const walletOf = (request: Eip1193Provider['request']) => ({ source: custom({ request }) })

  it.each(methods)('goes to the wallet as it is: %s', async (method) => {
    const request = vi.fn(async () => answer)
    const answer = new Proxy({}, {})
    const { simulator, calls } = await start(undefined, walletOf(request))
    const params = { type: 'ERC20', value: 7n }
    expect(await simulator.provider.request({ method, params })).toBe(answer)
    expect(request).toHaveBeenCalledExactlyOnceWith({ method, params })
    expect(calls).toEqual([])
  })

  it('that the user refuses fails with what the wallet says', async () => {
    const refusal = { code: 4001, message: 'User rejected the request.' }
    const { simulator } = await start(
      undefined,
      walletOf(() => Promise.reject(refusal)),
    )
    const call = simulator.provider.request({ method: 'eth_sendTransaction', params: [{}] })
    await expect(call).rejects.toBe(refusal)
  })

  it.each([
    ['servers', { source: onServer }],
    ['a snapshot', { source: onSnapshot }],
    [
      'a wallet that nothing is to be handed on to',
      {
        ...walletOf(() => Promise.reject(new Error('asked'))),
        passThrough: 'none' as const,
      },
    ],
  ])('is not to be had from %s', async (_, parameters) => {
    const { simulator, calls } = await start(undefined, parameters)
    for (const method of methods)
      expect(await thrownBy(simulator.provider.request({ method }))).toMatchObject({ code: 4200 })
    expect(calls).toEqual([])
  })

  it('goes nowhere once the simulator is disposed of', async () => {
    const { simulator } = await start(
      undefined,
      walletOf(() => Promise.reject(new Error('asked'))),
    )
    await simulator.dispose()
    const call = simulator.provider.request({ method: 'eth_sendTransaction' })
    expect(await thrownBy(call)).toMatchObject({ code: 4900 })
  })
})

describe('the option passThrough', () => {
  it('reaches the worker', async () => {
    expect((await start()).worker.posted[0]).toMatchObject({ remote: { passThrough: 'reads' } })
    const { worker } = await start(undefined, { passThrough: 'all' })
    expect(worker.posted[0]).toMatchObject({ remote: { passThrough: 'all' } })
  })

  it.each([
    ['is refused by name', { passThrough: 'some' }],
    ['means nothing beside a snapshot', { source: onSnapshot, passThrough: 'none' }],
  ])('%s', async (_, parameters) => {
    await expect(start(undefined, parameters as never)).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
      field: 'passThrough',
    })
  })
})

describe('events', () => {
  it('tell who begins to listen that it is connected, and to which chain, once', async () => {
    const { simulator, calls } = await start(result({ json: '{"result":"0x1"}' }))
    const [first, second] = [vi.fn(), vi.fn()]
    simulator.provider.on('connect', first)
    simulator.provider.on('connect', second)
    await vi.waitFor(() => expect(second).toHaveBeenCalled())
    for (const listener of [first, second])
      expect(listener).toHaveBeenCalledExactlyOnceWith({ chainId: '0x1' })
    expect(calls).toHaveLength(2)
  })

  it('tell of the end, once', async () => {
    const { simulator } = await start()
    const listener = vi.fn()
    simulator.provider.on('disconnect', listener)
    await simulator.dispose()
    await simulator.dispose()
    expect(listener).toHaveBeenCalledOnce()
    expect(listener.mock.calls[0]?.[0]).toMatchObject({ code: 4900, cause: { code: 'DISPOSED' } })
  })

  it('tell of another chain, not of another block', async () => {
    const { simulator, worker } = await start()
    const listener = vi.fn()
    simulator.provider.on('chainChanged', listener)
    worker.say({ type: 'moved', block: block(1) })
    worker.say({ type: 'moved', block: block(10) })
    worker.say({ type: 'moved', block: block(10) })
    await Promise.resolve()
    expect(listener.mock.calls).toEqual([['0xa']])
  })

  it('do not tell who no longer listens', async () => {
    const { simulator, worker } = await start(result({ json: '{"result":"0x1"}' }))
    const { provider } = simulator
    const listener = vi.fn()
    for (const event of ['connect', 'chainChanged', 'disconnect'] as const) {
      provider.on(event, listener)
      provider.removeListener(event, listener)
    }
    worker.say({ type: 'moved', block: block(10) })
    await provider.request({ method: 'eth_chainId' })
    await simulator.dispose()
    await new Promise((resolve) => setTimeout(resolve))
    expect(listener).not.toHaveBeenCalled()
  })

  it('of a wallet are heard from the wallet', async () => {
    const wallet = { request: async () => null, on: vi.fn(), removeListener: vi.fn() }
    const { simulator } = await start(undefined, { source: custom(wallet) })
    const listener = vi.fn()
    simulator.provider.on('accountsChanged', listener)
    simulator.provider.on('chainChanged', listener)
    simulator.provider.removeListener('accountsChanged', listener)
    expect(wallet.on.mock.calls).toEqual([['accountsChanged', listener]])
    expect(wallet.removeListener.mock.calls).toEqual([['accountsChanged', listener]])
  })
})
