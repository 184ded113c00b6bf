// Runs in the browser: simulators whose workers are killed while they work, and calls that are aborted.

import { createSimulator, snapshot } from '/dist/index.js'
import { described, offer } from '/support/page/operations.js'

// Whoever kills a worker behind forerun's back needs to know it.
const workers = []
/** After how many questions the clocks of new workers throw; 0 for never. */
let clocksThrowAfter = 0
const RealWorker = globalThis.Worker
globalThis.Worker = class extends RealWorker {
  constructor(url, options) {
    const throwing = `/page/throwing-worker.js?after=${clocksThrowAfter}`
    super(clocksThrowAfter === 0 ? url : throwing, options)
    workers.push(this)
  }
}

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds))

/** How a call ended, and how long after `since()`. */
const endOf = async (call, since) => {
  try {
    const { transactions } = await call
    return { outputs: transactions.map(({ output }) => output), late: performance.now() - since() }
  } catch (error) {
    return { error: described(error), late: performance.now() - since() }
  }
}

const operations = {
  run: async ({ state, request, threads }) => {
    const simulator = await createSimulator({ source: snapshot(state), threads })
    try {
      const start = performance.now()
      const { outputs } = await endOf(simulator.simulateBundle(request), () => start)
      return { outputs, milliseconds: performance.now() - start, mode: simulator.mode }
    } finally {
      await simulator.dispose()
    }
  },
  /** Kills one worker in the middle of a call, `rounds` times; each time the next call has to be right. */
  kill: async ({ state, request, threads, rounds }) => {
    workers.length = 0
    const simulator = await createSimulator({ source: snapshot(state), threads })
    const ends = []
    for (const { after, worker } of rounds) {
      const alive = workers.splice(0)
      let killed = performance.now()
      const ending = endOf(simulator.simulateBundle(request), () => killed)
      await pause(after)
      killed = performance.now()
      const victim = alive[worker % alive.length]
      RealWorker.prototype.terminate.call(victim)
      const end = await ending
      // Where the call had ended before, nothing but the state tells that the loss was noticed.
      while (simulator.state.status === 'ready' && performance.now() - killed < 20_000)
        await pause(5)
      const noticed = performance.now() - killed
      ends.push({ ...end, noticed, next: await endOf(simulator.simulateBundle(request), () => 0) })
    }
    await simulator.dispose()
    return ends
  },
  /**
   * As `kill`, with a clock that throws in whichever worker is the first to ask it so many times, which
   * may be in this call or in one behind it. All calls up to that one, and one more.
   */
  trap: async ({ state, request, threads, after }) => {
    clocksThrowAfter = after
    const simulator = await createSimulator({ source: snapshot(state), threads })
    clocksThrowAfter = 0
    const ends = []
    do ends.push(await endOf(simulator.simulateBundle({ ...request, timeline: true }), () => 0))
    while (!ends.at(-1).error && ends.length < 3)
    const trapped = ends.at(-1).error !== undefined
    if (trapped) ends.push(await endOf(simulator.simulateBundle(request), () => 0))
    const { status } = simulator.state
    await simulator.dispose()
    return { ends, trapped, status }
  },
  /** Aborts calls after some time; each time the next call has to be right. */
  abort: async ({ state, request, threads, rounds }) => {
    const simulator = await createSimulator({ source: snapshot(state), threads })
    const ends = []
    for (const after of rounds) {
      const abort = new AbortController()
      const reason = new Error(`enough after ${after} ms`)
      let aborted = 0
      const call = simulator.simulateBundle({ ...request, signal: abort.signal })
      const ending = call.then(
        () => ({ settled: 'result' }),
        (error) => ({ settled: error === reason ? 'reason' : described(error) }),
      )
      const timed = ending.then((end) => ({ ...end, late: performance.now() - aborted }))
      await pause(after)
      aborted = performance.now()
      abort.abort(reason)
      const [end, next] = await Promise.all([
        timed,
        endOf(simulator.simulateBundle(request), () => aborted),
      ])
      ends.push({ ...end, next })
    }
    await simulator.dispose()
    return ends
  },
}

offer(operations)
