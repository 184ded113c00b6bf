import { describe, expect, it } from 'vitest'
import { type CreateSimulatorParameters, createSimulatorIn } from '../src/create-simulator.js'
import { snapshot } from '../src/index.js'
import { failsWith, fakeSurroundings, startsWell } from './fake-worker.js'

const source = snapshot({ chainId: 1, fork: 'OSAKA', accounts: {} })

const start = (
  fake: ReturnType<typeof fakeSurroundings>,
  parameters: Partial<CreateSimulatorParameters> = {},
) => createSimulatorIn(fake.surroundings, { source, ...parameters })

describe('the choice of build', () => {
  it('starts a coordinator and as many threads as asked for', async () => {
    const fake = fakeSurroundings()
    const simulator = await start(fake, { threads: 3 })
    expect(simulator).toMatchObject({ mode: 'threads', threads: 3, fallbackReason: undefined })
    expect(fake.running()).toEqual([
      'forerun coordinator',
      'forerun thread 1/3',
      'forerun thread 2/3',
      'forerun thread 3/3',
    ])
    expect(fake.workers[1]?.posted[0]).toMatchObject({ type: 'join', receiver: 7 })
  })

  it.each([
    [1, 'single', 1],
    [2, 'threads', 2],
    [3, 'threads', 2],
    [4, 'threads', 3],
    [64, 'threads', 8],
  ])(
    'takes, on a machine of %i cores, mode %s with %i threads by itself',
    async (cores, mode, threads) => {
      const simulator = await start(fakeSurroundings({}, { cores: () => cores }))
      expect(simulator).toMatchObject({ mode, threads })
    },
  )

  it('says that one core is the reason for one thread', async () => {
    const simulator = await start(fakeSurroundings({}, { cores: () => 1 }))
    expect(simulator.fallbackReason).toBe('one-core')
  })

  it('takes the single build for one thread, without starting a pool', async () => {
    const fake = fakeSurroundings()
    const simulator = await start(fake, { threads: 1 })
    expect(simulator).toMatchObject({
      mode: 'single',
      threads: 1,
      fallbackReason: 'single-requested',
    })
    expect(fake.running()).toEqual(['forerun coordinator'])
  })

  it.each(['not-isolated', 'no-atomics'] as const)('falls back and says %s', async (reason) => {
    const simulator = await start(fakeSurroundings({}, { threadsObstacle: () => reason }))
    expect(simulator).toMatchObject({ mode: 'single', threads: 1, fallbackReason: reason })
  })

  it('throws instead of falling back if threads are required', async () => {
    const fake = fakeSurroundings({}, { threadsObstacle: () => 'not-isolated' })
    await expect(start(fake, { requireThreads: true })).rejects.toMatchObject({
      code: 'THREADS_UNAVAILABLE',
      reason: 'not-isolated',
    })
    expect(fake.workers).toEqual([])
  })

  it('falls back when no shared memory can be had', async () => {
    const noMemory = failsWith({ code: 'THREADS_UNAVAILABLE', message: '', reason: 'memory' })
    const fake = fakeSurroundings({
      coordinator: (worker, message) =>
        (message.build === 'threads' ? noMemory : startsWell)(worker, message),
    })
    const simulator = await start(fake, { threads: 2 })
    expect(simulator).toMatchObject({ mode: 'single', fallbackReason: 'memory' })
    expect(fake.running()).toHaveLength(1)
  })

  it('falls back when the pool fails, with nothing of it left running', async () => {
    const fake = fakeSurroundings({
      thread: (worker, _message, index) =>
        index === 1 ? worker.die() : worker.say({ type: 'joined' }),
    })
    const simulator = await start(fake, { threads: 3 })
    expect(simulator).toMatchObject({ mode: 'single', fallbackReason: 'worker-failed' })
    expect(fake.running()).toEqual(['forerun coordinator'])
  })

  it('does not hide a missing wasm file behind a fallback', async () => {
    const fake = fakeSurroundings({
      coordinator: failsWith({
        code: 'START_FAILED',
        message: '',
        step: 'wasm',
        url: 'https://x/y.wasm',
        status: 404,
        contentType: 'text/html',
        details: 'the server answered 404',
      }),
    })
    await expect(start(fake, { threads: 2 })).rejects.toMatchObject({
      code: 'START_FAILED',
      step: 'wasm',
      url: 'https://x/y.wasm',
      status: 404,
      contentType: 'text/html',
      details: 'the server answered 404',
    })
    expect(fake.running()).toEqual([])
  })
})

describe('the check of options', () => {
  it.each([0, 10_000, 65, 1.5, -1, Number.NaN, '2', null])(
    'refuses %s threads',
    async (threads) => {
      const fake = fakeSurroundings()
      await expect(start(fake, { threads: threads as number })).rejects.toMatchObject({
        code: 'INVALID_REQUEST',
        field: 'threads',
        value: threads,
      })
      expect(fake.workers).toEqual([])
    },
  )

  it.each([
    ['startTimeout', { startTimeout: 0 }],
    ['startTimeout', { startTimeout: 2 ** 31 }],
    ['memory.maximumPages', { memory: { maximumPages: 70_000 } }],
    ['memory.maximumPages', { memory: { maximumPages: 1 } }],
    ['workerUrl', { workerUrl: 'http://[' }],
    ['wasmUrl.single', { wasmUrl: { single: 'http://[' } }],
    ['memory', { memory: 1 as never }],
    ['memory.maximumBytes', { memory: { maximumBytes: 1 } as never }],
    ['threads', { threads: 1, requireThreads: true }],
    ['source', { source: { chainId: 1 } as never }],
    ['chain', { chain: 1 } as never],
  ])('refuses a wrong %s by name', async (field, parameters) => {
    const fake = fakeSurroundings()
    await expect(start(fake, parameters)).rejects.toMatchObject({ code: 'INVALID_REQUEST', field })
    expect(fake.workers).toEqual([])
  })

  it('uses the URLs that were given', async () => {
    const fake = fakeSurroundings()
    await start(fake, {
      threads: 2,
      workerUrl: 'https://a.example/w.js',
      wasmUrl: { threads: new URL('https://a.example/t.wasm') },
    })
    expect(fake.workers.map((worker) => worker.url)).toEqual(
      Array(3).fill('https://a.example/w.js'),
    )
    expect(fake.workers[0]?.posted[0]).toMatchObject({
      wasm: { url: 'https://a.example/t.wasm' },
    })
  })

  it('refuses a snapshot that is no JSON value', () => {
    expect(() => snapshot(7 as never)).toThrow(
      expect.objectContaining({ code: 'INVALID_SNAPSHOT' }),
    )
    expect(() => snapshot({ accounts: { '0x1': { balance: -1n } } })).toThrow(
      expect.objectContaining({
        code: 'INVALID_SNAPSHOT',
        field: 'accounts.0x1.balance',
        value: '-1',
      }),
    )
  })
})
