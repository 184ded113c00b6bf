import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createSimulatorIn } from '../src/create-simulator.js'
import { snapshot } from '../src/index.js'
import { http } from '../src/sources/http.js'
import { fakeSurroundings, startsWell } from './fake-worker.js'

const source = snapshot({ chainId: 1, fork: 'OSAKA', accounts: {} })
const workerUrl = 'https://a.example/worker.js'
const parameters = { source, workerUrl, startTimeout: 1_000, threads: 2 }

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

describe('the time limit of a start', () => {
  it('ends a worker that never says a word', async () => {
    const fake = fakeSurroundings({ coordinator: () => {} })
    const started = createSimulatorIn(fake.surroundings, parameters)
    const failed = expect(started).rejects.toMatchObject({
      code: 'TIMEOUT',
      step: 'worker',
      url: workerUrl,
      milliseconds: 1_000,
    })
    await vi.advanceTimersByTimeAsync(999)
    expect(fake.running()).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(1)
    await failed
    expect(fake.running()).toEqual([])
  })

  it('names the step and the file that took too long', async () => {
    const fake = fakeSurroundings({
      coordinator: (worker) => worker.say({ type: 'step', step: 'wasm' }),
    })
    const started = createSimulatorIn(fake.surroundings, {
      ...parameters,
      wasmUrl: { threads: 'https://a.example/t.wasm' },
    })
    const failed = expect(started).rejects.toMatchObject({
      code: 'TIMEOUT',
      step: 'wasm',
      url: 'https://a.example/t.wasm',
    })
    await vi.advanceTimersByTimeAsync(1_000)
    await failed
  })

  it('names the server that does not say which block it is', async () => {
    const fake = fakeSurroundings({
      coordinator: (worker) => worker.say({ type: 'step', step: 'block' }),
    })
    const started = createSimulatorIn(fake.surroundings, {
      ...parameters,
      source: http('https://rpc.example'),
    })
    const failed = expect(started).rejects.toMatchObject({
      code: 'TIMEOUT',
      step: 'block',
      url: 'https://rpc.example/',
    })
    await vi.advanceTimersByTimeAsync(1_000)
    await failed
  })

  it('leaves time to fall back when a thread never joins', async () => {
    const fake = fakeSurroundings({
      thread: (worker, _message, index) => {
        if (index === 0) worker.say({ type: 'joined' })
      },
    })
    const started = createSimulatorIn(fake.surroundings, parameters)
    await vi.advanceTimersByTimeAsync(500)
    expect(await started).toMatchObject({ mode: 'single', fallbackReason: 'worker-failed' })
    expect(fake.running()).toEqual(['forerun coordinator'])
  })

  it('leaves no timer behind after a start that went well', async () => {
    const fake = fakeSurroundings()
    const simulator = await createSimulatorIn(fake.surroundings, parameters)
    expect(vi.getTimerCount()).toBe(0)
    await simulator.dispose()
  })
})

describe('a worker that cannot be loaded', () => {
  it.each([
    ['the file is missing', { status: 404, contentType: 'text/html' }],
    ['the file is not served as JavaScript', { status: 200, contentType: 'text/plain' }],
  ])('is told at once: %s', async (details, served) => {
    const fake = fakeSurroundings(
      { coordinator: (worker) => worker.die() },
      { inspect: async () => served },
    )
    await expect(createSimulatorIn(fake.surroundings, parameters)).rejects.toMatchObject({
      code: 'START_FAILED',
      step: 'worker',
      url: workerUrl,
      details,
      ...served,
    })
    expect(fake.running()).toEqual([])
    expect(vi.getTimerCount()).toBe(0)
  })

  it('is told with the words of the script if it has any', async () => {
    const fake = fakeSurroundings({
      coordinator: (worker) =>
        worker.die({ message: 'SyntaxError: no', filename: workerUrl, lineno: 3 }),
    })
    await expect(createSimulatorIn(fake.surroundings, parameters)).rejects.toMatchObject({
      step: 'worker',
      details: `SyntaxError: no (${workerUrl}:3)`,
    })
  })

  it('is told when the browser refuses to make it', async () => {
    const refusal = new Error('SecurityError: another origin')
    const fake = fakeSurroundings()
    fake.surroundings.createWorker = () => {
      throw refusal
    }
    await expect(createSimulatorIn(fake.surroundings, parameters)).rejects.toMatchObject({
      code: 'START_FAILED',
      step: 'worker',
      cause: refusal,
    })
  })

  it('is told within the limit even if nobody can say why', async () => {
    const fake = fakeSurroundings(
      { coordinator: (worker) => worker.die() },
      { inspect: () => new Promise(() => {}) },
    )
    const started = createSimulatorIn(fake.surroundings, parameters)
    const failed = expect(started).rejects.toMatchObject({ code: 'TIMEOUT', step: 'worker' })
    await vi.advanceTimersByTimeAsync(1_000)
    await failed
  })
})

describe('a pool that fails', () => {
  it('ends the threads that had started and names file and thread', async () => {
    const fake = fakeSurroundings({
      thread: (worker, _message, index) => {
        if (index < 2) return worker.say({ type: 'joined' })
        worker.say({
          type: 'join-failed',
          error: {
            code: 'START_FAILED',
            message: '',
            step: 'threads',
            url: workerUrl,
            details: 'RangeError: no room',
          },
        })
      },
    })
    await expect(
      createSimulatorIn(fake.surroundings, { ...parameters, threads: 3, requireThreads: true }),
    ).rejects.toMatchObject({
      code: 'START_FAILED',
      step: 'threads',
      url: workerUrl,
      details: 'RangeError: no room',
    })
    expect(fake.workers).toHaveLength(4)
    expect(fake.running()).toEqual([])
  })

  it('ends the first threads if the browser refuses to make a later one', async () => {
    const fake = fakeSurroundings()
    const { createWorker } = fake.surroundings
    fake.surroundings.createWorker = (url, name) => {
      if (name === 'forerun thread 2/2') throw new Error('too many workers')
      return createWorker(url, name)
    }
    await expect(
      createSimulatorIn(fake.surroundings, { ...parameters, requireThreads: true }),
    ).rejects.toMatchObject({
      step: 'threads',
      details: expect.stringContaining('thread 2/2: Error: too many workers'),
    })
    expect(fake.running()).toEqual([])
  })
})

describe('an abort signal', () => {
  it('ends a start under way with its reason', async () => {
    const fake = fakeSurroundings({
      coordinator: startsWell,
      thread: () => {},
    })
    const abort = new AbortController()
    const started = createSimulatorIn(fake.surroundings, { ...parameters, signal: abort.signal })
    const failed = expect(started).rejects.toBe('enough')
    await vi.advanceTimersByTimeAsync(10)
    expect(fake.running()).toHaveLength(3)
    abort.abort('enough')
    await failed
    expect(fake.running()).toEqual([])
    expect(vi.getTimerCount()).toBe(0)
  })

  it('that is aborted already starts nothing', async () => {
    const fake = fakeSurroundings()
    const signal = AbortSignal.abort('before')
    await expect(createSimulatorIn(fake.surroundings, { ...parameters, signal })).rejects.toBe(
      'before',
    )
    expect(fake.workers).toEqual([])
  })
})
