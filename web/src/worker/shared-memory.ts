// The one memory all threads share. Some browsers reserve the maximum up front and refuse a large
// one, sometimes only after some reloads; so it is asked for again, halved each time.

import { WireFailure } from './load-wasm.js'

// The fewest pages the threaded build starts with; written in by the build, which reads it from
// the wasm file.
declare const __FORERUN_INITIAL_PAGES__: number

// 256 MiB: below that real blocks do not fit, and one thread without the limit serves better.
const leastMaximumPages = 4_096

/** Makes the shared memory, or throws the reason to fall back. */
export function createSharedMemory(maximumPages: number): WebAssembly.Memory {
  let maximum = maximumPages
  for (;;) {
    try {
      return new WebAssembly.Memory({ initial: __FORERUN_INITIAL_PAGES__, maximum, shared: true })
    } catch (error) {
      const outOfRoom = error instanceof RangeError
      const half = Math.floor(maximum / 2)
      if (!outOfRoom || half < leastMaximumPages)
        throw new WireFailure({
          code: 'THREADS_UNAVAILABLE',
          message: 'no shared memory',
          reason: outOfRoom ? 'memory' : 'no-atomics',
          details: `${maximum} pages: ${String(error)}`,
        })
      maximum = half
    }
  }
}
