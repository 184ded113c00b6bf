// Decides which build to start, and falls back to the single-threaded one, saying why, when threads
// cannot be had.

import type { Checked } from './check-parameters.js'
import { StartError, ThreadsUnavailableError, TimeoutError } from './errors/life-cycle.js'
import type { Locks } from './life-line.js'
import { type ReportError, together } from './progress.js'
import type { Build, ThreadsObstacle } from './protocol.js'
import { Session } from './session.js'
import type { FallbackReason } from './simulator.js'
import type { Start, Started } from './supervisor.js'
import type { CreateWorker, Inspect, WorkerFactory } from './workers.js'

/** What a start takes from its surroundings; tests put fakes in their place. */
export type Surroundings = {
  createWorker: CreateWorker
  /** As `createWorker`, by a factory of the caller's. */
  createWorkerBy: (factory: WorkerFactory) => CreateWorker
  inspect: Inspect
  threadsObstacle: () => ThreadsObstacle | undefined
  cores: () => number
  locks: () => Locks | undefined
  /** Says what a listener of ours threw, to whom it may concern. */
  report: ReportError
}

/** How engines are started with these parameters. */
export const starter = (surroundings: Surroundings, checked: Checked): Start => {
  const { files } = checked
  // What a caller's own factory made need not be the file at this URL, so nobody is asked about it.
  const { createWorker, inspect } =
    files.createWorker === undefined
      ? surroundings
      : {
          createWorker: surroundings.createWorkerBy(files.createWorker),
          inspect: async () => ({}),
        }
  const onProgress = together([checked.onProgress], surroundings.report)
  return async (block, signal) => {
    const deadline = performance.now() + checked.startTimeout
    // Another engine goes on where the one before stood.
    const remote = block === undefined ? checked.remote : { ...checked.remote, block: block.hash }
    const start = (build: Build): Promise<Session> =>
      Session.start({
        build,
        threads: build === 'threads' ? checked.threads : 1,
        workerUrl: files.workerUrl,
        wasm: files.wasm[build],
        maximumPages: checked.maximumPages,
        state: checked.state,
        provider: checked.provider,
        remote,
        limit: Math.max(0, deadline - performance.now()),
        startTimeout: checked.startTimeout,
        signal,
        onProgress,
        createWorker,
        inspect,
        locks: surroundings.locks(),
      })
    const single = async (fallbackReason: FallbackReason): Promise<Started> => ({
      session: await start('single'),
      mode: 'single',
      fallbackReason,
      threads: 1,
    })

    if (checked.threads === 1) return single(checked.automatic ? 'one-core' : 'single-requested')
    const obstacle = surroundings.threadsObstacle()
    if (obstacle !== undefined) {
      if (checked.requireThreads) throw new ThreadsUnavailableError({ reason: obstacle })
      return single(obstacle)
    }
    try {
      const session = await start('threads')
      return { session, mode: 'threads', fallbackReason: undefined, threads: checked.threads }
    } catch (error) {
      const reason = fallbackAfter(error)
      if (reason === undefined || checked.requireThreads) throw error
      return single(reason)
    }
  }
}

// Only what concerns threads alone may fall back. A missing file is a fault of the deployment:
// to hide it would cost every visitor the threads, and nobody would know.
const fallbackAfter = (error: unknown): ThreadsObstacle | undefined => {
  if (error instanceof ThreadsUnavailableError) return error.reason
  if ((error instanceof StartError || error instanceof TimeoutError) && error.step === 'threads')
    return 'worker-failed'
  return undefined
}
