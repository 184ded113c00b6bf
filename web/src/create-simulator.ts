// From options to a started simulator: checks every option, decides which build to try, and falls
// back to the single-threaded build, saying why, when threads cannot be had.

import { defaultSingleWasmUrl, defaultThreadsWasmUrl, defaultWorkerUrl } from './assets.js'
import { threadsObstacle } from './capabilities.js'
import { StartError, ThreadsUnavailableError, TimeoutError } from './errors/life-cycle.js'
import { InvalidRequestError } from './errors/request.js'
import type { PassThrough, RemoteSettings, StateOrigin, ThreadsObstacle } from './protocol.js'
import { Session } from './session.js'
import { type FallbackReason, Simulator } from './simulator.js'
import type { Eip1193Provider } from './sources/custom.js'
import type { Source } from './sources/source.js'
import { type CacheOptions, memory } from './state/cache/options.js'
import type { BlockReference, ChainOptions } from './state/resolve-block.js'
import { type CreateWorker, createModuleWorker, type Inspect, inspectByFetch } from './workers.js'

/** The most threads a simulator takes. */
const maximumThreads = 64
// Beyond eight, other rayon programs on the web got slower, not faster.
const maximumAutomaticThreads = 8
const defaultStartTimeout = 30_000
// 1 GiB: browsers that reserve the maximum up front refuse much more.
const defaultMaximumPages = 16_384

/** Parameters of {@link createSimulator}. */
export type CreateSimulatorParameters = {
  /** Where base state is read. */
  source: Source
  /**
   * The block whose state is stood on, by tag, number or hash; it is pinned by its hash. Remote
   * sources only.
   *
   * @defaultValue 'latest'
   */
  block?: BlockReference | undefined
  /** The chain's id and rules, where they are not to be found out. Remote sources only. */
  chain?: ChainOptions | undefined
  /**
   * Where state is remembered that was read: `memory()`, `indexedDb()` or `none()`. Remote sources
   * only.
   *
   * @defaultValue memory()
   */
  cache?: CacheOptions | undefined
  /**
   * Whether to run on past state that is missing, on guesses, to find out what else will be needed.
   * `false` asks for one piece at a time, which is for comparison. Results are the same.
   *
   * @defaultValue true
   */
  runAhead?: boolean | undefined
  /**
   * What `simulator.provider` hands on to the source of what it does not answer itself. `'reads'`:
   * questions that are known to only read, such as `eth_getLogs`, and, where the source is a wallet,
   * what is the wallet's to answer, such as `eth_sendTransaction`. `'all'`: whatever is not answered
   * here, `eth_sendRawTransaction` included. `'none'`: nothing. Calls that are to be simulated are
   * handed on in no case. Remote sources only.
   *
   * @defaultValue 'reads'
   */
  passThrough?: PassThrough | undefined
  /**
   * How many threads execute transactions: 1 to 64, where 1 means the single-threaded build.
   * `'auto'`: all cores but one, at least two, at most eight; one on a machine with one core.
   *
   * @defaultValue 'auto'
   */
  threads?: number | 'auto' | undefined
  /**
   * Whether to throw a `ThreadsUnavailableError` instead of running on one thread.
   *
   * @defaultValue false
   */
  requireThreads?: boolean | undefined
  /** Where the worker file is, if not beside this module. It must be of the page's own origin. */
  workerUrl?: string | URL | undefined
  /** Where the wasm files are, if not beside this module. */
  wasmUrls?: { threads?: string | URL | undefined; single?: string | URL | undefined } | undefined
  /**
   * Milliseconds the whole start may take, including a fallback.
   *
   * @defaultValue 30000
   */
  startTimeout?: number | undefined
  /** Limits of the shared memory of the threaded build. */
  memory?:
    | {
        /**
         * The most pages of 64 KiB the memory may grow to, 256 to 65536. Where the browser refuses
         * to reserve that much it is halved, down to 4096 (256 MiB).
         *
         * @defaultValue 16384 (1 GiB)
         */
        maximumPages?: number | undefined
      }
    | undefined
  /** Ends the start; the returned promise then rejects with the signal's reason. */
  signal?: AbortSignal | undefined
}

/** What {@link createSimulator} resolves to. */
export type CreateSimulatorReturnType = Simulator

/** What {@link createSimulator} may throw. */
export type CreateSimulatorErrorType =
  | import('./errors/request.js').InvalidRequestError
  | import('./errors/request.js').InvalidSnapshotError
  | import('./errors/state-source.js').BlockNotFoundError
  | import('./errors/state-source.js').StateSourceError
  | StartError
  | TimeoutError
  | ThreadsUnavailableError
  | import('./errors/life-cycle.js').EngineError

/** What a start takes from its surroundings; tests put fakes in their place. */
export type Surroundings = {
  createWorker: CreateWorker
  inspect: Inspect
  threadsObstacle: () => ThreadsObstacle | undefined
  cores: () => number
}

const browser: Surroundings = {
  createWorker: createModuleWorker,
  inspect: inspectByFetch,
  threadsObstacle: () => threadsObstacle(),
  cores: () => globalThis.navigator?.hardwareConcurrency ?? 1,
}

/**
 * Starts the engine in workers, with a base state.
 *
 * @param parameters - The source of state; how many threads; where the files are.
 * @returns A simulator that is ready.
 *
 * @example
 * ```ts
 * import { createSimulator, snapshot } from 'forerun'
 *
 * const simulator = await createSimulator({
 *   source: snapshot({ chainId: 1, fork: 'OSAKA', accounts: {} }),
 *   threads: 'auto',
 * })
 * console.log(simulator.mode, simulator.threads, simulator.fallbackReason)
 * await simulator.dispose()
 * ```
 */
export function createSimulator(
  parameters: CreateSimulatorParameters,
): Promise<CreateSimulatorReturnType> {
  return createSimulatorIn(browser, parameters)
}

/** {@link createSimulator} in given surroundings. */
export async function createSimulatorIn(
  surroundings: Surroundings,
  parameters: CreateSimulatorParameters,
): Promise<Simulator> {
  const checked = check(parameters, surroundings)
  const deadline = performance.now() + checked.startTimeout
  const start = (build: 'threads' | 'single'): Promise<Session> =>
    Session.start({
      build,
      threads: build === 'threads' ? checked.threads : 1,
      workerUrl: checked.workerUrl,
      wasmUrl: checked.wasmUrls[build],
      maximumPages: checked.maximumPages,
      state: checked.state,
      provider: checked.provider,
      remote: checked.remote,
      limit: Math.max(0, deadline - performance.now()),
      startTimeout: checked.startTimeout,
      signal: checked.signal,
      createWorker: surroundings.createWorker,
      inspect: surroundings.inspect,
    })
  const single = async (fallbackReason: FallbackReason): Promise<Simulator> =>
    new Simulator(await start('single'), { mode: 'single', fallbackReason, threads: 1 })

  if (checked.threads === 1) return single(checked.automatic ? 'one-core' : 'single-requested')
  const obstacle = surroundings.threadsObstacle()
  if (obstacle !== undefined) {
    if (checked.requireThreads) throw new ThreadsUnavailableError({ reason: obstacle })
    return single(obstacle)
  }
  try {
    const session = await start('threads')
    return new Simulator(session, {
      mode: 'threads',
      fallbackReason: undefined,
      threads: checked.threads,
    })
  } catch (error) {
    const reason = fallbackAfter(error)
    if (reason === undefined || checked.requireThreads) throw error
    return single(reason)
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

type Checked = {
  threads: number
  automatic: boolean
  requireThreads: boolean
  workerUrl: string
  wasmUrls: { threads: string; single: string }
  startTimeout: number
  maximumPages: number
  state: StateOrigin
  provider: Eip1193Provider | undefined
  remote: RemoteSettings
  signal: AbortSignal | undefined
}

const known = new Set([
  'source',
  'block',
  'chain',
  'cache',
  'runAhead',
  'passThrough',
  'threads',
  'requireThreads',
  'workerUrl',
  'wasmUrls',
  'startTimeout',
  'memory',
  'signal',
])

const check = (parameters: CreateSimulatorParameters, surroundings: Surroundings): Checked => {
  const refuse = (field: string, value: unknown, reason: string): InvalidRequestError =>
    new InvalidRequestError({ field, value, reason })
  for (const [field, value] of Object.entries(parameters))
    if (!known.has(field)) throw refuse(field, value, 'unknown field')

  const { source, threads = 'auto', requireThreads = false } = parameters
  const { state, provider } = originOf(source, refuse)
  if (threads !== 'auto' && !isWholeNumber(threads, 1, maximumThreads))
    throw refuse(
      'threads',
      threads,
      `not 'auto' and not a whole number from 1 to ${maximumThreads}`,
    )
  const automatic = threads === 'auto'
  const count = automatic ? automaticThreads(surroundings.cores()) : threads
  if (requireThreads && count === 1) {
    if (automatic) throw new ThreadsUnavailableError({ reason: 'one-core' })
    throw refuse('threads', threads, 'one thread cannot be had together with requireThreads')
  }
  const startTimeout = parameters.startTimeout ?? defaultStartTimeout
  // Timers count milliseconds in 31 bits; a longer one would fire at once.
  if (!isWholeNumber(startTimeout, 1, 2 ** 31 - 1))
    throw refuse('startTimeout', startTimeout, 'not a whole number of milliseconds of at least 1')
  const maximumPages = parameters.memory?.maximumPages ?? defaultMaximumPages
  if (!isWholeNumber(maximumPages, 256, 65_536))
    throw refuse('memory.maximumPages', maximumPages, 'not a whole number from 256 to 65536')

  return {
    threads: count,
    automatic,
    requireThreads,
    workerUrl: resolveUrl('workerUrl', parameters.workerUrl, defaultWorkerUrl),
    wasmUrls: {
      threads: resolveUrl('wasmUrls.threads', parameters.wasmUrls?.threads, defaultThreadsWasmUrl),
      single: resolveUrl('wasmUrls.single', parameters.wasmUrls?.single, defaultSingleWasmUrl),
    },
    startTimeout,
    maximumPages,
    state,
    provider,
    remote: remoteSettings(parameters, refuse),
    signal: parameters.signal,
  }
}

type Refuse = (field: string, value: unknown, reason: string) => InvalidRequestError

const originOf = (
  source: Source | undefined,
  refuse: Refuse,
): { state: StateOrigin; provider?: Eip1193Provider } => {
  switch (source?.type) {
    case 'snapshot':
      if (source.bytes instanceof Uint8Array) return { state: source }
      break
    case 'http':
      if (Array.isArray(source.endpoints)) return { state: source }
      break
    case 'custom':
      if (typeof source.provider?.request === 'function')
        return { state: { type: 'custom', options: source.options }, provider: source.provider }
  }
  throw refuse('source', source, 'not made by http(...), custom(...) or snapshot(...)')
}

const remoteSettings = (parameters: CreateSimulatorParameters, refuse: Refuse): RemoteSettings => {
  const { source, block = 'latest', chain = {}, cache = memory() } = parameters
  const { runAhead = true, passThrough = 'reads' } = parameters
  if (source.type === 'snapshot')
    for (const field of ['block', 'chain', 'cache', 'runAhead', 'passThrough'] as const)
      if (parameters[field] !== undefined)
        throw refuse(field, parameters[field], 'a snapshot is of one block and read at once')
  if (typeof chain !== 'object' || chain === null) throw refuse('chain', chain, 'not an object')
  if (!['memory', 'indexedDb', 'none'].includes(cache?.type))
    throw refuse('cache', cache, 'not made by memory(), indexedDb() or none()')
  if (typeof runAhead !== 'boolean') throw refuse('runAhead', runAhead, 'not true or false')
  if (!['none', 'reads', 'all'].includes(passThrough))
    throw refuse('passThrough', passThrough, "not 'none', 'reads' or 'all'")
  return { block, chain, cache, runAhead, passThrough }
}

const automaticThreads = (cores: number): number =>
  cores < 2 ? 1 : Math.max(2, Math.min(cores - 1, maximumAutomaticThreads))

const isWholeNumber = (value: unknown, least: number, most: number): value is number =>
  Number.isInteger(value) && (value as number) >= least && (value as number) <= most

// Absolute, because the worker resolves a relative wasm URL against its own place, not the page's.
const resolveUrl = (
  field: string,
  given: string | URL | undefined,
  standard: () => URL,
): string => {
  if (given === undefined) return standard().href
  try {
    return new URL(given, globalThis.location?.href).href
  } catch (cause) {
    throw new InvalidRequestError({ field, value: String(given), reason: 'not a URL' }, { cause })
  }
}
