// One started engine: a coordinator worker, its pool of threads, and the calls under way. The
// session owns all of them; whatever ends it (a failed start, a lost worker, dispose) goes through
// `end`, which terminates every worker and settles every promise, so that none can hang.

import type { ForerunError } from './errors/forerun-error.js'
import {
  DisposedError,
  EngineError,
  StartError,
  TimeoutError,
  WorkerLostError,
} from './errors/life-cycle.js'
import { rebuildError } from './errors/rebuild.js'
import { type Locks, newLine, watchLine } from './life-line.js'
import { type Pool, startPool } from './pool.js'
import type { CallProgress, StartProgress } from './progress.js'
import {
  type Action,
  type Build,
  type Call,
  type FromCoordinator,
  type MemoryFigures,
  PROTOCOL_VERSION,
  type ProviderAnswer,
  type RemoteSettings,
  type StartMessage,
  type StartStep,
  type StateOrigin,
} from './protocol.js'
import type { Eip1193Provider } from './sources/custom.js'
import type { PinnedBlock } from './state/resolve-block.js'
import type { WasmFile } from './wasm-file.js'
import {
  type CreateWorker,
  describeErrorEvent,
  explainLoadFailure,
  type Inspect,
  silence,
  type WorkerLike,
} from './workers.js'

const coordinatorName = 'forerun coordinator'

/**
 * Milliseconds that a coordinator may take to leave a call that it works on and that was aborted. It
 * cannot hear of it while it is in wasm, so one that takes longer is ended.
 */
const abortLimit = 50

/** What an engine ends with that was ended for the sake of an abort: nothing went wrong. */
export class Interruption {}

// Providers of wallets hand out proxies and the like, which cannot be posted; all that a server can
// have said can be.
const postable = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

const dataOf = (data: unknown): { data?: unknown } => {
  try {
    return { data: postable(data) }
  } catch {
    return {}
  }
}

/** What a session is started with; everything is checked already. */
export type SessionOptions = {
  build: Build
  threads: number
  workerUrl: string
  wasm: WasmFile
  maximumPages: number
  state: StateOrigin
  /** What state is read through, where it is one of the page's own. */
  provider: Eip1193Provider | undefined
  remote: RemoteSettings
  /** Milliseconds this start may take. */
  limit: number
  /** The time limit the caller gave, for the words of an error. */
  startTimeout: number
  signal: AbortSignal | undefined
  /** Hears how far the start has come. Does not throw. */
  onProgress: ((progress: StartProgress) => void) | undefined
  createWorker: CreateWorker
  inspect: Inspect
  /** What tells that a worker is gone, where anything does. */
  locks: Locks | undefined
}

type Pending = {
  action: Action
  resolve: (value: unknown) => void
  reject: (error: unknown) => void
  /** Hears how far it has come. */
  onProgress: ((progress: CallProgress) => void) | undefined
  /** Stops listening for its signal. */
  release: () => void
}

/** A started engine. Made by {@link Session.start}. */
export class Session {
  readonly #options: SessionOptions
  readonly #coordinator: WorkerLike
  readonly #pending = new Map<number, Pending>()
  // Calls that were aborted and that the coordinator has not done with.
  readonly #leaving = new Set<number>()
  // The call whose turn it is. Only that one can keep the coordinator from hearing of an abort.
  #working: number | undefined
  #leaveTimer: ReturnType<typeof setTimeout> | undefined
  // Ends a pool that is still starting when the session ends.
  readonly #ending = new AbortController()
  readonly #deadline: number
  readonly #line: string | undefined
  #timer: ReturnType<typeof setTimeout> | undefined
  #starting: { resolve: () => void; reject: (error: unknown) => void } | undefined
  #step: StartStep = 'worker'
  #pool: Pool | undefined
  #nextId = 1
  #end: { reason: unknown } | undefined
  #onMoved: ((block: PinnedBlock) => void) | undefined
  #block: PinnedBlock | undefined
  #memory: MemoryFigures | undefined

  /**
   * Starts the workers and waits until the engine is ready, at most `limit` milliseconds.
   * Rejects with a `StartError`, `TimeoutError`, `ThreadsUnavailableError`, `InvalidSnapshotError`
   * or the reason of `signal`; nothing is left running then.
   */
  static async start(options: SessionOptions): Promise<Session> {
    const { signal } = options
    signal?.throwIfAborted()
    let coordinator: WorkerLike
    try {
      coordinator = options.createWorker(options.workerUrl, coordinatorName)
    } catch (cause) {
      throw new StartError(
        { step: 'worker', url: options.workerUrl },
        { details: String(cause), cause },
      )
    }
    const session = new Session(options, coordinator)
    const abort = (): void => session.#finish(signal?.reason)
    signal?.addEventListener('abort', abort)
    try {
      await session.#ready()
    } finally {
      signal?.removeEventListener('abort', abort)
    }
    return session
  }

  /** Why it is over, if it is. */
  get end(): { readonly reason: unknown } | undefined {
    return this.#end
  }

  /** The block that remote state is pinned to. */
  get block(): PinnedBlock | undefined {
    return this.#block
  }

  /** How large memory was when the engine last answered. */
  get memory(): MemoryFigures | undefined {
    return this.#memory
  }

  /** Has somebody hear when remote state is of another block; there is one who does. */
  listen(onMoved: (block: PinnedBlock) => void): void {
    this.#onMoved = onMoved
  }

  private constructor(options: SessionOptions, coordinator: WorkerLike) {
    this.#options = options
    this.#coordinator = coordinator
    this.#deadline = performance.now() + options.limit
    this.#line = options.locks && newLine()
  }

  /**
   * Runs one action in the coordinator; calls are worked off in order. Rejects with the reason of
   * `signal` at once when it is aborted. If the engine has to be ended for that, calls behind it
   * reject with an {@link Interruption}. `onProgress` must not throw.
   */
  call(
    call: Call,
    signal?: AbortSignal | undefined,
    onProgress?: ((progress: CallProgress) => void) | undefined,
  ): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.#end !== undefined) return reject(this.#end.reason)
      if (signal?.aborted) return reject(signal.reason)
      const id = this.#nextId++
      const abort = (): void => {
        this.#settle(id)?.reject(signal?.reason)
        this.#coordinator.postMessage({ type: 'abort', id })
        this.#leaving.add(id)
        this.#limitLeaving()
      }
      signal?.addEventListener('abort', abort)
      const release = (): void => signal?.removeEventListener('abort', abort)
      this.#pending.set(id, { action: call.action, resolve, reject, onProgress, release })
      this.#coordinator.ref?.()
      const progress = onProgress !== undefined
      this.#coordinator.postMessage({ type: 'call', id, ...call, progress })
    })
  }

  /** Ends everything; pending and later calls reject with a `DisposedError`. Idempotent. */
  dispose(): void {
    // A session that died of something else stays dead of that until it is disposed of; from then
    // on "disposed" is the truth a caller needs.
    if (this.#end === undefined) this.#finish(new DisposedError())
    else this.#end = { reason: new DisposedError() }
  }

  #ready(): Promise<void> {
    const { build, threads, wasm, maximumPages, state, remote, limit, startTimeout } = this.#options
    const progress = this.#options.onProgress !== undefined
    return new Promise((resolve, reject) => {
      this.#starting = { resolve, reject }
      this.#timer = setTimeout(() => {
        this.#finish(
          new TimeoutError({
            step: this.#step,
            url: this.#urlOfStep(),
            milliseconds: startTimeout,
          }),
        )
      }, limit)
      this.#coordinator.onmessage = (event) => this.#receive(event.data as FromCoordinator)
      this.#coordinator.onmessageerror = () =>
        this.#lost({ details: 'a message could not be read' })
      this.#coordinator.onerror = (event) => {
        silence(event)
        const said = describeErrorEvent(event)
        if (this.#starting === undefined || this.#step !== 'worker')
          return this.#lost(said === undefined ? {} : { details: said })
        // Finding out why takes a moment; the time limit stays in force meanwhile.
        const url = this.#options.workerUrl
        void explainLoadFailure({ step: 'worker', url, said }, this.#options.inspect).then(
          (error) => this.#finish(error),
        )
      }
      const start: StartMessage = {
        type: 'start',
        protocol: PROTOCOL_VERSION,
        build,
        wasm,
        threads,
        maximumPages,
        state,
        remote,
        progress,
        line: this.#line,
      }
      this.#coordinator.postMessage(start)
    })
  }

  #receive(message: FromCoordinator): void {
    if (this.#end !== undefined) return
    switch (message.type) {
      case 'step':
        this.#step = message.step
        return this.#options.onProgress?.({
          type: 'starting',
          build: this.#options.build,
          step: message.step,
        })
      case 'loading':
        return this.#options.onProgress?.({ ...message, url: this.#options.wasm.url })
      case 'spawn':
        void this.#spawn(message)
        return
      case 'moved':
        this.#block = message.block
        this.#onMoved?.(message.block)
        return
      case 'ask':
        void this.#ask(message)
        return
      case 'memory': {
        const { bytes, maximumBytes } = message
        this.#memory = { bytes, maximumBytes }
        return
      }
      case 'started': {
        clearTimeout(this.#timer)
        this.#block = message.block
        watchLine(this.#line, this.#options.locks, this.#ending.signal, () =>
          this.#lost({ details: 'it ended without a word' }),
        )
        const starting = this.#starting
        this.#starting = undefined
        starting?.resolve()
        return
      }
      case 'start-failed':
        return this.#finish(rebuildError(message.error))
      case 'working':
        this.#working = message.id
        return this.#limitLeaving()
      case 'progress': {
        const pending = this.#pending.get(message.id)
        return pending?.onProgress?.({ action: pending.action, ...message.stage })
      }
      case 'result':
        this.#left(message.id)
        return this.#settle(message.id)?.resolve(message.value)
      case 'failed':
        this.#left(message.id)
        return this.#settle(message.id)?.reject(rebuildError(message.error))
      case 'aborted':
        return this.#left(message.id)
      case 'panicked':
        return this.#finish(new EngineError({ details: message.message }))
    }
  }

  async #spawn(message: Extract<FromCoordinator, { type: 'spawn' }>): Promise<void> {
    const { module, memory, receiver } = message
    const { threads, workerUrl, createWorker, inspect, locks } = this.#options
    // Half of what is left, so that after a pool that never comes up there is time to start the
    // single-threaded build within the limit the caller gave.
    const limit = Math.max(0, Math.round((this.#deadline - performance.now()) / 2))
    try {
      const pool = await startPool({
        threads,
        url: workerUrl,
        join: { type: 'join', protocol: PROTOCOL_VERSION, module, memory, receiver },
        limit,
        createWorker,
        inspect,
        locks,
        onLost: (error) => this.#finish(error),
        signal: this.#ending.signal,
      })
      if (this.#end !== undefined) return pool.terminate()
      this.#pool = pool
      this.#coordinator.postMessage({ type: 'threads-ready' })
    } catch (error) {
      this.#finish(error)
    }
  }

  /** Asks the page's provider for the worker. */
  async #ask(message: Extract<FromCoordinator, { type: 'ask' }>): Promise<void> {
    const { id, method, params } = message
    let answer: ProviderAnswer
    try {
      const result = await this.#options.provider?.request({ method, params: [...params] })
      answer = { result: result === undefined ? null : postable(result) }
    } catch (error) {
      const { code, message, data } = (error ?? {}) as Record<string, unknown>
      answer = {
        error: {
          code: typeof code === 'number' ? code : undefined,
          message: typeof message === 'string' ? message : String(error),
          ...(data === undefined ? {} : dataOf(data)),
        },
      }
    }
    if (this.#end === undefined) this.#coordinator.postMessage({ type: 'answer', id, ...answer })
  }

  /** Ends the engine if the call whose turn it is was aborted and is not left soon. */
  #limitLeaving(): void {
    clearTimeout(this.#leaveTimer)
    if (this.#working !== undefined && this.#leaving.has(this.#working))
      this.#leaveTimer = setTimeout(() => this.#finish(new Interruption()), abortLimit)
  }

  #left(id: number): void {
    this.#leaving.delete(id)
    if (this.#working !== id) return
    this.#working = undefined
    clearTimeout(this.#leaveTimer)
  }

  #settle(id: number): Pending | undefined {
    const pending = this.#pending.get(id)
    pending?.release()
    this.#pending.delete(id)
    if (this.#pending.size === 0) this.#coordinator.unref?.()
    return pending
  }

  #lost(options: { details?: string }): void {
    this.#finish(
      this.#starting === undefined
        ? new WorkerLostError({ worker: coordinatorName }, options)
        : new StartError({ step: this.#step, url: this.#urlOfStep() }, options),
    )
  }

  #urlOfStep(): string {
    const { wasm, workerUrl, state } = this.#options
    if (this.#step === 'wasm') return wasm.url
    // Servers that do not answer: several share the load, and the first one has been asked.
    if (this.#step === 'block' && state.type === 'http') return state.endpoints[0]?.url ?? workerUrl
    return workerUrl
  }

  /** The only way out. The first reason counts. */
  #finish(reason: ForerunError | unknown): void {
    if (this.#end !== undefined) return
    this.#end = { reason }
    clearTimeout(this.#timer)
    clearTimeout(this.#leaveTimer)
    this.#ending.abort(reason)
    // Threads first: Chrome keeps the shared memory of a pool whose coordinator went before it.
    this.#pool?.terminate()
    this.#pool = undefined
    this.#coordinator.onmessage = null
    this.#coordinator.onmessageerror = null
    this.#coordinator.onerror = null
    this.#coordinator.terminate()
    const starting = this.#starting
    this.#starting = undefined
    starting?.reject(reason)
    if (reason instanceof WorkerLostError || reason instanceof EngineError)
      reason.calls = [...this.#pending.values()].map(({ action }) => action)
    for (const pending of this.#pending.values()) {
      pending.release()
      pending.reject(reason)
    }
    this.#pending.clear()
  }
}
