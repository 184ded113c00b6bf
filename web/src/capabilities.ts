// Can this realm run the threaded build? Tested by what is needed, never by the browser's name.

import type { ThreadsObstacle } from './protocol.js'

// The smallest module that uses shared memory: one shared memory of one page and one function
// that loads atomically from it. A browser without wasm threads refuses to validate it.
// biome-ignore format: a line a section
const sharedMemoryModule: readonly number[] = [
  0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, // magic, version 1
  0x01, 0x04, 0x01, 0x60, 0x00, 0x00, // types: () -> ()
  0x03, 0x02, 0x01, 0x00, // functions: one of type 0
  0x05, 0x04, 0x01, 0x03, 0x01, 0x01, // memory: shared, initial 1, maximum 1
  0x0a, 0x0b, 0x01, 0x09, 0x00, // code: one body of nine bytes, no locals
  0x41, 0x00, 0xfe, 0x10, 0x02, 0x00, 0x1a, 0x0b, // i32.const 0, i32.atomic.load, drop, end
]

/** The globals that decide; a parameter so that a test can take each away. */
export type Realm = {
  crossOriginIsolated?: boolean | undefined
  SharedArrayBuffer?: unknown
  WebAssembly?: { validate(bytes: Uint8Array<ArrayBuffer>): boolean } | undefined
}

/** The first thing that stands in the way of threads in this realm, or `undefined`. */
export function threadsObstacle(realm: Realm = globalThis): ThreadsObstacle | undefined {
  if (realm.crossOriginIsolated !== true) return 'not-isolated'
  if (typeof realm.SharedArrayBuffer === 'undefined') return 'no-atomics'
  if (realm.WebAssembly?.validate(Uint8Array.from(sharedMemoryModule)) !== true) return 'no-atomics'
  return undefined
}
