// Runs in the browser: the package as a page without a bundler uses it, operated from outside.

import { createSimulator, ForerunError, snapshot } from '/dist/index.js'

const simulators = new Map()
let last = 0

const pack = (value) =>
  JSON.stringify(value, (_, entry) =>
    typeof entry === 'bigint' ? { $bigint: entry.toString() } : entry,
  )
const unpack = (text) =>
  JSON.parse(text, (_, entry) =>
    entry !== null && typeof entry === 'object' && typeof entry.$bigint === 'string'
      ? BigInt(entry.$bigint)
      : entry,
  )

const described = (error) => ({
  ...error,
  name: error?.name,
  message: String(error?.message ?? error),
  isForerunError: error instanceof ForerunError,
})

const operations = {
  environment: async () => ({
    isolated: self.crossOriginIsolated,
    cores: navigator.hardwareConcurrency,
  }),
  /** The snapshot is given, or fetched from `stateUrl`. */
  create: async ({ state, stateUrl, ...options }) => {
    const source = stateUrl ? new Uint8Array(await (await fetch(stateUrl)).arrayBuffer()) : state
    const simulator = await createSimulator({ source: snapshot(source), ...options })
    const id = ++last
    simulators.set(id, simulator)
    const { mode, threads, fallbackReason } = simulator
    return { id, mode, threads, fallbackReason }
  },
  simulateBundle: async ({ id, ...request }) => simulators.get(id).simulateBundle(request),
  /** The request is fetched, since blocks are large. */
  replayBlock: async ({ id, requestUrl, ...options }) => {
    const request = requestUrl ? await (await fetch(requestUrl)).json() : {}
    return simulators.get(id).replayBlock({ ...request, ...options })
  },
  dispose: async ({ id }) => {
    await simulators.get(id).dispose()
  },
  /** A call that is under way when the simulator is disposed of. */
  disposeDuringCall: async ({ id, ...request }) => {
    const simulator = simulators.get(id)
    const call = simulator.simulateBundle(request)
    await simulator.dispose()
    return call
  },
}

/** Never rejects: an error is an answer too. */
window.perform = async (operation, parameters) => {
  try {
    const value = await operations[operation](unpack(parameters))
    return pack({ value })
  } catch (error) {
    return pack({ error: described(error) })
  }
}

document.documentElement.dataset.ready = 'yes'
