// Errors about the engine itself: it did not start, it died, it was disposed of, it has a bug.

import type { StartStep, ThreadsObstacle } from '../protocol.js'
import { ForerunError, type ForerunErrorOptions } from './forerun-error.js'

const stepWords: Record<StartStep, string> = {
  worker: 'the worker file could not be loaded or run',
  wasm: 'the WebAssembly file could not be loaded',
  threads: 'the pool of threads could not be started',
  block: 'the block could not be found',
  snapshot: 'the snapshot could not be read',
}

/** A start-up step failed: a file that is missing, of the wrong kind, or forbidden. */
export class StartError extends ForerunError {
  readonly code = 'START_FAILED'
  /** The step that failed. */
  readonly step: StartStep
  /** The file concerned. */
  readonly url: string
  /** HTTP status of that file, where it could be found out. */
  readonly status: number | undefined
  /** MIME type of that file, where it could be found out. */
  readonly contentType: string | undefined

  constructor(
    facts: {
      step: StartStep
      url: string
      status?: number | undefined
      contentType?: string | undefined
    },
    options: ForerunErrorOptions = {},
  ) {
    const served = [
      facts.status === undefined ? [] : [`status ${facts.status}`],
      facts.contentType === undefined ? [] : [`content type ${facts.contentType || 'none'}`],
    ].flat()
    super(
      `forerun could not start: ${stepWords[facts.step]} (${facts.url}${served.map((fact) => `, ${fact}`).join('')}).`,
      options,
    )
    this.name = 'StartError'
    this.step = facts.step
    this.url = facts.url
    this.status = facts.status
    this.contentType = facts.contentType
  }
}

/** A start-up step did not end within the time limit; everything begun was stopped. */
export class TimeoutError extends ForerunError {
  readonly code = 'TIMEOUT'
  /** The step that was under way. */
  readonly step: StartStep
  /** The file that step waited for; in step `block` the server. */
  readonly url: string
  /** The time limit. */
  readonly milliseconds: number

  constructor(
    facts: { step: StartStep; url: string; milliseconds: number },
    options: ForerunErrorOptions = {},
  ) {
    super(
      `forerun did not start within ${facts.milliseconds} ms: it was still in step "${facts.step}" (${facts.url}).`,
      options,
    )
    this.name = 'TimeoutError'
    this.step = facts.step
    this.url = facts.url
    this.milliseconds = facts.milliseconds
  }
}

const obstacleWords: Record<ThreadsObstacle, string> = {
  'not-isolated':
    'the page is not cross-origin isolated (it needs the headers Cross-Origin-Opener-Policy and Cross-Origin-Embedder-Policy)',
  'no-atomics': 'this browser has no shared WebAssembly memory',
  'worker-failed': 'the pool of threads could not be started',
  memory: 'no shared memory of the wanted size could be reserved',
  'one-core': 'this machine has one core',
}

/** Threads were required (`requireThreads: true`) and cannot be had. */
export class ThreadsUnavailableError extends ForerunError {
  readonly code = 'THREADS_UNAVAILABLE'
  /** Why there are no threads. */
  readonly reason: ThreadsObstacle

  constructor(facts: { reason: ThreadsObstacle }, options: ForerunErrorOptions = {}) {
    super(`Threads are not available: ${obstacleWords[facts.reason]}.`, options)
    this.name = 'ThreadsUnavailableError'
    this.reason = facts.reason
  }
}

/**
 * A worker died. All pending calls were rejected with this error; nothing of them took effect. The next
 * call starts a new engine.
 */
export class WorkerLostError extends ForerunError {
  readonly code = 'WORKER_LOST'
  /** The calls that were pending, in order: the first one ran, the others waited. */
  calls: readonly string[] = []
  /** Which worker died: the coordinator or a thread of the pool. */
  readonly worker: string

  constructor(facts: { worker: string }, options: ForerunErrorOptions = {}) {
    super(`The worker "${facts.worker}" was lost; the next call starts a new engine.`, options)
    this.name = 'WorkerLostError'
    this.worker = facts.worker
  }
}

/** The simulator was disposed of before the call ended or began. */
export class DisposedError extends ForerunError {
  readonly code = 'DISPOSED'

  constructor(options: ForerunErrorOptions = {}) {
    super('The simulator was disposed of.', options)
    this.name = 'DisposedError'
  }
}

/**
 * The engine failed in a way it never should: a bug of forerun, or memory ran out. Where it took the
 * engine with it, all pending calls were rejected with this error, and the next call starts a new one.
 */
export class EngineError extends ForerunError {
  readonly code = 'ENGINE'
  /** The calls that were pending, in order, if the engine is gone: the first ran, the others waited. */
  calls: readonly string[] = []

  constructor(options: ForerunErrorOptions = {}) {
    super('The engine failed.', options)
    this.name = 'EngineError'
  }
}
