// Every thread that this process starts from here on, for tests that look for them or end them. Has to
// be imported before whatever starts threads.

import { createRequire, syncBuiltinESMExports } from 'node:module'
import { setTimeout as wait } from 'node:timers/promises'

const module = createRequire(import.meta.url)('node:worker_threads')

/** The threads that run, and their names. */
export const running = new Map()

module.Worker = class extends module.Worker {
  constructor(file, options) {
    super(file, options)
    running.set(this, options.name)
    this.once('exit', () => running.delete(this))
  }
}
syncBuiltinESMExports()

/** The one thread of this name. */
export const threadNamed = (name) => [...running].find(([, its]) => its === name)[0]

/** Waits until all threads have ended. */
export async function allEnded() {
  const until = performance.now() + 10_000
  while (running.size > 0) {
    if (performance.now() > until)
      throw new Error(`still there: ${[...running.values()].join(', ')}`)
    await wait(5)
  }
}
