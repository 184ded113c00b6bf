// Runs in the browser: modules that allocate, each in a worker and with a pool of threads of its own, by
// turns on one page.

import { startPool } from '/dist/pool.js'
import { createModuleWorker, inspectByFetch } from '/dist/workers.js'

const workerUrl = new URL('./worker.js', import.meta.url).href
const threadsLimit = 30_000

/** Modules by name, each with a way to call it. */
const modules = new Map()

async function open({ name, glue, wasm }, threads) {
  const worker = createModuleWorker(workerUrl, `forerun ${name}`)
  let pending
  const settle = (which, value) => {
    const call = pending
    pending = undefined
    call?.[which](value)
  }
  const call = (message) =>
    new Promise((resolve, reject) => {
      pending = { resolve, reject }
      worker.postMessage(message)
    })
  worker.onerror = (event) =>
    settle('reject', new Error(event.message ?? 'the worker could not be loaded'))
  worker.onmessage = async ({ data }) => {
    if (data.type === 'failed') return settle('reject', new Error(data.message))
    if (data.type === 'result') return settle('resolve', data.value)
    const { module, memory, receiver } = data
    try {
      await startPool({
        threads,
        url: workerUrl,
        join: { type: 'join', glue, module, memory, receiver },
        limit: threadsLimit,
        createWorker: createModuleWorker,
        inspect: inspectByFetch,
        onLost: (error) => settle('reject', error),
        signal: new AbortController().signal,
      })
      worker.postMessage({ type: 'threads-ready' })
    } catch (error) {
      settle('reject', error)
    }
  }
  await call({ type: 'start', glue, wasm, threads })
  modules.set(name, call)
}

const operations = {
  /** Starts modules: `{ name, glue, wasm }` with URLs. */
  load: async ({ variants, threads }) => {
    for (const variant of variants) {
      const absolute = (path) => new URL(path, location.href).href
      await open(
        { ...variant, glue: absolute(variant.glue), wasm: absolute(variant.wasm) },
        threads,
      )
    }
  },
  /**
   * Measures so many turns: nanoseconds a block allocated, by module and then by the number of threads
   * that allocate at once.
   */
  measure: async ({ turns, counts, rounds }) => {
    const found = {}
    for (const name of modules.keys())
      found[name] = Object.fromEntries(counts.map((count) => [count, []]))
    const jobs = [...modules].flatMap(([name, call]) =>
      counts.map((threads) => ({ name, call, threads })),
    )
    for (let turn = 0; turn < turns; turn++)
      for (const place of jobs.keys()) {
        const { name, call, threads } = jobs[(place + turn) % jobs.length]
        found[name][threads].push(await call({ type: 'allocate', threads, rounds }))
      }
    return found
  },
}

/** Never rejects: an error is an answer too. */
window.perform = async (operation, parameters) => {
  try {
    return JSON.stringify({ value: await operations[operation](JSON.parse(parameters)) })
  } catch (error) {
    return JSON.stringify({
      error: { name: error?.name, message: String(error?.message ?? error) },
    })
  }
}

document.documentElement.dataset.ready = 'yes'
