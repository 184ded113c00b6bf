// Runs in the browser: simulates bundles one after another with the package as it is, and looks at the
// WebAssembly memory that its workers share.

import { bundleOf, isWhole } from './bundles.js'

// The package does not show its memory. It goes to each thread of the pool by a message.
let memory
const post = Worker.prototype.postMessage
Worker.prototype.postMessage = function (message, ...rest) {
  if (message?.memory instanceof WebAssembly.Memory) memory = message.memory
  return post.call(this, message, ...rest)
}
const { createSimulator, snapshot } = await import('/dist/index.js')

let simulator
let world

const revive = (value) =>
  JSON.parse(JSON.stringify(value), (_, entry) =>
    entry !== null && typeof entry === 'object' && typeof entry.$bigint === 'string'
      ? BigInt(entry.$bigint)
      : entry,
  )

const operations = {
  /** Starts a simulator with so many threads in a world, see `bundleOf`. */
  start: async ({ state, threads, ...rest }) => {
    simulator = await createSimulator({ source: snapshot(state), threads, requireThreads: true })
    world = revive(rest)
  },
  /** Simulates bundles; returns how large the memory is then, in bytes. */
  run: async ({ from, count }) => {
    for (let n = from; n < from + count; n++) {
      const { transactions } = await simulator.simulateBundle({ transactions: bundleOf(n, world) })
      if (isWhole(n)) continue
      const other = transactions.find(({ status }) => status !== 'success')
      if (other !== undefined)
        throw new Error(`transaction ${other.index} of bundle ${n} ended as ${other.status}`)
    }
    return memory.buffer.byteLength
  },
  stop: () => simulator.dispose(),
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
