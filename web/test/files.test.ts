import { describe, expect, it, vi } from 'vitest'
import { type CreateSimulatorParameters, createSimulatorIn } from '../src/create-simulator.js'
import { snapshot } from '../src/index.js'
import type { WorkerFactory } from '../src/workers.js'
import { FakeWorker, fakeSurroundings, startsWell } from './fake-worker.js'

const source = snapshot({ chainId: 1, fork: 'OSAKA', accounts: {} })

const magic = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]
/** A module with nothing in it, as far as its memory goes like the single-threaded build. */
const single = Uint8Array.from(magic)
/** Imports a shared memory "b" of "a" of one page, like the threaded build. */
const threads = Uint8Array.from([...magic, 2, 9, 1, 1, 0x61, 1, 0x62, 2, 3, 1, 1])
const modules = {
  threads: new WebAssembly.Module(threads),
  single: new WebAssembly.Module(single),
}

/** A module that nobody has waited for. */
const pending = WebAssembly.compile(single)

type Fake = ReturnType<typeof fakeSurroundings>

const start = (fake: Fake, parameters: Partial<CreateSimulatorParameters>) =>
  createSimulatorIn(fake.surroundings, { source, ...parameters })

/** What the coordinator is told about its wasm file. */
const wasmOf = async (parameters: Partial<CreateSimulatorParameters>): Promise<unknown> => {
  const fake = fakeSurroundings()
  await start(fake, parameters)
  return fake.workers[0]?.posted[0]?.wasm
}

const standard = expect.stringMatching(/^file:.*\/forerun-(threads|single)\.wasm$/)

describe('the place of the wasm files', () => {
  it('is beside the module by itself', async () => {
    expect(await wasmOf({ threads: 2 })).toEqual({ url: standard })
    expect(await wasmOf({ threads: 1 })).toEqual({ url: standard })
  })

  it('can be said for each build', async () => {
    const wasmUrl = { threads: 'https://a.example/t', single: new URL('https://a.example/s') }
    expect(await wasmOf({ threads: 2, wasmUrl })).toEqual({ url: 'https://a.example/t' })
    expect(await wasmOf({ threads: 1, wasmUrl })).toEqual({ url: 'https://a.example/s' })
    expect(await wasmOf({ threads: 1, wasmUrl: { threads: 'https://a.example/t' } })).toEqual({
      url: standard,
    })
  })

  it('can be said for the only build that may start', async () => {
    const wasmUrl = 'https://a.example/w'
    expect(await wasmOf({ threads: 1, wasmUrl })).toEqual({ url: wasmUrl })
    expect(await wasmOf({ threads: 2, requireThreads: true, wasmUrl })).toEqual({ url: wasmUrl })
  })

  it('gives way to content, which is a copy if it is bytes', async () => {
    const given = { threads: threads.slice().buffer, single: single.slice() }
    const told = (await wasmOf({ threads: 1, wasmBytes: given })) as { content: Uint8Array }
    expect(told).toEqual({ url: 'wasmBytes.single', content: single })
    expect(await wasmOf({ threads: 2, wasmBytes: given })).toEqual({
      url: 'wasmBytes.threads',
      content: threads,
    })
    given.single.fill(0)
    expect(told.content).toEqual(single)
    expect(await wasmOf({ threads: 1, wasmModule: modules.single })).toEqual({
      url: 'wasmModule',
      content: modules.single,
    })
    expect(await wasmOf({ threads: 2, wasmModule: modules })).toEqual({
      url: 'wasmModule.threads',
      content: modules.threads,
    })
  })

  it.each([
    ['wasmUrl', '/w', 'for whichever build starts', { wasmUrl: '/w' }],
    ['wasmUrl.single', 'http://[', 'no URL', { wasmUrl: { single: 'http://[' } }],
    ['wasmUrl.single', 7, 'a number', { wasmUrl: { single: 7 } }],
    ['wasmUrl.both', '/w', 'a build that is none', { wasmUrl: { both: '/w' } }],
    ['wasmUrl', null, 'nothing', { wasmUrl: null, threads: 1 }],
    ['wasmModule', pending, 'a promise', { wasmModule: pending, threads: 1 }],
    ['wasmBytes.threads', 'AGFzbQ==', 'text', { wasmBytes: { threads: 'AGFzbQ==' } }],
    ['wasmBytes.threads', '3 bytes', 'other bytes', { wasmBytes: { threads: new Uint8Array(3) } }],
    ['wasmModule.threads', single, 'bytes', { wasmModule: { threads: single } }],
    [
      'wasmModule.single',
      modules.threads,
      'the other',
      { wasmModule: { single: modules.threads } },
    ],
    [
      'wasmModule',
      modules.single,
      'the other',
      { wasmModule: modules.single, threads: 'auto', requireThreads: true },
    ],
    ['wasmModule', modules, 'one more', { wasmModule: modules, wasmUrl: { single: '/w' } }],
    ['wasmBytes', '8 bytes', 'one more', { wasmBytes: single, wasmUrl: { single: '/w' } }],
  ])('is refused as %s = %j: %s', async (field, value, _why, parameters) => {
    const fake = fakeSurroundings()
    await expect(start(fake, parameters as never)).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
      field,
      value,
    })
    expect(fake.workers).toEqual([])
  })

  it('is typed as one of URL, bytes and module', () => {
    const wasmUrl = 'https://a.example/w'
    // @ts-expect-error URL and module
    const both: CreateSimulatorParameters = { source, wasmUrl, wasmModule: modules }
    // @ts-expect-error no build of that name
    const other: CreateSimulatorParameters = { source, wasmUrl: { one: wasmUrl } }
    // @ts-expect-error text is no content
    const text: CreateSimulatorParameters = { source, wasmBytes: wasmUrl }
    expect([both, other, text]).toHaveLength(3)
  })
})

describe('createWorker', () => {
  it('makes every worker, with the URL of the worker file and the name of each', async () => {
    const fake = fakeSurroundings()
    const createWorker = vi.fn<WorkerFactory>((url, { name }) =>
      fake.surroundings.createWorker(url.href, name),
    )
    const workerUrl = 'https://a.example/w.js'
    const simulator = await start(fake, { threads: 2, workerUrl, createWorker })
    expect(simulator.mode).toBe('threads')
    expect(createWorker.mock.calls.map(([url, options]) => [url.href, options])).toEqual(
      ['forerun coordinator', 'forerun thread 1/2', 'forerun thread 2/2'].map((name) => [
        workerUrl,
        { type: 'module', name },
      ]),
    )
  })

  it.each([
    [
      'throws',
      () => {
        throw new TypeError('This document requires TrustedScriptURL')
      },
      /Trusted/,
    ],
    ['returns nothing', () => undefined, /createWorker returned no worker/],
  ])(
    'ends the start in an error that says so where it %s',
    async (_name, createWorker, details) => {
      const fake = fakeSurroundings()
      await expect(start(fake, { createWorker: createWorker as never })).rejects.toMatchObject({
        code: 'START_FAILED',
        step: 'worker',
        details: expect.stringMatching(details),
      })
    },
  )

  it('has nobody asked about a file that it may not have used', async () => {
    const inspect = vi.fn(async () => ({ status: 404 }))
    const fake = fakeSurroundings({}, { inspect })
    const dies = (worker: FakeWorker): void => worker.die()
    const createWorker: WorkerFactory = (url, { name }) =>
      new FakeWorker(url.href, name, dies, fake.log)
    const error = await start(fake, { createWorker }).catch((reason) => reason)
    expect(error).toMatchObject({ code: 'START_FAILED', step: 'worker', status: undefined })
    expect(inspect).not.toHaveBeenCalled()
  })

  it('makes the threads only, and leads to one thread, where it fails for those', async () => {
    const fake = fakeSurroundings()
    const createWorker: WorkerFactory = (url, { name }) => {
      if (name.includes('thread')) throw new Error('one is enough')
      return new FakeWorker(url.href, name, startsWell, fake.log)
    }
    expect(await start(fake, { threads: 2, createWorker })).toMatchObject({
      mode: 'single',
      fallbackReason: 'worker-failed',
    })
  })

  it('has to be a function', async () => {
    const fake = fakeSurroundings()
    await expect(start(fake, { createWorker: '/w.js' as never })).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
      field: 'createWorker',
      value: '/w.js',
    })
  })
})
