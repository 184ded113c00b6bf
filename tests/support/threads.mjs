// Every thread that this process starts from here on, for tests that look for them or end them. Has to
// be imported before whatever starts threads.

import { createRequire, syncBuiltinESMExports } from 'node:module'

const module = createRequire(import.meta.url)('node:worker_threads')

/** The threads that run, by their names. */
export const running = new Map()

module.Worker = class extends module.Worker {
  constructor(file, options) {
    super(file, options)
    running.set(options.name, this)
    this.once('exit', () => {
      if (running.get(options.name) === this) running.delete(options.name)
    })
  }
}
syncBuiltinESMExports()
