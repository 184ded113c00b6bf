// Runs in the browser: the package as a page without a bundler uses it, operated from outside.

import { createSimulator, ForerunError, snapshot } from '/dist/index.js'
import { described, offer } from '/support/page/operations.js'

const simulators = new Map()
let last = 0

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

offer(operations, (error) => ({
  ...described(error),
  isForerunError: error instanceof ForerunError,
}))
