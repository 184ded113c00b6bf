// Runs in the browser: starts the test module in a worker, on the package's own pool of threads, and
// hands it calls from outside. A panic ends the module; whoever called opens the page again.

import { createSimulator, snapshot } from '/dist/index.js'
import { startPool } from '/dist/pool.js'
import { createModuleWorker, inspectByFetch } from '/dist/workers.js'
import { offer } from '/support/page/operations.js'
import { createAnswers } from './answers.js'

const workerUrl = new URL('./worker.js', import.meta.url).href
const threadsLimit = 30_000

let worker
let threads
let answers
/** The call under way: there is one at a time. */
let pending

const settle = (which, value) => {
  const call = pending
  pending = undefined
  call?.[which](value)
}

const broken = (message) => settle('reject', Object.assign(new Error(message), { name: 'Panic' }))

const call = (message) =>
  new Promise((resolve, reject) => {
    pending = { resolve, reject }
    worker.postMessage(message)
  })

async function spawn({ module, memory, receiver }) {
  try {
    await startPool({
      threads,
      url: workerUrl,
      join: { type: 'join', module, memory, receiver },
      limit: threadsLimit,
      createWorker: createModuleWorker,
      inspect: inspectByFetch,
      onLost: (error) => broken(error.details ?? error.message),
      signal: new AbortController().signal,
    })
    worker.postMessage({ type: 'threads-ready' })
  } catch (error) {
    settle('reject', error)
  }
}

function receive({ data }) {
  switch (data.type) {
    case 'spawn':
      return spawn(data)
    case 'result':
      return settle('resolve', data.value)
    case 'thrown':
      return settle('reject', new Error(data.message))
    case 'panicked':
      return broken(data.message)
  }
}

const operations = {
  start: (options) => {
    threads = options.threads
    worker = createModuleWorker(workerUrl, 'forerun conformance')
    worker.onmessage = receive
    worker.onerror = (event) => broken(event.message ?? 'the worker could not be loaded')
    return call({ type: 'start', threads })
  },
  /** Which of `total` cases a sample takes. */
  choose: (choice) => call({ type: 'choose', ...choice }),
  /** Runs cases of the file at `url`. */
  run: (cases) => call({ type: 'run', ...cases, threads }),
  /** Which case it is at a place of the file at `url`. */
  nameOf: (one) => call({ type: 'nameOf', ...one }),
  /** Imports the chain of JSON-RPC vectors; says what is to be done for each. */
  importVectors: async ({ url }) => {
    await answers?.quit()
    const snapshotOf = async (block) =>
      new TextEncoder().encode(await call({ type: 'snapshotOf', block }))
    answers = createAnswers({ createSimulator, snapshot, snapshotOf, threads })
    return call({ type: 'importVectors', url, threads })
  },
  /** What the package says to the requests of a vector, and what is to be thought of it. */
  runVector: async ({ index, block, requests }) =>
    call({ type: 'judge', index, answers: await answers.ask({ block, requests }) }),
}

offer(operations)
