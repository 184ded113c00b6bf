// The thread with the test module, which has no others: cases run one after the other.

import { readFileSync } from 'node:fs'
import { parentPort } from 'node:worker_threads'
import { loadModule } from './load-module.mjs'

const module = await loadModule()
const threads = 1

const operations = {
  choose: ({ total, sample, seed }) => [...module.choose(total, sample, BigInt(seed))],
  run: ({ kind, path, file, places }) =>
    JSON.parse(module.run(kind, path, readFileSync(file), new Uint32Array(places), threads)),
  nameOf: ({ kind, path, file, place }) =>
    JSON.parse(module.nameOf(kind, path, readFileSync(file), place)),
}

parentPort.on('message', ({ operation, parameters }) => {
  try {
    parentPort.postMessage({ value: operations[operation](parameters) })
  } catch (error) {
    const trapped = error instanceof WebAssembly.RuntimeError || error instanceof RangeError
    if (!trapped) return parentPort.postMessage({ refused: error.message })
    // A panic leaves its words on the global object.
    const words = globalThis.__forerunPanic ?? `${error.name}: ${error.message}`
    parentPort.postMessage({ lost: `panicked: ${words}` })
  }
})
