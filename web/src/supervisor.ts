// Keeps an engine to hand: starts it when the first call wants it or before, notices when it has
// died, and starts another one for the next call. A session is one engine and dies with it; what a
// simulator promises outlives that.

import type { Caller } from './caller.js'
import { DisposedError } from './errors/life-cycle.js'
import { type CallProgress, type Progress, type ReportError, together } from './progress.js'
import type { Build, Call, MemoryFigures, PassThrough } from './protocol.js'
import { Interruption, type Session } from './session.js'
import type { FallbackReason } from './simulator.js'
import type { Eip1193Provider } from './sources/custom.js'
import type { PinnedBlock } from './state/resolve-block.js'

/** An engine that has started, and on what. */
export type Started = {
  session: Session
  mode: Build
  fallbackReason: FallbackReason | undefined
  threads: number
}

/**
 * Starts an engine, on remote state at `block` where that is given. Rejects with the reason of the
 * signal when it is aborted.
 */
export type Start = (block: PinnedBlock | undefined, signal: AbortSignal) => Promise<Started>

/** How it stands with the engine. */
export type SimulatorState =
  | {
      /** There is no engine: the next call starts one, or `warmup`. */
      status: 'idle'
    }
  | {
      /** Calls wait until it is ready. */
      status: 'starting'
    }
  | {
      /** It takes calls. */
      status: 'ready'
      /** Which of the two builds runs. */
      mode: Build
      /** How many threads execute transactions. */
      threads: number
      /** Why there is one thread only, if there is. */
      fallbackReason: FallbackReason | undefined
    }
  | {
      /** It did not start, or it died. The next call, or `warmup`, starts another one. */
      status: 'failed'
      /** Why. */
      error: unknown
    }
  | {
      /** It was disposed of and takes no more calls. */
      status: 'disposed'
    }

/** Who hears what becomes of a simulator. */
export type SimulatorListener = {
  /** Remote state is of another block from now on. */
  moved(block: PinnedBlock): void
  /** It was disposed of. Called once. */
  ended(reason: unknown): void
}

/** What a provider stands on. */
export type ProviderHost = Caller & {
  /** The page's own provider that state is read through. */
  readonly wallet: Eip1193Provider | undefined
  /** What may be handed on to the source. */
  readonly passThrough: PassThrough
  /** Has somebody hear of it; there is one who does. */
  listen(listener: SimulatorListener): void
}

type Condition =
  | { status: 'idle' }
  | { status: 'starting'; start: Promise<Started> }
  | { status: 'ready'; started: Started }
  | { status: 'failed'; error: unknown }
  | { status: 'disposed' }

/** Whoever has calls worked off, on one engine after another if need be. */
export class Supervisor implements ProviderHost {
  readonly #start: Start
  readonly #onProgress: ((progress: Progress) => void) | undefined
  readonly #report: ReportError
  readonly #ending = new AbortController()
  #condition: Condition = { status: 'idle' }
  /** The engine of now or the last one. */
  #last: Started | undefined

  readonly wallet: Eip1193Provider | undefined
  readonly passThrough: PassThrough
  #listener: SimulatorListener | undefined

  constructor(
    start: Start,
    {
      provider,
      remote,
      onProgress,
    }: {
      provider: Eip1193Provider | undefined
      remote: { passThrough: PassThrough }
      onProgress: ((progress: Progress) => void) | undefined
    },
    report: ReportError,
  ) {
    this.#start = start
    this.#onProgress = onProgress
    this.#report = report
    this.wallet = provider
    this.passThrough = remote.passThrough
  }

  listen(listener: SimulatorListener): void {
    this.#listener = listener
  }

  /** How it stands now. */
  get state(): SimulatorState {
    const condition = this.#look()
    switch (condition.status) {
      case 'ready': {
        const { mode, threads, fallbackReason } = condition.started
        return { status: 'ready', mode, threads, fallbackReason }
      }
      case 'starting':
        return { status: 'starting' }
      default:
        return condition
    }
  }

  /** What the engine of now runs on, or the last one did. */
  get last(): Omit<Started, 'session'> | undefined {
    return this.#last
  }

  /** How large the memory of the engine of now was when it last answered. */
  get memory(): MemoryFigures | undefined {
    const condition = this.#look()
    return condition.status === 'ready' ? condition.started.session.memory : undefined
  }

  get block(): PinnedBlock | undefined {
    return this.#last?.session.block
  }

  /** Has an engine started, if there is none. */
  warmup(): Promise<Started> {
    const condition = this.#look()
    switch (condition.status) {
      case 'disposed':
        return Promise.reject(new DisposedError())
      case 'ready':
        return Promise.resolve(condition.started)
      case 'starting':
        return condition.start
    }
    const start = this.#start(this.block, this.#ending.signal).then(
      (started) => {
        // Whoever disposed of it meanwhile ended the start as well, or came too late to.
        if (this.#condition.status === 'disposed') {
          started.session.dispose()
          throw new DisposedError()
        }
        this.#last = started
        this.#condition = { status: 'ready', started }
        const { session } = started
        if (session.block !== undefined) this.#listener?.moved(session.block)
        session.listen((block) => this.#listener?.moved(block))
        return started
      },
      (error: unknown) => {
        if (this.#condition.status === 'disposed') throw new DisposedError()
        this.#condition = { status: 'failed', error }
        throw error
      },
    )
    this.#condition = { status: 'starting', start }
    return start
  }

  async call(
    call: Call,
    signal?: AbortSignal | undefined,
    onProgress?: ((progress: CallProgress) => void) | undefined,
  ): Promise<unknown> {
    const condition = this.#look()
    const { session } =
      condition.status === 'ready' ? condition.started : await orAborted(this.warmup(), signal)
    try {
      return await session.call(
        call,
        signal,
        together([this.#onProgress, onProgress], this.#report),
      )
    } catch (error) {
      if (!(error instanceof Interruption)) throw error
      // Whatever waits behind a call that was aborted is none the worse for it. These come in the
      // order in which they were made.
      return this.call(call, signal, onProgress)
    }
  }

  /** Ends all there is, for good. Idempotent. */
  dispose(): void {
    const condition = this.#condition
    if (condition.status === 'disposed') return
    this.#condition = { status: 'disposed' }
    const reason = new DisposedError()
    this.#ending.abort(reason)
    if (condition.status === 'ready') condition.started.session.dispose()
    this.#listener?.ended(reason)
  }

  #look(): Condition {
    const condition = this.#condition
    if (condition.status !== 'ready') return condition
    const end = condition.started.session.end
    if (end === undefined) return condition
    this.#condition =
      end.reason instanceof Interruption
        ? { status: 'idle' }
        : { status: 'failed', error: end.reason }
    return this.#condition
  }
}

/** As a promise does, or rejects with the reason of the signal, which ends nothing else. */
const orAborted = <T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> => {
  if (signal === undefined) return promise
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason)
    const abort = (): void => reject(signal.reason)
    signal.addEventListener('abort', abort, { once: true })
    const settled = (): void => signal.removeEventListener('abort', abort)
    promise.then(resolve, reject).finally(settled)
  })
}
