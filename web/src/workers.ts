// Making workers, and finding out why one did not come up. A worker that fails to load fires an
// `error` event that says nothing at all, so the facts have to be asked for.

import { StartError } from './errors/life-cycle.js'
import type { StartStep } from './protocol.js'

/** The part of a Worker that forerun uses; tests put a fake in its place. */
export type WorkerLike = {
  postMessage(message: unknown): void
  terminate(): void
  onmessage: ((event: MessageEvent) => void) | null
  onmessageerror: ((event: MessageEvent) => void) | null
  onerror: ((event: ErrorEvent) => void) | null
  /** Where there is a process that would end when nothing is under way: keeps it alive, or not. */
  ref?(): void
  unref?(): void
}

/** Makes a worker from a URL; the name is what developer tools show. */
export type CreateWorker = (url: string, name: string) => WorkerLike

/** What a worker is to be made with: options of a browser's `Worker`, or of Node's. */
export type WorkerFactoryOptions = {
  /** What developer tools show. */
  name: string
  /** In browsers. */
  type?: 'module'
  /** In Node. */
  workerData?: unknown
  /** In Node. */
  execArgv?: string[]
}

/** A browser's `Worker`, or one of `node:worker_threads` in Node. */
export type MadeWorker = {
  /** Sends it a message. */
  postMessage(message: unknown): void
  /** Ends it. */
  terminate(): unknown
}

/** Makes a worker that runs the file at `url`. */
export type WorkerFactory = (url: URL, options: WorkerFactoryOptions) => MadeWorker

/** Makes module workers by way of a factory. */
export const createModuleWorkerBy =
  (factory: WorkerFactory): CreateWorker =>
  (url, name) => {
    const worker = factory(new URL(url), { type: 'module', name })
    if (typeof worker?.postMessage !== 'function' || typeof worker.terminate !== 'function')
      throw new TypeError('createWorker returned no worker')
    return worker as WorkerLike
  }

/** Makes a real module worker. */
export const createModuleWorker = createModuleWorkerBy((url, options) => new Worker(url, options))

/** Asks for a file's status and MIME type, for the text of an error only. */
export type Inspect = (
  url: string,
) => Promise<{ status?: number | undefined; contentType?: string | undefined }>

// Long enough for a slow server, short enough not to delay an error much.
const inspectLimit = 3_000

/** Asks the server of `url`; a failure to find out is an answer without facts, never an error. */
export const inspectByFetch: Inspect = async (url) => {
  const limit = new AbortController()
  const timer = setTimeout(() => limit.abort(), inspectLimit)
  try {
    const response = await fetch(url, { signal: limit.signal })
    await response.body?.cancel()
    return { status: response.status, contentType: response.headers.get('content-type') ?? '' }
  } catch {
    return {}
  } finally {
    clearTimeout(timer)
  }
}

/** What an `error` event of a worker says, if it says anything. */
export const describeErrorEvent = (event: {
  message?: string
  filename?: string
  lineno?: number
}): string | undefined => {
  if (event.message === undefined || event.message === '') return undefined
  return event.filename === undefined || event.filename === ''
    ? event.message
    : `${event.message} (${event.filename}:${event.lineno ?? 0})`
}

/** Stops an event of ours from also being reported as an uncaught error of the page. */
export const silence = (event: { preventDefault?: () => void }): void => event.preventDefault?.()

/** The error for a worker that failed before it said a word. */
export async function explainLoadFailure(
  facts: { step: StartStep; url: string; said: string | undefined },
  inspect: Inspect,
): Promise<StartError> {
  const { step, url, said } = facts
  const served = await inspect(url)
  const details =
    said ??
    (served.status !== undefined && served.status >= 400
      ? 'the file is missing'
      : served.contentType !== undefined && !/javascript|ecmascript/i.test(served.contentType)
        ? 'the file is not served as JavaScript'
        : 'the browser gave no reason: the file may not be a valid script, a Content-Security-Policy (worker-src) may forbid it, or it may lack the header Cross-Origin-Embedder-Policy')
  return new StartError({ step, url, ...served }, { details })
}
