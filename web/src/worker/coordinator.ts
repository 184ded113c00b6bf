// The coordinator: loads one of the two builds, makes the engine, and then serves calls in order.
// While the engine works it is blocked inside wasm; while state is on its way it is not, so that a
// call can be aborted then. It never waits for another worker by any other means.

import * as singleGlue from '../../../pkg/single/forerun.js'
import * as threadsGlue from '../../../pkg/threads/forerun.js'
import { ForerunError } from '../errors/forerun-error.js'
import { hold } from '../life-line.js'
import type {
  FromCoordinator,
  MemoryFigures,
  PostedCall,
  StartMessage,
  ToCoordinator,
  WireError,
} from '../protocol.js'
import type { BlockReference, PinnedBlock } from '../state/resolve-block.js'
import { type Engine, type Tell, work } from './engine.js'
import { decodeText } from './json.js'
import { instantiate, type Loading, loadWasm, WireFailure } from './load-wasm.js'
import { describeTrap } from './panic.js'
import { ProviderBridge } from './provider-bridge.js'
import { configurationAt, RemoteState } from './remote-state.js'
import { answer } from './rpc.js'
import { scope } from './scope.js'
import { createSharedMemory } from './shared-memory.js'

type Glue = {
  Engine: new (snapshot: Uint8Array, threads: number) => Engine
  hashOfCode(code: string): string | undefined
  rpcMethods(): string[]
}

/** The glue of a started build, and its memory. */
type Loaded = { glue: Glue; memory: WebAssembly.Memory; maximumBytes: number | undefined }

const bytesOfPage = 65_536

const post = (message: FromCoordinator): void => scope.postMessage(message)

/** Starts the engine and serves until the worker is terminated. */
export async function coordinate(start: StartMessage): Promise<void> {
  const bridge = new ProviderBridge(post)
  try {
    await hold(start.line)
    const { glue, ...loaded } = await loadGlue(start)
    const gauge = new Gauge(loaded)
    listen((message) => {
      if (message.type === 'answer') bridge.take(message.id, message)
    })
    const { state, block } = await openState(start, bridge, glue)
    post({ type: 'step', step: 'snapshot' })
    const threads = start.build === 'single' ? 1 : start.threads
    const engine = new glue.Engine(
      start.state.type === 'snapshot' ? start.state.bytes : configurationAt(block as PinnedBlock),
      threads,
    )
    const desk = new Desk(engine, new Set(glue.rpcMethods()), state, bridge, gauge)
    listen((message) => desk.receive(message))
    gauge.tell()
    post({ type: 'started', block })
  } catch (error) {
    post({ type: 'start-failed', error: toWire(error) })
  }
}

const listen = (receive: (message: ToCoordinator) => void): void => {
  scope.onmessage = (event) => receive(event.data as ToCoordinator)
}

const loadGlue = async (start: StartMessage): Promise<Loaded> => {
  post({ type: 'step', step: 'wasm' })
  const { url } = start.wasm
  const tell = start.progress
    ? (loading: Loading): void => post({ type: 'loading', ...loading })
    : undefined
  if (start.build === 'single') {
    const module = await loadWasm(start.wasm, start.build, tell)
    const { memory } = instantiate(url, () => singleGlue.initSync({ module }))
    singleGlue.installPanicHook()
    return { glue: singleGlue as unknown as Glue, memory, maximumBytes: undefined }
  }
  // The page was isolated; a worker file served without the header is not.
  if (!scope.crossOriginIsolated)
    throw new WireFailure({
      code: 'THREADS_UNAVAILABLE',
      message: 'the worker is not isolated',
      reason: 'not-isolated',
      details: `the worker file ${scope.location.href} is not served with Cross-Origin-Embedder-Policy`,
    })
  const module = await loadWasm(start.wasm, start.build, tell)
  const { memory, maximumPages } = createSharedMemory(start.maximumPages)
  instantiate(url, () => threadsGlue.initSync({ module, memory }))
  // One hook for all threads: it lives in the memory they share.
  threadsGlue.installPanicHook()
  post({ type: 'step', step: 'threads' })
  await startThreads(start.threads)
  return {
    glue: threadsGlue as unknown as Glue,
    memory,
    maximumBytes: maximumPages * bytesOfPage,
  }
}

const openState = async (
  { state: origin, remote }: StartMessage,
  bridge: ProviderBridge,
  glue: Glue,
): Promise<{ state?: RemoteState; block?: PinnedBlock }> => {
  if (origin.type === 'snapshot') return {}
  post({ type: 'step', step: 'block' })
  const hashCode = (code: string): `0x${string}` => (glue.hashOfCode(code) ?? '0x') as `0x${string}`
  const state = await RemoteState.open(origin, remote, bridge, hashCode)
  const block = await state.find(remote.block)
  state.pin(block)
  return { state, block }
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

/** Tells the page how large memory is. */
class Gauge {
  readonly #memory: WebAssembly.Memory
  readonly #maximumBytes: MemoryFigures['maximumBytes']
  #told = 0

  constructor({ memory, maximumBytes }: Omit<Loaded, 'glue'>) {
    this.#memory = memory
    this.#maximumBytes = maximumBytes
  }

  /** Says it anew if it has grown. */
  tell(): void {
    const bytes = this.#memory.buffer.byteLength
    if (bytes === this.#told) return
    this.#told = bytes
    post({ type: 'memory', bytes, maximumBytes: this.#maximumBytes })
  }
}

/** Where calls come in and are worked off, one after the other. */
class Desk {
  readonly #engine: Engine
  /** The JSON-RPC methods that the engine answers. */
  readonly #methods: ReadonlySet<string>
  readonly #state: RemoteState | undefined
  readonly #bridge: ProviderBridge
  readonly #gauge: Gauge
  readonly #aborts = new Map<number, AbortController>()
  #last: Promise<void> = Promise.resolve()

  constructor(
    engine: Engine,
    methods: ReadonlySet<string>,
    state: RemoteState | undefined,
    bridge: ProviderBridge,
    gauge: Gauge,
  ) {
    this.#engine = engine
    this.#methods = methods
    this.#state = state
    this.#bridge = bridge
    this.#gauge = gauge
  }

  receive(message: ToCoordinator): void {
    switch (message.type) {
      case 'call': {
        const { id, ...call } = message
        const abort = new AbortController()
        this.#aborts.set(id, abort)
        const turn = (): Promise<void> =>
          new Promise((leave) => {
            void this.#serve(id, call, abort.signal, leave).then(leave)
          })
        this.#last = this.#last.then(turn)
        return
      }
      case 'abort':
        // The page has settled the call already; this is so that nothing more is done for it.
        this.#aborts.get(message.id)?.abort()
        return
      case 'answer':
        return this.#bridge.take(message.id, message)
    }
  }

  /** Serves a call; `leave` lets the next one have its turn before this one has ended. */
  async #serve(
    id: number,
    call: PostedCall,
    signal: AbortSignal,
    leave: () => void,
  ): Promise<void> {
    const tell: Tell | undefined = call.progress
      ? (stage) => post({ type: 'progress', id, stage })
      : undefined
    try {
      signal.throwIfAborted()
      post({ type: 'working', id })
      const value = await this.#run(call, signal, tell, leave)
      this.#gauge.tell()
      post({ type: 'result', id, value })
    } catch (error) {
      if (signal.aborted && error === signal.reason) return post({ type: 'aborted', id })
      if (isForeseen(error)) {
        this.#gauge.tell()
        return post({ type: 'failed', id, error: toWire(error) })
      }
      // A trap, a stack overflow: whatever the instance held is undefined now, and the page ends
      // this worker.
      scope.onmessage = null
      post({ type: 'panicked', message: describeTrap(error) })
    } finally {
      this.#aborts.delete(id)
    }
  }

  async #run(
    call: PostedCall,
    signal: AbortSignal,
    tell: Tell | undefined,
    leave: () => void,
  ): Promise<unknown> {
    if (call.action === 'rpc')
      return answer(this.#engine, this.#methods, this.#state, call, signal, tell, leave)
    if (call.action !== 'setBlock') return work(this.#engine, this.#state, call, signal, tell)
    if (this.#state === undefined)
      throw new WireFailure({
        code: 'INVALID_REQUEST',
        message: 'a snapshot is of one block',
        field: 'block',
        value: decodeText(call.request),
        reason: 'a snapshot is of one block',
      })
    const reference = decodeText(call.request) as BlockReference
    tell?.({ type: 'block', block: reference })
    const block = await this.#state.find(reference, signal)
    // On the same block all that is known stays known.
    if (block.hash !== this.#state.block.hash) {
      this.#engine.moveTo(configurationAt(block))
      this.#state.pin(block)
      post({ type: 'moved', block })
    }
    return block
  }
}

// The engine throws plain objects for everything it foresaw, and nothing else does.
const isWireError = (error: unknown): error is WireError =>
  typeof error === 'object' &&
  error !== null &&
  !(error instanceof Error) &&
  typeof (error as { code?: unknown }).code === 'string'

// Errors of the code around the engine, which are whole and leave the engine as it was.
const isForeseen = (error: unknown): boolean =>
  error instanceof WireFailure || error instanceof ForerunError || isWireError(error)

const toWire = (error: unknown): WireError => {
  if (error instanceof WireFailure) return error.wire
  if (error instanceof ForerunError) {
    // Structured clone keeps own properties of plain objects only; all facts of an error are such.
    const { name: _name, shortMessage, cause: _cause, stack: _stack, ...facts } = { ...error }
    return { ...facts, code: error.code, message: shortMessage }
  }
  if (isWireError(error)) return error
  return { code: 'ENGINE', message: 'the engine failed', details: describeTrap(error) }
}
