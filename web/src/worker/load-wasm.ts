// Fetching and compiling the wasm file, with an error that says what is wrong with the file.

import type { WireError } from '../protocol.js'

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

/** Fetches and compiles; streams where the MIME type allows it. */
export async function loadWasm(url: string): Promise<WebAssembly.Module> {
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
  try {
    // Without parameters: a streaming compiler refuses even a charset.
    if (/^application\/wasm$/i.test(contentType.trim()))
      return await WebAssembly.compileStreaming(response)
    // A server that does not know the type still works as long as the bytes are wasm; a page of
    // HTML, which many servers send in place of a missing file, is told apart by its first bytes.
    const bytes = await response.arrayBuffer()
    if (!isWasm(bytes)) throw failure(url, 'the file holds no WebAssembly', served)
    return await WebAssembly.compile(bytes)
  } catch (error) {
    if (error instanceof WireFailure) throw error
    throw failure(url, String(error), served)
  }
}

/** Runs the glue's instantiation; a wasm file of another build than the worker file fails here. */
export function instantiate(url: string, start: () => unknown): void {
  try {
    start()
  } catch (error) {
    if (error instanceof WebAssembly.LinkError)
      throw failure(
        url,
        `worker file and WebAssembly file are of different builds, one may be a stale copy: ${String(error)}`,
      )
    throw failure(url, String(error))
  }
}

const isWasm = (bytes: ArrayBuffer): boolean => {
  const [a, b, c, d] = new Uint8Array(bytes, 0, Math.min(4, bytes.byteLength))
  return a === 0x00 && b === 0x61 && c === 0x73 && d === 0x6d
}
