// Where the worker file and the wasm files come from, if not from beside the package: what a caller
// may say about it, and the check of it. Bundlers that do not know `new URL(…, import.meta.url)`, and
// policies that forbid what it leads to, make this necessary.

import { defaultSingleWasmUrl, defaultThreadsWasmUrl, defaultWorkerUrl } from './assets.js'
import { InvalidRequestError } from './errors/request.js'
import type { Build } from './protocol.js'
import { buildOf, isWasm, type WasmFile } from './wasm-file.js'
import type { WorkerFactory } from './workers.js'

/**
 * One for each build; the file of a build that is left out is the one beside this module. One alone,
 * not in an object, is for the only build that may start: the single-threaded one with `threads: 1`,
 * the threaded one with `requireThreads: true`.
 */
export type ForBuilds<T> =
  | T
  | {
      /** For the threaded build. */
      threads?: T | undefined
      /** For the single-threaded build. */
      single?: T | undefined
    }

/** The wasm files: by URL, as bytes, or compiled; one of these. */
export type WasmOptions =
  | {
      /** Where the wasm files are. */
      wasmUrl?: ForBuilds<string | URL> | undefined
      /** Not together with `wasmUrl`. */
      wasmBytes?: undefined
      /** Not together with `wasmUrl`. */
      wasmModule?: undefined
    }
  | {
      /** What is in the wasm files. The bytes are copied. */
      wasmBytes: ForBuilds<Uint8Array | ArrayBuffer>
      /** Not together with `wasmBytes`. */
      wasmUrl?: undefined
      /** Not together with `wasmBytes`. */
      wasmModule?: undefined
    }
  | {
      /** The wasm files, compiled, for instance once for several simulators. */
      wasmModule: ForBuilds<WebAssembly.Module>
      /** Not together with `wasmModule`. */
      wasmUrl?: undefined
      /** Not together with `wasmModule`. */
      wasmBytes?: undefined
    }

/** Where the files come from; what is left out is beside this module. */
export type FileOptions = WasmOptions & {
  /** Where the worker file is. It must be of the page's own origin, or of one that `createWorker` can use. */
  workerUrl?: string | URL | undefined
  /**
   * Makes a worker that runs the worker file: the coordinator, and each thread of the pool. For bundlers
   * that want to see `new Worker(new URL('forerun/worker.js', import.meta.url))`, and for pages whose
   * Content-Security-Policy demands a Trusted Type. It is given the URL of the worker file, which it may
   * leave aside for another copy of the same file, and the options to make it with. In Node, where the
   * worker is one of `node:worker_threads`, URL and options have to be used as they are.
   *
   * @example
   * ```ts no_run
   * import { createSimulator, snapshot } from 'forerun'
   *
   * const simulator = await createSimulator({
   *   source: snapshot({ chainId: 1, fork: 'OSAKA', accounts: {} }),
   *   createWorker: (url, options) => new Worker(url, options),
   * })
   * await simulator.dispose()
   * ```
   */
  createWorker?: WorkerFactory | undefined
}

/** The files, with all that was left out filled in. */
export type Files = {
  workerUrl: string
  createWorker: WorkerFactory | undefined
  wasm: Record<Build, WasmFile>
}

const defaults: Record<Build, () => URL> = {
  threads: defaultThreadsWasmUrl,
  single: defaultSingleWasmUrl,
}

/** Checks where files come from. `only` is the build that starts, where no other can. */
export function checkFiles(options: FileOptions, only: Build | undefined): Files {
  const { workerUrl, createWorker } = options
  if (createWorker !== undefined && typeof createWorker !== 'function')
    throw refused('createWorker', createWorker, 'not a function')
  return {
    workerUrl: workerUrl === undefined ? defaultWorkerUrl().href : absolute('workerUrl', workerUrl),
    createWorker,
    wasm: wasmFiles(options, only),
  }
}

type WasmOption = 'wasmUrl' | 'wasmBytes' | 'wasmModule'

/** The file that the value of an option stands for; what is none is refused. */
const readers: Record<WasmOption, (value: unknown, field: string, build: Build) => WasmFile> = {
  wasmUrl: (value, field) => ({ url: absolute(field, value) }),
  wasmBytes: (value, field) => {
    if (!isBytes(value)) throw refused(field, value, 'not a Uint8Array or an ArrayBuffer')
    const bytes = copyOf(value)
    if (!isWasm(bytes)) throw refused(field, describe(value), 'no WebAssembly')
    return { url: field, content: bytes }
  },
  wasmModule: (value, field, build) => {
    if (!(value instanceof WebAssembly.Module))
      throw refused(field, value, 'not a WebAssembly.Module')
    if (buildOf(value) !== build) throw refused(field, value, `not the module of build "${build}"`)
    return { url: field, content: value }
  },
}

function wasmFiles(options: FileOptions, only: Build | undefined): Record<Build, WasmFile> {
  const given = (Object.keys(readers) as WasmOption[]).filter((name) => options[name] !== undefined)
  const [name, another] = given
  if (another !== undefined)
    throw refused(another, describe(options[another]), `${name} is given already`)
  const files: Record<Build, WasmFile> = {
    threads: { url: defaults.threads().href },
    single: { url: defaults.single().href },
  }
  if (name === undefined) return files
  const value = options[name]
  if (isOne(value)) {
    if (only === undefined)
      throw refused(
        name,
        describe(value),
        'which build it is for is not said: give { threads, single }, or threads: 1 or requireThreads: true',
      )
    files[only] = readers[name](value, name, only)
    return files
  }
  for (const [build, one] of Object.entries(value as Record<string, unknown>)) {
    const field = `${name}.${build}`
    if (!Object.hasOwn(files, build)) throw refused(field, describe(one), 'unknown field')
    if (one !== undefined) files[build as Build] = readers[name](one, field, build as Build)
  }
  return files
}

// Everything but a plain object stands for one file, also what is none, such as a promise of a module,
// and is then refused as that.
const isOne = (value: unknown): boolean =>
  typeof value !== 'object' ||
  value === null ||
  ![Object.prototype, null].includes(Object.getPrototypeOf(value))

const isBytes = (value: unknown): value is Uint8Array | ArrayBuffer =>
  value instanceof Uint8Array || value instanceof ArrayBuffer

// An engine may be started again when the caller has long since reused the buffer.
const copyOf = (bytes: Uint8Array | ArrayBuffer): Uint8Array<ArrayBuffer> =>
  new Uint8Array(bytes instanceof ArrayBuffer ? bytes.slice(0) : bytes)

// Absolute, because the worker resolves a relative URL against its own place, not the page's.
const absolute = (field: string, given: unknown): string => {
  try {
    if (typeof given === 'string' || given instanceof URL)
      return new URL(given, globalThis.location?.href).href
  } catch {
    // Refused below, like whatever else is not a URL.
  }
  throw refused(field, given instanceof URL ? given.href : given, 'not a URL')
}

const refused = (field: string, value: unknown, reason: string): InvalidRequestError =>
  new InvalidRequestError({ field, value, reason })

// A file's content in an error would help nobody.
const describe = (value: unknown): unknown => (isBytes(value) ? `${value.byteLength} bytes` : value)
