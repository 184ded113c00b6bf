// Our own start of the thread pool. The starter that comes with wasm-bindgen-rayon has no error
// path, no time limit and throws its worker handles away; this one
//   - listens for `error` and `messageerror` of each thread from the first moment on,
//   - gives the whole start one time limit,
//   - keeps the handles, so that threads can be ended (and are not garbage collected),
//   - on any failure ends the threads already started and says which file failed, and why.
// Threads are children of the page, not of the coordinator: see protocol.ts.

import type { ForerunError } from './errors/forerun-error.js'
import { EngineError, StartError, TimeoutError, WorkerLostError } from './errors/life-cycle.js'
import { rebuildError } from './errors/rebuild.js'
import { type Locks, newLine, watchLine } from './life-line.js'
import type { FromThread, JoinMessage } from './protocol.js'
import {
  type CreateWorker,
  describeErrorEvent,
  explainLoadFailure,
  type Inspect,
  silence,
  type WorkerLike,
} from './workers.js'

/** The running threads. */
export type Pool = {
  readonly threads: number
  /** Ends every thread at once. A thread blocked in wasm does not notice. */
  terminate(): void
}

/** What {@link startPool} needs. */
export type PoolOptions = {
  threads: number
  url: string
  join: Omit<JoinMessage, 'line'>
  /** Milliseconds all threads together may take. */
  limit: number
  createWorker: CreateWorker
  inspect: Inspect
  /** What tells that a thread is gone, where anything does. */
  locks: Locks | undefined
  /** Called at most once, when a thread dies after the start. */
  onLost: (error: ForerunError) => void
  /** Ends the start from outside; the returned promise then rejects with the signal's reason. */
  signal: AbortSignal
}

/** Starts all threads; resolves when each has joined the shared memory. */
export function startPool(options: PoolOptions): Promise<Pool> {
  const { threads, url, join, limit, createWorker, inspect, locks, signal } = options
  return new Promise((resolve, reject) => {
    const workers: WorkerLike[] = []
    let state: 'starting' | 'running' | 'ended' = 'starting'
    let joined = 0
    const ending = new AbortController()

    const terminate = (): void => {
      state = 'ended'
      ending.abort()
      clearTimeout(timer)
      signal.removeEventListener('abort', abort)
      for (const worker of workers) {
        worker.onmessage = null
        worker.onmessageerror = null
        worker.onerror = null
        worker.terminate()
      }
      workers.length = 0
    }
    const fail = (error: unknown): void => {
      if (state === 'ended') return
      const running = state === 'running'
      terminate()
      if (running) options.onLost(error as ForerunError)
      else reject(error)
    }
    const abort = (): void => fail(signal.reason)
    const timer = setTimeout(
      () => fail(new TimeoutError({ step: 'threads', url, milliseconds: limit })),
      limit,
    )
    if (signal.aborted) return abort()
    signal.addEventListener('abort', abort)

    const receive = (name: string, line: string | undefined, message: FromThread): void => {
      switch (message.type) {
        case 'joined':
          watchLine(line, locks, ending.signal, () =>
            fail(new WorkerLostError({ worker: name }, { details: 'it ended without a word' })),
          )
          joined += 1
          if (joined < threads) return
          state = 'running'
          clearTimeout(timer)
          signal.removeEventListener('abort', abort)
          resolve({ threads, terminate })
          return
        case 'join-failed':
          return fail(rebuildError(message.error))
        case 'panicked':
          return fail(new EngineError({ details: `${name}: ${message.message}` }))
      }
    }

    for (let index = 0; index < threads; index++) {
      const name = `forerun thread ${index + 1}/${threads}`
      let worker: WorkerLike
      try {
        worker = createWorker(url, name)
      } catch (cause) {
        return fail(
          new StartError({ step: 'threads', url }, { details: `${name}: ${String(cause)}`, cause }),
        )
      }
      workers.push(worker)
      const line = locks && newLine()
      worker.onmessage = (event) => receive(name, line, event.data as FromThread)
      worker.onmessageerror = () =>
        fail(
          state === 'running'
            ? new WorkerLostError({ worker: name }, { details: 'a message could not be read' })
            : new StartError(
                { step: 'threads', url },
                { details: `${name}: a message could not be read` },
              ),
        )
      worker.onerror = (event) => {
        silence(event)
        const said = describeErrorEvent(event)
        if (state === 'running')
          return fail(
            new WorkerLostError({ worker: name }, said === undefined ? {} : { details: said }),
          )
        // Finding out why takes a moment; the time limit stays in force meanwhile.
        void explainLoadFailure({ step: 'threads', url, said }, inspect).then(fail)
      }
      try {
        worker.postMessage({ ...join, line })
      } catch (cause) {
        return fail(
          new StartError({ step: 'threads', url }, { details: `${name}: ${String(cause)}`, cause }),
        )
      }
    }
  })
}
