// Worker file and wasm files from elsewhere than beside the package, in Node.

import assert from 'node:assert/strict'
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { pathToFileURL } from 'node:url'
import { Worker } from 'node:worker_threads'
import { createSimulator, InvalidRequestError, StartError, snapshot } from 'forerun'
import { payment, snapshot as state } from '../support/small-chain.mjs'
import { allEnded, running } from '../support/threads.mjs'

const builds = ['threads', 'single']
const dist = (name) => new URL(`../../web/dist/${name}`, import.meta.url)

describe('files from elsewhere in Node', { timeout: 120_000 }, () => {
  let folder
  let urls
  let bytes
  let modules
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'forerun-files-'))
    const each = async (make) =>
      Object.fromEntries(await Promise.all(builds.map(async (build) => [build, await make(build)])))
    urls = await each(async (build) => {
      const file = join(folder, `${build}.bin`)
      await cp(dist(`forerun-${build}.wasm`), file)
      return pathToFileURL(file)
    })
    bytes = await each((build) => readFile(urls[build]))
    modules = await each((build) => WebAssembly.compile(bytes[build]))
    await cp(dist('worker.js'), join(folder, 'worker.mjs'))
  })
  after(() => rm(folder, { recursive: true, force: true }))

  async function simulate(options) {
    const simulator = await createSimulator({ source: snapshot(state), ...options })
    const names = [...running.values()]
    const { mode, memory } = simulator
    const { transactions } = await simulator.simulateBundle({ transactions: [payment()] })
    await simulator.dispose()
    await allEnded()
    assert.equal(transactions[0].gasUsed, 21_000n)
    assert.equal(mode, options.threads === 1 ? 'single' : 'threads')
    assert.equal(memory.maximumBytes, mode === 'single' ? undefined : 2 ** 30)
    return names
  }

  it('are taken by URL, as bytes and compiled, for each build or for one', async () => {
    for (const [name, files] of Object.entries({
      wasmUrl: urls,
      wasmBytes: bytes,
      wasmModule: modules,
    })) {
      await simulate({ threads: 2, [name]: files })
      await simulate({ threads: 1, [name]: files })
      await simulate({ threads: 2, requireThreads: true, [name]: files.threads })
      await simulate({ threads: 1, [name]: files.single })
    }
    await simulate({ threads: 2, workerUrl: pathToFileURL(join(folder, 'worker.mjs')) })
  })

  it('run in workers that the caller makes', async () => {
    const names = []
    const createWorker = (url, options) => {
      names.push(options.name)
      return new Worker(url, { ...options, resourceLimits: { maxOldGenerationSizeMb: 512 } })
    }
    assert.deepEqual(await simulate({ threads: 2, createWorker }), names)
    assert.deepEqual(names, ['forerun coordinator', 'forerun thread 1/2', 'forerun thread 2/2'])
  })

  it('are refused by name where they are nothing of the kind', async () => {
    const start = (options) => createSimulator({ source: snapshot(state), threads: 2, ...options })
    const refusal = (field) => (error) =>
      error instanceof InvalidRequestError && error.field === field
    await assert.rejects(
      start({ wasmModule: { threads: modules.single } }),
      refusal('wasmModule.threads'),
    )
    await assert.rejects(start({ wasmBytes: { threads: 'wasm' } }), refusal('wasmBytes.threads'))
    await assert.rejects(start({ wasmUrl: urls.threads.href }), refusal('wasmUrl'))
    await assert.rejects(
      start({ wasmBytes: { threads: bytes.single } }),
      (error) => error instanceof StartError && error.url === 'wasmBytes.threads',
    )
    await assert.rejects(
      start({ createWorker: () => ({ postMessage() {}, terminate() {} }) }),
      (error) => error instanceof StartError && /node:worker_threads/.test(error.details),
    )
    await allEnded()
  })
})
