// Runs in the browser: simulates bundles one after another with the package as it is, and looks at the
// WebAssembly memory that its workers share.

import { createSimulator, snapshot } from '/dist/index.js'
import { bundleOf, isWhole } from './bundles.js'

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
    return simulator.memory.bytes
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
