// Runs in the browser: watches how long the page's own thread is busy at a time while a simulator works.

import { createSimulator, snapshot } from '/dist/index.js'
import { offer } from '/support/page/operations.js'

const tick = 5

/**
 * What `work` resolves to, and for how long nothing else could run at most, in milliseconds: by a ticker,
 * and by what the browser says of tasks of 50 ms and more, where it says anything.
 */
async function watched(work) {
  const tasks = []
  const observer = new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) tasks.push(duration)
  })
  const isObserved = PerformanceObserver.supportedEntryTypes.includes('longtask')
  if (isObserved) observer.observe({ type: 'longtask' })
  let longest = 0
  let ticks = 0
  let last = performance.now()
  const look = () => {
    const now = performance.now()
    longest = Math.max(longest, now - last - tick)
    last = now
    ticks++
  }
  const ticker = setInterval(look, tick)
  const start = last
  try {
    const result = await work()
    const milliseconds = performance.now() - start
    // What came after the last tick counts too, and an observer hears of a task when it is over.
    await new Promise((resolve) => setTimeout(resolve, 100))
    return { result, milliseconds, longest, ticks, tasks, isObserved }
  } finally {
    clearInterval(ticker)
    observer.disconnect()
  }
}

/** What a call came to, in numbers that do not depend on the form of the answer. */
const summary = {
  simulateBundle: ({ transactions }) => ({
    transactions: transactions.length,
    logs: transactions.reduce((sum, { logs }) => sum + logs.length, 0),
  }),
  eth_simulateV1: ([{ calls }]) => ({
    transactions: calls.length,
    logs: calls.reduce((sum, { logs }) => sum + logs.length, 0),
  }),
}

const operations = {
  /** Starts a simulator and asks it the same several times; says of each how it went. */
  run: async ({ state, ask, request, count, threads }) => {
    const source = snapshot(state)
    const { result: simulator, ...start } = await watched(() =>
      createSimulator({ source, threads }),
    )
    const call = {
      simulateBundle: () => simulator.simulateBundle(request),
      eth_simulateV1: () => simulator.provider.request({ method: ask, params: request }),
    }[ask]
    const calls = []
    for (let round = 0; round < count; round++) {
      const { result, ...rest } = await watched(call)
      calls.push({ ...rest, ...summary[ask](result) })
    }
    await simulator.dispose()
    return { start, calls }
  },
}

offer(operations)
