// What a thread of Node starts with: makes the global object look as that of a dedicated worker as
// far as worker/scope.ts has it, then loads the worker file, which is the one that pages have.

import { readFile } from 'node:fs/promises'
import { parentPort, workerData } from 'node:worker_threads'

const port = parentPort
if (port === null) throw new Error('this file is for the threads that forerun starts')
const { url } = workerData as { url: string }

// Node's own knows no files.
const fetchOnline = globalThis.fetch
const fetchAlsoFiles: typeof fetch = async (input, init) => {
  if (typeof input !== 'string' || !input.startsWith('file:')) return fetchOnline(input, init)
  const bytes = await readFile(new URL(input))
  return new Response(bytes, { headers: { 'content-length': String(bytes.byteLength) } })
}

const scope: { onmessage: ((event: { data: unknown }) => void) | null } = Object.assign(
  globalThis as object,
  {
    onmessage: null,
    postMessage: (message: unknown): void => port.postMessage(message),
    location: { href: url },
    // What isolation stands for, shared memory, is always there.
    crossOriginIsolated: true,
    fetch: fetchAlsoFiles,
  },
)

await import(url)

// Only now: messages wait until somebody listens, and the worker file has to be there for them.
port.on('message', (data: unknown) => scope.onmessage?.({ data }))
port.on('messageerror', (error: unknown) => {
  throw error
})
