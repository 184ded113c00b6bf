import { describe, expect, it } from 'vitest'
import { type CreateSimulatorParameters, createSimulatorIn } from '../src/create-simulator.js'
import { type CallStage, http, type Progress, snapshot } from '../src/index.js'
import type { FromCoordinator } from '../src/protocol.js'
import { type FakeWorker, fakeSurroundings, startsWell } from './fake-worker.js'

const source = snapshot({ chainId: 1, fork: 'OSAKA', accounts: {} })
const bundle = { transactions: [] }
const asked = { accounts: 2, slots: 1, codes: 0, blockHashes: 0 }
const bytes = { sent: 7, received: 9 }

const stages: readonly CallStage[] = [
  { type: 'executing', pass: 1 },
  { type: 'wave', phase: 'begin', wave: 1, asked },
  { type: 'wave', phase: 'end', wave: 1, asked, requests: 3, bytes, milliseconds: 4 },
  { type: 'executing', pass: 2 },
]

const failed = (id: number): FromCoordinator => ({
  type: 'failed',
  id,
  error: { code: 'INVALID_REQUEST', message: '', field: 'x', value: 1, reason: 'no' },
})

/** Tells all stages of a call, whether or not anybody asked for them, and then fails it. */
const tellsStages = (worker: FakeWorker, message: { type: string; [field: string]: unknown }) => {
  if (message.type === 'start') {
    worker.say({ type: 'step', step: 'wasm' })
    worker.say({ type: 'loading', loaded: 5 })
    worker.say({ type: 'loading', loaded: 8, total: 8 })
    return worker.say({ type: 'started', block: { number: 1n } as never })
  }
  if (message.type !== 'call') return
  const id = message.id as number
  worker.say({ type: 'working', id })
  for (const stage of stages) worker.say({ type: 'progress', id, stage })
  worker.say(failed(id))
}

const open = (
  fake: ReturnType<typeof fakeSurroundings>,
  parameters: Partial<CreateSimulatorParameters> = {},
) => createSimulatorIn(fake.surroundings, { source, threads: 1, ...parameters })

const types = (heard: readonly Progress[]): string[] =>
  heard.map((each) => ('phase' in each ? `${each.type} ${each.phase}` : each.type))

const allStages = ['executing', 'wave begin', 'wave end', 'executing']

describe('progress of a start', () => {
  it('is told step by step, with the bytes of the wasm', async () => {
    const fake = fakeSurroundings({ coordinator: tellsStages })
    const heard: Progress[] = []
    const wasmUrl = { single: 'https://a.example/forerun.wasm' }
    const simulator = await open(fake, { onProgress: (each) => heard.push(each), wasmUrl })
    expect(heard).toMatchObject([
      { type: 'starting', build: 'single', step: 'wasm' },
      { type: 'loading', url: wasmUrl.single, loaded: 5 },
      { type: 'loading', url: wasmUrl.single, loaded: 8, total: 8 },
    ])
    await simulator.dispose()
  })

  it('is told again where threads cannot be had after all', async () => {
    const fake = fakeSurroundings({
      coordinator: (worker, message) => {
        if (message.type === 'start' && message.build === 'threads')
          worker.say({
            type: 'start-failed',
            error: { code: 'THREADS_UNAVAILABLE', message: '', reason: 'memory' },
          })
        else startsWell(worker, message)
      },
    })
    const heard: Progress[] = []
    await open(fake, { threads: 2, onProgress: (each) => heard.push(each) })
    expect(heard).toEqual([{ type: 'starting', build: 'single', step: 'wasm' }])
  })

  it('is asked of the worker only if somebody listens', async () => {
    for (const onProgress of [undefined, () => undefined]) {
      const fake = fakeSurroundings()
      await open(fake, { onProgress })
      expect(fake.workers[0]?.posted[0]).toMatchObject({ progress: onProgress !== undefined })
    }
  })
})

describe('progress of a call', () => {
  it('is told to the listener of the call, and to that of the simulator', async () => {
    const fake = fakeSurroundings({ coordinator: tellsStages })
    const own: Progress[] = []
    const all: Progress[] = []
    const simulator = await open(fake, { onProgress: (each) => all.push(each) })
    all.length = 0
    const call = simulator.simulateBundle({ ...bundle, onProgress: (each) => own.push(each) })
    await expect(call).rejects.toMatchObject({ field: 'x' })
    expect(own).toEqual(stages.map((stage) => ({ action: 'simulateBundle', ...stage })))
    expect(all).toEqual(own)
  })

  it('comes from every kind of call, under its name', async () => {
    const fake = fakeSurroundings({ coordinator: tellsStages })
    const heard: string[] = []
    const onProgress = ({ action }: { action: string }) => heard.push(action)
    const simulator = await open(fake, { source: http('https://rpc.example') })
    await simulator.simulateBundle({ ...bundle, onProgress }).catch(() => undefined)
    const block = { header: {}, transactions: [] }
    await simulator.replayBlock({ block, onProgress }).catch(() => undefined)
    await simulator.setBlock({ block: 5n, onProgress }).catch(() => undefined)
    expect([...new Set(heard)]).toEqual(['simulateBundle', 'replayBlock', 'setBlock'])
  })

  it('is that of the provider too, for the listener of the simulator', async () => {
    const fake = fakeSurroundings({ coordinator: tellsStages })
    const heard: Progress[] = []
    const simulator = await open(fake, { onProgress: (each) => heard.push(each) })
    heard.length = 0
    await simulator.provider.request({ method: 'eth_chainId' }).catch(() => undefined)
    expect(heard.map((each) => 'action' in each && each.action)).toEqual(stages.map(() => 'rpc'))
  })

  it('is asked of the worker only if somebody listens', async () => {
    const fake = fakeSurroundings({ coordinator: tellsStages })
    const simulator = await open(fake)
    await simulator.simulateBundle(bundle).catch(() => undefined)
    await simulator
      .simulateBundle({ ...bundle, onProgress: () => undefined })
      .catch(() => undefined)
    const calls = fake.workers[0]?.posted.filter(({ type }) => type === 'call')
    expect(calls?.map(({ progress }) => progress)).toEqual([false, true])
  })

  it('is not part of the request', async () => {
    const fake = fakeSurroundings({ coordinator: tellsStages })
    const simulator = await open(fake)
    await simulator
      .simulateBundle({ ...bundle, onProgress: () => undefined })
      .catch(() => undefined)
    const call = fake.workers[0]?.posted.at(-1)
    expect(new TextDecoder().decode(call?.request as Uint8Array)).toBe('{"transactions":[]}')
    expect(() => structuredClone(call)).not.toThrow()
  })

  it('ends where the call is aborted', async () => {
    const fake = fakeSurroundings()
    const simulator = await open(fake)
    const heard: Progress[] = []
    const abort = new AbortController()
    const call = simulator.simulateBundle({
      ...bundle,
      signal: abort.signal,
      onProgress: (each) => heard.push(each),
    })
    const worker = fake.workers[0] as FakeWorker
    worker.say({ type: 'progress', id: 1, stage: { type: 'executing', pass: 1 } })
    abort.abort('enough')
    worker.say({ type: 'progress', id: 1, stage: { type: 'executing', pass: 2 } })
    await expect(call).rejects.toBe('enough')
    expect(types(heard)).toEqual(['executing'])
  })

  it('begins anew where the engine was ended for the sake of another call', async () => {
    let engines = 0
    const fake = fakeSurroundings({
      coordinator: (worker, message) => {
        if (message.type === 'start') engines += 1
        // The first engine is in wasm for good with the first call.
        if (engines > 1) return tellsStages(worker, message)
        if (message.type === 'start') worker.say({ type: 'started' })
        if (message.type === 'call' && message.id === 1) worker.say({ type: 'working', id: 1 })
      },
    })
    const simulator = await open(fake)
    const abort = new AbortController()
    const first = simulator.simulateBundle({ ...bundle, signal: abort.signal })
    const heard: Progress[] = []
    const second = simulator.simulateBundle({ ...bundle, onProgress: (each) => heard.push(each) })
    abort.abort('enough')
    await expect(first).rejects.toBe('enough')
    await expect(second).rejects.toMatchObject({ field: 'x' })
    expect(types(heard)).toEqual(allStages)
  })
})

describe('a listener that throws', () => {
  it('keeps nobody from anything, and is reported each time', async () => {
    const fake = fakeSurroundings({ coordinator: tellsStages })
    const heard: Progress[] = []
    const throws = () => {
      throw new Error('a bug of the page')
    }
    const simulator = await open(fake, { onProgress: throws })
    expect(fake.reports).toHaveLength(3)
    const call = simulator.simulateBundle({ ...bundle, onProgress: (each) => heard.push(each) })
    await expect(call).rejects.toMatchObject({ field: 'x' })
    expect(types(heard)).toEqual(allStages)
    expect(fake.reports).toEqual(Array(3 + stages.length).fill(new Error('a bug of the page')))
  })
})

describe('a listener that is none', () => {
  it('is refused by name, by the simulator and by each call', async () => {
    const fake = fakeSurroundings({ coordinator: tellsStages })
    const onProgress = 'loud' as never
    const refusal = { code: 'INVALID_REQUEST', field: 'onProgress', value: 'loud' }
    await expect(open(fake, { onProgress })).rejects.toMatchObject(refusal)
    const simulator = await open(fake)
    await expect(simulator.simulateBundle({ ...bundle, onProgress })).rejects.toMatchObject(refusal)
    const block = { header: {}, transactions: [] }
    await expect(simulator.replayBlock({ block, onProgress })).rejects.toMatchObject(refusal)
    await expect(simulator.setBlock({ block: 1n, onProgress })).rejects.toMatchObject(refusal)
  })
})
