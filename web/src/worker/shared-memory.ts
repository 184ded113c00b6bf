// The one memory all threads share. Some browsers reserve the maximum up front and refuse a large
// one, sometimes only after some reloads; so it is asked for again, halved each time.

import { WireFailure } from './load-wasm.js'

// The fewest pages the threaded build starts with; written in by the build, which reads it from
// the wasm file.
declare const __FORERUN_INITIAL_PAGES__: number

// 256 MiB: below that real blocks do not fit, and one thread without the limit serves better.
const leastMaximumPages = 4_096

// Firefox throws the bare text.
const isLackOfRoom = (error: unknown): boolean =>
  error instanceof RangeError || String(error) === 'out of memory'

/** A memory, and the most pages it may grow to, which the memory itself does not tell. */
export type SharedMemory = { memory: WebAssembly.Memory; maximumPages: number }

/** Makes the shared memory, or throws the reason to fall back. */
export function createSharedMemory(wanted: number): SharedMemory {
  let maximumPages = wanted
  for (;;) {
    try {
      const memory = new WebAssembly.Memory({
        initial: __FORERUN_INITIAL_PAGES__,
        maximum: maximumPages,
        shared: true,
      })
      return { memory, maximumPages }
    } catch (error) {
      const outOfRoom = isLackOfRoom(error)
      if (!outOfRoom || maximumPages <= leastMaximumPages)
        throw new WireFailure({
          code: 'THREADS_UNAVAILABLE',
          message: 'no shared memory',
          reason: outOfRoom ? 'memory' : 'no-atomics',
          details: `${wanted} pages, and ${maximumPages} at last: ${String(error)}`,
        })
      maximumPages = Math.max(leastMaximumPages, Math.floor(maximumPages / 2))
    }
  }
}
