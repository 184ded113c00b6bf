// Workers out of `node:worker_threads`. They run the same worker file as pages; what that file
// needs of its surroundings and Node has under other names is put there by worker-entry.ts.

import { Worker } from 'node:worker_threads'
import type { CreateWorker, WorkerFactory, WorkerLike } from '../workers.js'

/** The file that each thread starts with. Stands here once, literally, as those in assets.ts. */
const entryUrl = (): URL => new URL('./worker-entry.js', import.meta.url)

/** Makes threads that run the worker file, by way of a factory. */
export const createThreadBy =
  (factory: WorkerFactory): CreateWorker =>
  (url, name) => {
    const worker = factory(entryUrl(), {
      name,
      workerData: { url },
      // Options of the process are for its own program: `--input-type` is refused in a thread, and
      // whatever `--import` names would run in each.
      execArgv: [],
    })
    if (!(worker instanceof Worker))
      throw new TypeError('createWorker returned no worker of node:worker_threads')
    return new Thread(worker)
  }

/** Makes a thread that runs the worker file at `url`. */
export const createThread = createThreadBy((url, options) => new Worker(url, options))

class Thread implements WorkerLike {
  onmessage: WorkerLike['onmessage'] = null
  onmessageerror: WorkerLike['onmessageerror'] = null
  onerror: WorkerLike['onerror'] = null
  readonly #worker: Worker
  #gone = false

  constructor(worker: Worker) {
    worker.on('message', (data) => this.onmessage?.({ data } as MessageEvent))
    worker.on('messageerror', (data) => this.onmessageerror?.({ data } as unknown as MessageEvent))
    worker.on('error', (error) => this.#lost(String(error)))
    // A page hears nothing of a worker that ends; here it is told apart from one that is silent.
    worker.on('exit', (code) => this.#lost(`the thread ended with code ${code}`))
    // Only what is under way keeps a process alive: a start by its timer, a call by `ref`. Listening
    // for messages has taken a hold of its own, so this comes last.
    worker.unref()
    this.#worker = worker
  }

  postMessage(message: unknown): void {
    this.#worker.postMessage(message)
  }

  terminate(): void {
    this.#gone = true
    void this.#worker.terminate()
  }

  ref(): void {
    this.#worker.ref()
  }

  unref(): void {
    this.#worker.unref()
  }

  // An error is followed by the exit it causes; the first says more.
  #lost(message: string): void {
    if (this.#gone) return
    this.#gone = true
    this.onerror?.({ message } as ErrorEvent)
  }
}
