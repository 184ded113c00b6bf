// A worker that does what a test tells it to.

import type { FromCoordinator, FromThread, WireError } from '../src/protocol.js'
import type { Surroundings } from '../src/start.js'
import { createModuleWorkerBy, type WorkerLike } from '../src/workers.js'

type Posted = { type: string; [field: string]: unknown }

export class FakeWorker implements WorkerLike {
  onmessage: WorkerLike['onmessage'] = null
  onmessageerror: WorkerLike['onmessageerror'] = null
  onerror: WorkerLike['onerror'] = null
  terminated = false
  readonly posted: Posted[] = []

  constructor(
    readonly url: string,
    readonly name: string,
    readonly behaviour: (worker: FakeWorker, message: Posted) => void,
    readonly log: string[],
  ) {}

  postMessage(message: unknown): void {
    const posted = message as Posted
    this.posted.push(posted)
    // A real worker answers later, never inside postMessage.
    queueMicrotask(() => {
      if (!this.terminated) this.behaviour(this, posted)
    })
  }

  terminate(): void {
    this.terminated = true
    this.log.push(`terminate ${this.name}`)
  }

  say(message: FromCoordinator | FromThread): void {
    this.onmessage?.({ data: message } as MessageEvent)
  }

  die(event: { message?: string; filename?: string; lineno?: number } = {}): void {
    this.onerror?.(event as ErrorEvent)
  }
}

export type Behaviours = {
  /** What the coordinator does with a message; by default it starts and answers nothing. */
  coordinator?: (worker: FakeWorker, message: Posted) => void
  /** What the n-th thread (from 0) does with a message; by default it joins. */
  thread?: (worker: FakeWorker, message: Posted, index: number) => void
}

/** A coordinator that goes through all steps of a start. */
export const startsWell = (worker: FakeWorker, message: Posted): void => {
  if (message.type === 'start') {
    worker.say({ type: 'step', step: 'wasm' })
    if (message.build === 'single') return worker.say({ type: 'started' })
    worker.say({ type: 'step', step: 'threads' })
    worker.say({
      type: 'spawn',
      module: {} as WebAssembly.Module,
      memory: {} as WebAssembly.Memory,
      receiver: 7,
    })
  }
  if (message.type === 'threads-ready') worker.say({ type: 'started' })
}

/** Fails a start with an error as a worker would send it. */
export const failsWith =
  (error: WireError) =>
  (worker: FakeWorker, message: Posted): void => {
    if (message.type === 'start') worker.say({ type: 'start-failed', error })
  }

/** Surroundings full of fakes, and the record of what happened in them. */
export function fakeSurroundings(
  behaviours: Behaviours = {},
  rest: Partial<Surroundings> = {},
): {
  surroundings: Surroundings
  workers: FakeWorker[]
  log: string[]
  running: () => string[]
  /** What was reported. */
  reports: unknown[]
} {
  const workers: FakeWorker[] = []
  const log: string[] = []
  const reports: unknown[] = []
  const surroundings: Surroundings = {
    createWorker: (url, name) => {
      const index = /thread (\d+)/.exec(name)?.[1]
      const behaviour =
        index === undefined
          ? (behaviours.coordinator ?? startsWell)
          : (worker: FakeWorker, message: Posted): void => {
              if (behaviours.thread === undefined) worker.say({ type: 'joined' })
              else behaviours.thread(worker, message, Number(index) - 1)
            }
      const worker = new FakeWorker(url, name, behaviour, log)
      workers.push(worker)
      return worker
    },
    createWorkerBy: createModuleWorkerBy,
    inspect: async () => ({ status: 200, contentType: 'text/javascript' }),
    threadsObstacle: () => undefined,
    locks: () => undefined,
    cores: () => 4,
    report: (error) => reports.push(error),
    ...rest,
  }
  const running = (): string[] =>
    workers.filter((worker) => !worker.terminated).map((worker) => worker.name)
  return { surroundings, workers, log, running, reports }
}
