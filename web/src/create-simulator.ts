// From options to a simulator that is ready, or that starts when it is needed.

import { threadsObstacle } from './capabilities.js'
import { check } from './check-parameters.js'
import type { StartError, ThreadsUnavailableError, TimeoutError } from './errors/life-cycle.js'
import type { FileOptions } from './files.js'
import { ownLocks } from './life-line.js'
import type { Progress } from './progress.js'
import type { PassThrough } from './protocol.js'
import { Simulator } from './simulator.js'
import type { Source } from './sources/source.js'
import { type Surroundings, starter } from './start.js'
import type { CacheOptions } from './state/cache/options.js'
import type { BlockReference, ChainOptions } from './state/resolve-block.js'
import { Supervisor } from './supervisor.js'
import { createModuleWorker, createModuleWorkerBy, inspectByFetch } from './workers.js'

/** Parameters of {@link createSimulator}. */
export type CreateSimulatorParameters = FileOptions & {
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
         * to reserve that much it is halved, down to 4096 (256 MiB); where it refuses that too, one
         * thread runs, with the reason `memory`. `simulator.memory` says what became of it.
         *
         * @defaultValue 16384 (1 GiB)
         */
        maximumPages?: number | undefined
      }
    | undefined
  /**
   * Whether to start nothing yet: the first call does, or `simulator.warmup()`. What is wrong with the
   * parameters is said at once all the same.
   *
   * @defaultValue false
   */
  lazy?: boolean | undefined
  /**
   * Hears how far each start of an engine and each call has come; see {@link Progress}. What it throws
   * changes nothing for them: a page has it reported as an uncaught error (`reportError`), Node as a
   * warning of the process.
   *
   * @example
   * ```ts
   * import { createSimulator, http } from 'forerun'
   *
   * const simulator = await createSimulator({
   *   source: http('https://rpc.example'),
   *   onProgress: (progress) => {
   *     if (progress.type === 'loading') console.log(progress.loaded, 'of', progress.total, 'bytes')
   *     if (progress.type === 'wave') console.log('wave', progress.wave, progress.phase)
   *   },
   * })
   * ```
   */
  onProgress?: ((progress: Progress) => void) | undefined
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

const browser: Surroundings = {
  createWorker: createModuleWorker,
  createWorkerBy: createModuleWorkerBy,
  inspect: inspectByFetch,
  threadsObstacle: () => threadsObstacle(),
  cores: () => globalThis.navigator?.hardwareConcurrency ?? 1,
  locks: ownLocks,
  report: (error) => reportError(error),
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
  const checked = check(parameters, surroundings.cores)
  const { signal } = parameters
  signal?.throwIfAborted()
  const supervisor = new Supervisor(starter(surroundings, checked), checked, surroundings.report)
  const simulator = new Simulator(supervisor)
  if (checked.lazy) return simulator
  // Only the first start is the caller's to end; later ones are those of calls.
  const abort = (): void => supervisor.dispose()
  signal?.addEventListener('abort', abort, { once: true })
  try {
    await supervisor.warmup()
  } catch (error) {
    supervisor.dispose()
    throw signal?.aborted ? signal.reason : error
  } finally {
    signal?.removeEventListener('abort', abort)
  }
  return simulator
}
