// A simulator as a test describes it, in plain data, and what a test does with it: the same in Node
// and on a page, which both hand in the package as they have it.

import { described } from '../../page/operations.js'

/**
 * @typedef {object} Description
 * @property {object} [snapshot] complete state; else it is read from:
 * @property {string[]} [urls] of servers
 * @property {'http' | 'custom'} [via] how they are asked; `custom` asks the first, call by call
 * @property {object} [options] of `http` or `custom`
 * @property {{ type: 'memory' | 'indexedDb' | 'none' }} [cache] with options of that cache beside it
 * All else is for `createSimulator` as it is.
 */

/** @param {Description} description */
export function open(forerun, { snapshot, urls, via = 'http', options, cache, ...rest }) {
  const source =
    snapshot !== undefined
      ? forerun.snapshot(snapshot)
      : via === 'http'
        ? forerun.http(urls, options)
        : forerun.custom(providerOf(urls[0]), options)
  const kept = cache && { cache: cacheOf(forerun, cache) }
  return forerun.createSimulator({ source, ...kept, ...rest })
}

const cacheOf = (forerun, { type, ...options }) => forerun[type](options)

/** A server as a provider, as a wallet is that hands all questions on, errors included. */
export const providerOf = (url, limit = 2_000) => ({
  async request({ method, params = [] }) {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
      // Nobody can tell a provider to give up; browsers have six connections to a server.
      signal: AbortSignal.timeout(limit),
    })
    const { result, error } = await response.json()
    if (error) throw Object.assign(new Error(error.message), error)
    return result
  },
})

/** Runs a request of either kind. */
export const run = (simulator, kind, request) =>
  kind === 'block' ? simulator.replayBlock(request) : simulator.simulateBundle(request)

/**
 * Opens a simulator, runs a request and moves to the latest block, and says what listeners heard of it:
 * one of the simulator and one of each call, which `throws` if that is wanted, and without which nothing
 * is heard at all. `catchReports` has a function called with what is reported meanwhile, and returns one
 * that ends that.
 */
export async function listen(forerun, description, { kind, request, throws }, catchReports) {
  const heard = { all: [], call: [], move: [], reports: [] }
  const to = (name) => (progress) => {
    heard[name].push(progress)
    if (throws) throw new Error(`a bug of a listener (${name})`)
  }
  const release = catchReports((error) => heard.reports.push(error.message))
  const simulator = await open(forerun, { ...description, onProgress: to('all') })
  try {
    const result = await run(simulator, kind, { ...request, onProgress: to('call') })
    const block = await simulator.setBlock({ block: 'latest', onProgress: to('move') })
    return { heard, result, block }
  } finally {
    await simulator.dispose()
    release()
  }
}

/**
 * Runs a request that is aborted after so many milliseconds, and says what it was rejected with, or
 * that it was not, and how long that took from the abort on.
 */
export async function abortAfter(simulator, { kind, request, milliseconds }) {
  const control = new AbortController()
  const reason = new Error('enough')
  const call = run(simulator, kind, { ...request, signal: control.signal }).then(
    () => 'a result',
    (error) => (error === reason ? 'the reason' : String(error)),
  )
  await new Promise((resolve) => setTimeout(resolve, milliseconds))
  const aborted = performance.now()
  control.abort(reason)
  const outcome = await call
  return { outcome, milliseconds: performance.now() - aborted }
}

/** Disposes of a simulator so long after a request began, and says what became of the request. */
export async function disposeAfter(simulator, { kind, request, milliseconds }) {
  const call = run(simulator, kind, request).then(
    () => 'a result',
    (error) => error.code,
  )
  await new Promise((resolve) => setTimeout(resolve, milliseconds))
  await simulator.dispose()
  return call
}

/** Calls that are made at once, each `[method, params]` of the provider or `['setBlock', block]`. */
export const atOnce = (simulator, calls) =>
  Promise.all(
    calls.map(([method, what]) =>
      method === 'setBlock'
        ? simulator.setBlock({ block: what })
        : simulator.provider.request({ method, params: what }),
    ),
  )

/**
 * Asks what is not answered, then something that is, and disposes of the simulator: what the second
 * was answered with, and what the first and one more were rejected with.
 */
export async function disposeBefore(simulator, { first, second }) {
  const rejection = ([method, params]) =>
    simulator.provider.request({ method, params }).then(() => 'a result', described)
  const unanswered = rejection(first)
  const [answer] = await atOnce(simulator, [second])
  await simulator.dispose()
  return { answer, unanswered: await unanswered, later: await rejection(second) }
}
