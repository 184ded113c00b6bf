// The coordinator: loads one of the two builds, makes the engine, and then serves calls in order.
// While a call runs it is blocked inside wasm (waiting for the pool, or working itself); it never
// waits for another worker by any other means.

import * as singleGlue from '../../../pkg/single/forerun.js'
import * as threadsGlue from '../../../pkg/threads/forerun.js'
import type {
  Action,
  FromCoordinator,
  StartMessage,
  ToCoordinator,
  WireError,
} from '../protocol.js'
import { instantiate, loadWasm, WireFailure } from './load-wasm.js'
import { describeTrap } from './panic.js'
import { scope } from './scope.js'
import { createSharedMemory } from './shared-memory.js'

// The glue's own classes differ by name only; this is what both offer.
type Engine = {
  simulateBundle(request: Uint8Array): unknown
  replayBlock(request: Uint8Array): unknown
}

const post = (message: FromCoordinator): void => scope.postMessage(message)

/** Starts the engine and serves until the worker is terminated. */
export async function coordinate(start: StartMessage): Promise<void> {
  try {
    const engine = await createEngine(start)
    scope.onmessage = (event) => serve(engine, event.data as ToCoordinator)
    post({ type: 'started' })
  } catch (error) {
    post({ type: 'start-failed', error: toWire(error) })
  }
}

const createEngine = async (start: StartMessage): Promise<Engine> => {
  post({ type: 'step', step: 'wasm' })
  if (start.build === 'single') {
    const module = await loadWasm(start.wasmUrl)
    instantiate(start.wasmUrl, () => singleGlue.initSync({ module }))
    singleGlue.installPanicHook()
    post({ type: 'step', step: 'snapshot' })
    return new singleGlue.Engine(start.snapshot, 1)
  }
  // The page was isolated; a worker file served without the header is not.
  if (!scope.crossOriginIsolated)
    throw new WireFailure({
      code: 'THREADS_UNAVAILABLE',
      message: 'the worker is not isolated',
      reason: 'not-isolated',
      details: `the worker file ${scope.location.href} is not served with Cross-Origin-Embedder-Policy`,
    })
  const module = await loadWasm(start.wasmUrl)
  const memory = createSharedMemory(start.maximumPages)
  instantiate(start.wasmUrl, () => threadsGlue.initSync({ module, memory }))
  // One hook for all threads: it lives in the memory they share.
  threadsGlue.installPanicHook()
  post({ type: 'step', step: 'threads' })
  await startThreads(start.threads)
  post({ type: 'step', step: 'snapshot' })
  return new threadsGlue.Engine(start.snapshot, start.threads)
}

/** Has the page start the threads, then builds rayon's pool on them. */
const startThreads = async (threads: number): Promise<void> => {
  scope.__forerunStartWorkers = async (module, memory, builder): Promise<void> => {
    // The threads read the channel inside the builder by its address: it must never be freed.
    held.push(builder)
    const ready = new Promise<void>((resolve) => {
      scope.onmessage = (event): void => {
        if ((event.data as ToCoordinator).type === 'threads-ready') resolve()
      }
    })
    post({ type: 'spawn', module, memory, receiver: builder.receiver() })
    // No time limit here: the page has one, and ends this worker with the start that failed.
    await ready
    builder.build()
  }
  await threadsGlue.initThreadPool(threads)
}

// What must live as long as the worker, see startThreads.
const held: unknown[] = []

const serve = (engine: Engine, message: ToCoordinator): void => {
  if (message.type !== 'call') return
  const { id, action, request } = message
  try {
    post({ type: 'result', id, value: run(engine, action, request) })
  } catch (error) {
    if (isWireError(error)) return post({ type: 'failed', id, error })
    // A trap, a stack overflow: whatever the instance held is undefined now, and the page ends
    // this worker.
    scope.onmessage = null
    post({ type: 'panicked', message: describeTrap(error) })
  }
}

const run = (engine: Engine, action: Action, request: Uint8Array): unknown => {
  switch (action) {
    case 'simulateBundle':
      return engine.simulateBundle(request)
    case 'replayBlock':
      return engine.replayBlock(request)
  }
}

// The engine throws plain objects for everything it foresaw, and nothing else does.
const isWireError = (error: unknown): error is WireError =>
  typeof error === 'object' &&
  error !== null &&
  !(error instanceof Error) &&
  typeof (error as { code?: unknown }).code === 'string'

const toWire = (error: unknown): WireError => {
  if (error instanceof WireFailure) return error.wire
  if (isWireError(error)) return error
  return { code: 'ENGINE', message: 'the engine failed', details: describeTrap(error) }
}
