// A wasm file, by its place or by its content. Page and worker share this.

import type { Build } from './protocol.js'

/** A wasm file: where it is, or what is in it. */
export type WasmFile = {
  /** Its URL; where the content was handed over, the parameter that it came by. Errors name it. */
  url: string
  content?: Uint8Array<ArrayBuffer> | WebAssembly.Module | undefined
}

/** Whether bytes begin as a wasm file does. */
export const isWasm = ([a, b, c, d]: Uint8Array): boolean =>
  a === 0x00 && b === 0x61 && c === 0x73 && d === 0x6d

/** Only the threaded build has its memory from outside. */
export const buildOf = (module: WebAssembly.Module): Build =>
  WebAssembly.Module.imports(module).some(({ kind }) => kind === 'memory') ? 'threads' : 'single'
