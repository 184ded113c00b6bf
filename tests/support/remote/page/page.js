// Runs in the browser: simulators as a test describes them, operated from outside.

import * as forerun from '/dist/index.js'
import { offer } from '../../page/operations.js'
import { abortAfter, atOnce, disposeAfter, disposeBefore, listen, open, run } from './simulator.js'

const simulators = new Map()
let last = 0

/** What is reported as an uncaught error, which is then nobody else's business. */
const catchReports = (take) => {
  const control = new AbortController()
  const listener = (event) => {
    event.preventDefault()
    take(event.error)
  }
  addEventListener('error', listener, { signal: control.signal })
  return () => control.abort()
}

const operations = {
  open: async (description) => {
    const simulator = await open(forerun, description)
    const id = ++last
    simulators.set(id, simulator)
    return { id, mode: simulator.mode, block: simulator.block }
  },
  run: ({ id, kind, request }) => run(simulators.get(id), kind, request),
  listen: ({ description, ...what }) => listen(forerun, description, what, catchReports),
  setBlock: ({ id, block }) => simulators.get(id).setBlock({ block }),
  abortAfter: ({ id, ...what }) => abortAfter(simulators.get(id), what),
  disposeAfter: ({ id, ...what }) => disposeAfter(simulators.get(id), what),
  request: ({ id, method, params }) => simulators.get(id).provider.request({ method, params }),
  atOnce: ({ id, calls }) => atOnce(simulators.get(id), calls),
  disposeBefore: ({ id, ...what }) => disposeBefore(simulators.get(id), what),
  // Served where a test has libraries ask, see tests/support/provider/bundle.mjs.
  ask: async ({ id, name, facts }) => {
    const { ask } = await import('/questions/questions.js')
    return ask(simulators.get(id).provider, name, facts)
  },
  dispose: ({ id }) => {
    const simulator = simulators.get(id)
    simulators.delete(id)
    return simulator?.dispose()
  },
}

offer(operations)
