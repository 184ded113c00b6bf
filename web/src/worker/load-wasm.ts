// Fetching and compiling the wasm file, with an error that says what is wrong with the file.

import type { Build, WireError } from '../protocol.js'
import { buildOf, isWasm, type WasmFile } from '../wasm-file.js'

/** Thrown by worker code with an error that is ready to be posted. */
export class WireFailure extends Error {
  readonly wire: WireError

  constructor(wire: WireError) {
    super(wire.message)
    this.wire = wire
  }
}

const failure = (
  url: string,
  details: string,
  served: { status?: number; contentType?: string } = {},
): WireFailure =>
  new WireFailure({
    code: 'START_FAILED',
    message: 'the wasm file could not be loaded',
    step: 'wasm',
    url,
    details,
    ...served,
  })

/** How much of the file is here, in bytes. */
export type Loading = { loaded: number; total?: number | undefined }

/**
 * Compiles what was handed over, or what the URL leads to, and refuses the other build. `tell` hears
 * how much of what is fetched is here.
 */
export async function loadWasm(
  file: WasmFile,
  build: Build,
  tell?: ((loading: Loading) => void) | undefined,
): Promise<WebAssembly.Module> {
  const module = await compile(file, tell)
  if (buildOf(module) !== build) throw failure(file.url, `the file is not of the build "${build}"`)
  return module
}

async function compile(
  { url, content }: WasmFile,
  tell: ((loading: Loading) => void) | undefined,
): Promise<WebAssembly.Module> {
  if (content === undefined) return fetchWasm(url, tell)
  if (content instanceof WebAssembly.Module) return content
  try {
    return await WebAssembly.compile(content)
  } catch (error) {
    throw failure(url, String(error))
  }
}

/** Fetches and compiles; streams where the MIME type allows it. */
async function fetchWasm(
  url: string,
  tell: ((loading: Loading) => void) | undefined,
): Promise<WebAssembly.Module> {
  let response: Response
  try {
    response = await fetch(url)
  } catch (error) {
    throw failure(url, String(error))
  }
  const contentType = response.headers.get('content-type') ?? ''
  // Node reads it from a file, which has neither.
  const served = url.startsWith('file:') ? {} : { status: response.status, contentType }
  if (!response.ok) throw failure(url, `the server answered ${response.status}`, served)
  // A copy is counted, and the response itself left to the compiler: only by its URL can a browser find
  // again what it has compiled.
  const counting = tell === undefined ? undefined : countBytes(response.clone(), tell)
  try {
    const module = await compileResponse(response, contentType)
    if (module === undefined) throw failure(url, 'the file holds no WebAssembly', served)
    // All of it is here, so this waits for nobody, and what is told of it comes before what follows.
    await counting
    return module
  } catch (error) {
    if (error instanceof WireFailure) throw error
    throw failure(url, String(error), served)
  }
}

/** `undefined` where the bytes are something else. */
const compileResponse = async (
  response: Response,
  contentType: string,
): Promise<WebAssembly.Module | undefined> => {
  // Without parameters: a streaming compiler refuses even a charset.
  if (/^application\/wasm$/i.test(contentType.trim())) return WebAssembly.compileStreaming(response)
  // A server that does not know the type still works as long as the bytes are wasm; a page of
  // HTML, which many servers send in place of a missing file, is told apart by its first bytes.
  const bytes = new Uint8Array(await response.arrayBuffer())
  return isWasm(bytes) ? WebAssembly.compile(bytes) : undefined
}

/** Tells how much of a response is here whenever there is more. */
const countBytes = async (copy: Response, tell: (loading: Loading) => void): Promise<void> => {
  // What a server compresses it counts compressed, while what arrives here is not.
  const length = copy.headers.has('content-encoding') ? null : copy.headers.get('content-length')
  const total = length === null ? undefined : Number(length)
  const reader = copy.body?.getReader()
  let loaded = 0
  try {
    for (;;) {
      const chunk = await reader?.read()
      if (chunk === undefined || chunk.done) return
      loaded += chunk.value.byteLength
      tell({ loaded, total })
    }
  } catch {
    // Whoever compiles the file meets the same error and says what it is.
  }
}

/** Runs the glue's instantiation; a wasm file of another build than the worker file fails here. */
export function instantiate<T>(url: string, start: () => T): T {
  try {
    return start()
  } catch (error) {
    if (error instanceof WebAssembly.LinkError)
      throw failure(
        url,
        `worker file and WebAssembly file are of different builds, one may be a stale copy: ${String(error)}`,
      )
    throw failure(url, String(error))
  }
}
