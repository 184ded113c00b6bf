import { describe, expect, it, vi } from 'vitest'
import { type CreateSimulatorParameters, createSimulatorIn } from '../src/create-simulator.js'
import { custom, type Eip1193Provider, http, indexedDb, memory, snapshot } from '../src/index.js'
import { fakeSurroundings, startsWell } from './fake-worker.js'

const url = 'https://rpc.example/'
const source = http(url)
const bundle = { transactions: [] }

const start = (
  fake: ReturnType<typeof fakeSurroundings>,
  parameters: Partial<CreateSimulatorParameters> = {},
) => createSimulatorIn(fake.surroundings, { source, threads: 1, ...parameters })

const coordinatorOf = (fake: ReturnType<typeof fakeSurroundings>) => {
  const [worker] = fake.workers
  if (worker === undefined) throw new Error('nothing was started')
  return worker
}

describe('the start message of remote state', () => {
  it('has the servers, and what holds where nothing is said', async () => {
    const fake = fakeSurroundings()
    await start(fake)
    expect(coordinatorOf(fake).posted[0]).toMatchObject({
      state: { type: 'http', endpoints: [{ url }] },
      remote: { block: 'latest', chain: {}, cache: memory(), runAhead: true },
    })
  })

  it('has what was said', async () => {
    const fake = fakeSurroundings()
    const chain = { id: 1, fork: 'OSAKA' } as const
    await start(fake, { block: 7n, chain, cache: indexedDb({ name: 'mine' }), runAhead: false })
    expect(coordinatorOf(fake).posted[0]).toMatchObject({
      remote: { block: 7n, chain, cache: { type: 'indexedDb', name: 'mine' }, runAhead: false },
    })
  })

  it('can be posted, also for a provider, which stays on the page', async () => {
    const fake = fakeSurroundings()
    await start(fake, { source: custom({ request: async () => null }) })
    const message = structuredClone(coordinatorOf(fake).posted[0])
    expect(message?.state).toMatchObject({ type: 'custom', options: { batchLimit: 1 } })
    expect(message?.state).not.toHaveProperty('provider')
  })
})

describe('options of remote state', () => {
  it.each([
    ['chain', 1],
    ['chain', null],
    ['cache', {}],
    ['cache', { type: 'disk' }],
    ['cache', null],
    ['runAhead', 'yes'],
    ['runAhead', null],
  ])('are refused by name: %s %j', async (field, value) => {
    const fake = fakeSurroundings()
    await expect(start(fake, { [field]: value } as never)).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
      field,
    })
    expect(fake.workers).toEqual([])
  })

  it.each([
    ['block', 'latest'],
    ['chain', { id: 1 }],
    ['cache', memory()],
    ['runAhead', true],
  ])('mean nothing beside a snapshot: %s', async (field, value) => {
    const fake = fakeSurroundings()
    const parameters = {
      source: snapshot({ chainId: 1, fork: 'OSAKA', accounts: {} }),
      [field]: value,
    }
    await expect(start(fake, parameters as never)).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
      field,
    })
    expect(fake.workers).toEqual([])
  })
})

describe('a provider of the page', () => {
  /** What the worker gets to hear when it asks. */
  const answerOf = async (request: Eip1193Provider['request']) => {
    const fake = fakeSurroundings()
    await start(fake, { source: custom({ request }) })
    const worker = coordinatorOf(fake)
    worker.say({ type: 'ask', id: 5, method: 'eth_getCode', params: ['0x1', 'latest'] })
    await vi.waitFor(() => expect(worker.posted.at(-1)?.type).toBe('answer'))
    return structuredClone(worker.posted.at(-1))
  }

  it('is asked for the worker, which gets the result', async () => {
    const asked: unknown[] = []
    const answer = await answerOf(async (parameters) => {
      asked.push(parameters)
      return '0xfe'
    })
    expect(asked).toEqual([{ method: 'eth_getCode', params: ['0x1', 'latest'] }])
    expect(answer).toEqual({ type: 'answer', id: 5, result: '0xfe' })
  })

  it('may give what cannot be posted', async () => {
    const result = new Proxy({ balance: '0x1', toString: () => 'a function' }, {})
    expect(await answerOf(async () => result)).toMatchObject({ result: { balance: '0x1' } })
    expect(await answerOf(async () => undefined)).toMatchObject({ result: null })
  })

  it.each([
    ['as a wallet does', { code: 4001, message: 'refused' }, { code: 4001, message: 'refused' }],
    ['with an error', new TypeError('offline'), { message: 'offline' }],
    ['with a text', 'no', { message: 'no' }],
    ['with nothing', undefined, { message: 'undefined' }],
    ['with a code that is none', { code: 'E', message: 7 }, { message: '[object Object]' }],
  ])('that throws %s says so to the worker', async (_, thrown, error) => {
    const answer = await answerOf(() => Promise.reject(thrown))
    expect(answer).toMatchObject({ type: 'answer', id: 5, error })
  })

  it('that throws at once says so to the worker', async () => {
    const answer = await answerOf(() => {
      throw new Error('not connected')
    })
    expect(answer).toMatchObject({ error: { message: 'not connected' } })
  })

  it('is asked during the start, too', async () => {
    const asked: string[] = []
    const fake = fakeSurroundings({
      coordinator: (worker, message) => {
        if (message.type === 'start')
          worker.say({ type: 'ask', id: 1, method: 'eth_chainId', params: [] })
        if (message.type === 'answer') worker.say({ type: 'started' })
      },
    })
    const request = async ({ method }: { method: string }) => asked.push(method)
    const simulator = await start(fake, { source: custom({ request }) })
    expect(asked).toEqual(['eth_chainId'])
    await simulator.dispose()
  })

  it('that answers after the end is not heard', async () => {
    let answer: (value: unknown) => void = () => undefined
    const fake = fakeSurroundings()
    const request = () =>
      new Promise<unknown>((resolve) => {
        answer = resolve
      })
    const simulator = await start(fake, { source: custom({ request }) })
    const worker = coordinatorOf(fake)
    worker.say({ type: 'ask', id: 1, method: 'eth_chainId', params: [] })
    await simulator.dispose()
    answer('0x1')
    await Promise.resolve()
    expect(worker.posted.map(({ type }) => type)).not.toContain('answer')
  })
})

describe('an aborted call', () => {
  it('rejects with the reason at once, and the worker hears of it', async () => {
    const fake = fakeSurroundings()
    const simulator = await start(fake)
    const abort = new AbortController()
    const call = simulator.simulateBundle({ ...bundle, signal: abort.signal })
    abort.abort('enough')
    await expect(call).rejects.toBe('enough')
    expect(coordinatorOf(fake).posted.slice(-2)).toMatchObject([
      { type: 'call', id: 1, action: 'simulateBundle' },
      { type: 'abort', id: 1 },
    ])
    expect(fake.running()).toHaveLength(1)
  })

  it('that was aborted before is not made', async () => {
    const fake = fakeSurroundings()
    const simulator = await start(fake)
    const signal = AbortSignal.abort('before')
    await expect(simulator.simulateBundle({ ...bundle, signal })).rejects.toBe('before')
    expect(coordinatorOf(fake).posted.map(({ type }) => type)).toEqual(['start'])
  })

  it('takes no harm from an answer that comes all the same, nor the next from it', async () => {
    const fake = fakeSurroundings()
    const simulator = await start(fake)
    const worker = coordinatorOf(fake)
    const abort = new AbortController()
    const first = simulator.setBlock({ block: 1n, signal: abort.signal })
    const second = simulator.setBlock({ block: 2n })
    abort.abort('enough')
    await expect(first).rejects.toBe('enough')
    // It had moved before it heard of the abort, and that is where it stands until it moves again.
    worker.say({ type: 'moved', block: { number: 1n } as never })
    worker.say({ type: 'result', id: 1, value: { number: 1n } })
    expect(simulator.block).toMatchObject({ number: 1n })
    worker.say({ type: 'moved', block: { number: 2n } as never })
    worker.say({ type: 'result', id: 2, value: { number: 2n } })
    expect(await second).toMatchObject({ number: 2n })
    expect(simulator.block).toMatchObject({ number: 2n })
  })

  it('no longer listens to its signal once it is answered', async () => {
    const fake = fakeSurroundings()
    const simulator = await start(fake)
    const worker = coordinatorOf(fake)
    const abort = new AbortController()
    const call = simulator.setBlock({ block: 'latest', signal: abort.signal })
    worker.say({ type: 'result', id: 1, value: { number: 3n } })
    await call
    abort.abort('too late')
    expect(worker.posted.map(({ type }) => type)).not.toContain('abort')
  })
})

describe('the pinned block', () => {
  it('is that of the start, and then that of setBlock', async () => {
    const at = (number: bigint) => ({ number }) as never
    const fake = fakeSurroundings({
      coordinator: (worker, message) => {
        if (message.type === 'start') worker.say({ type: 'started', block: at(5n) })
        if (message.type === 'call') {
          worker.say({ type: 'moved', block: at(6n) })
          worker.say({ type: 'result', id: message.id as number, value: at(6n) })
        }
      },
    })
    const simulator = await start(fake)
    expect(simulator.block).toEqual({ number: 5n })
    expect(await simulator.setBlock({ block: 'latest' })).toEqual({ number: 6n })
    expect(simulator.block).toEqual({ number: 6n })
  })

  it('stays where setBlock fails', async () => {
    const fake = fakeSurroundings({
      coordinator: (worker, message) => {
        if (message.type === 'start')
          worker.say({ type: 'started', block: { number: 5n } as never })
        if (message.type === 'call')
          worker.say({
            type: 'failed',
            id: message.id as number,
            error: { code: 'BLOCK_NOT_FOUND', message: '', block: '0x9', endpoint: url },
          })
      },
    })
    const simulator = await start(fake)
    await expect(simulator.setBlock({ block: 9n })).rejects.toMatchObject({
      code: 'BLOCK_NOT_FOUND',
      block: '0x9',
      endpoint: url,
    })
    expect(simulator.block).toEqual({ number: 5n })
  })

  it('is not there on a snapshot', async () => {
    const fake = fakeSurroundings({ coordinator: startsWell })
    const state = snapshot({ chainId: 1, fork: 'OSAKA', accounts: {} })
    expect((await start(fake, { source: state })).block).toBeUndefined()
  })
})
