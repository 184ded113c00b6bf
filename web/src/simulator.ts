// The object an application holds. It owns one supervisor; the actions are functions of their own,
// one file each, and only bound to it here.

// The types name `AsyncDisposable`, which the `lib` of most projects does not have.
/// <reference lib="esnext.disposable" preserve="true" />

import {
  type ReplayBlockParameters,
  type ReplayBlockReturnType,
  replayBlock,
} from './actions/replay-block.js'
import { type SetBlockParameters, type SetBlockReturnType, setBlock } from './actions/set-block.js'
import {
  type SimulateBundleParameters,
  type SimulateBundleReturnType,
  simulateBundle,
} from './actions/simulate-bundle.js'
import { type WatchParameters, type WatchReturnType, watch } from './actions/watch.js'
import type { Build, MemoryFigures, ThreadsObstacle } from './protocol.js'
import { createProvider, type ForerunProvider } from './provider/provider.js'
import type { PinnedBlock } from './state/resolve-block.js'
import type { SimulatorState, Supervisor } from './supervisor.js'

/** Why a simulator runs on one thread; `docs/single-threaded.md` says of each what to do about it. */
export type FallbackReason = ThreadsObstacle | 'single-requested'

/**
 * Runs transactions on a base state, in workers. Made by `createSimulator`.
 *
 * If its engine dies, pending calls reject with a `WorkerLostError` or an `EngineError` that says what
 * ran, and the next call starts another engine by itself, on the same block.
 */
export class Simulator implements AsyncDisposable {
  /**
   * An [EIP-1193](https://eips.ethereum.org/EIPS/eip-1193) provider that answers by simulating, for
   * viem, ethers and whatever else speaks JSON-RPC; see {@link ForerunProvider}.
   */
  readonly provider: ForerunProvider
  /** As `dispose`, for `await using`. */
  declare readonly [Symbol.asyncDispose]: () => Promise<void>
  readonly #supervisor: Supervisor

  /** @internal Use `createSimulator`. */
  constructor(supervisor: Supervisor) {
    this.#supervisor = supervisor
    this.provider = createProvider(supervisor)
  }

  /** How it stands with the engine: idle, starting, ready, failed or disposed. */
  get state(): SimulatorState {
    return this.#supervisor.state
  }

  /**
   * Whether transactions run on several threads over one shared memory, or on one; `undefined` until
   * an engine has started, which is only with `lazy: true`.
   */
  get mode(): Build | undefined {
    return this.#supervisor.last?.mode
  }

  /** Why `mode` is `single`; `undefined` in mode `threads`. */
  get fallbackReason(): FallbackReason | undefined {
    return this.#supervisor.last?.fallbackReason
  }

  /** How many threads execute transactions; 0 until an engine has started. */
  get threads(): number {
    return this.#supervisor.last?.threads ?? 0
  }

  /**
   * How large the engine's memory is, in bytes, as of its last answer; `undefined` while there is no
   * engine. What it has grown to is only given back when the engine ends.
   *
   * @example
   * ```ts
   * import { createSimulator, snapshot } from 'forerun'
   *
   * const simulator = await createSimulator({
   *   source: snapshot({ chainId: 1, fork: 'OSAKA', accounts: {} }),
   *   memory: { maximumPages: 8_192 },
   * })
   * console.log(simulator.memory)
   * await simulator.dispose()
   * ```
   */
  get memory(): MemoryFigures | undefined {
    return this.#supervisor.memory
  }

  /**
   * Starts the engine, if there is none: before the first call of a simulator made with `lazy: true`,
   * or after one has died. A start that failed can be tried again.
   *
   * @example
   * ```ts
   * import { createSimulator, http } from 'forerun'
   *
   * const simulator = await createSimulator({ source: http('https://rpc.example'), lazy: true })
   * console.log(simulator.state.status) // 'idle'
   * await simulator.warmup()
   * console.log(simulator.state.status) // 'ready'
   * await simulator.dispose()
   * ```
   */
  async warmup(): Promise<void> {
    await this.#supervisor.warmup()
  }

  /**
   * Simulates an ordered list of transactions.
   *
   * @param parameters - The transactions and the block they stand in.
   * @returns What each transaction would do. A revert is a result, not an exception.
   *
   * @example
   * ```ts
   * import { createSimulator, snapshot } from 'forerun'
   *
   * const alice = '0x1000000000000000000000000000000000000001'
   * const bob = '0x2000000000000000000000000000000000000002'
   * const simulator = await createSimulator({
   *   source: snapshot({
   *     chainId: 1,
   *     fork: 'OSAKA',
   *     accounts: { [alice]: { balance: 10n ** 18n, nonce: 0 } },
   *   }),
   * })
   * const result = await simulator.simulateBundle({
   *   transactions: [{ from: alice, to: bob, value: 1n }],
   *   block: { number: 1n, timestamp: 1n, gasLimit: 30_000_000n, baseFeePerGas: 0n },
   * })
   * console.log(result.transactions[0]?.status) // 'success'
   * await simulator.dispose()
   * ```
   */
  simulateBundle(parameters: SimulateBundleParameters): Promise<SimulateBundleReturnType> {
    return simulateBundle(this.#supervisor, parameters)
  }

  /**
   * Executes a whole block on the base state and compares it with its header.
   *
   * @param parameters - Header, transactions and the rest of the block.
   * @returns Gas used, receipts root and logs bloom beside those of the header.
   *
   * @example
   * ```ts no_run
   * import { createSimulator, snapshot } from 'forerun'
   *
   * const { state, block } = await (await fetch('/block.json')).json()
   * const simulator = await createSimulator({ source: snapshot(state) })
   * const { checks } = await simulator.replayBlock({ block, compare: true })
   * console.log(checks.receiptsRoot) // true
   * await simulator.dispose()
   * ```
   */
  replayBlock(parameters: ReplayBlockParameters): Promise<ReplayBlockReturnType> {
    return replayBlock(this.#supervisor, parameters)
  }

  /** The block whose state is stood on; `undefined` on a snapshot. */
  get block(): PinnedBlock | undefined {
    return this.#supervisor.block
  }

  /**
   * Moves on to the state behind another block; remote state only. Calls made before are worked off
   * on the block before. What was read of that one is taken for what the new one may have, so the
   * same bundle needs one wave there.
   *
   * @param parameters - The block.
   * @returns The block, pinned by its hash.
   *
   * @example
   * ```ts
   * import { createSimulator, http } from 'forerun'
   *
   * const simulator = await createSimulator({ source: http('https://rpc.example') })
   * const { number } = await simulator.setBlock({ block: 'latest' })
   * console.log(number)
   * await simulator.dispose()
   * ```
   */
  setBlock(parameters: SetBlockParameters): Promise<SetBlockReturnType> {
    return setBlock(this.#supervisor, parameters)
  }

  /**
   * Simulates a bundle now and again on each new block, and says what has changed; remote state only.
   * Moves this simulator from block to block, as `setBlock` does.
   *
   * @param parameters - The bundle, and who is to hear of it.
   * @returns A function that ends it.
   *
   * @example
   * ```ts
   * import { createSimulator, http } from 'forerun'
   *
   * const alice = '0x1000000000000000000000000000000000000001'
   * const bob = '0x2000000000000000000000000000000000000002'
   * const simulator = await createSimulator({ source: http('https://rpc.example') })
   * const stop = simulator.watch({
   *   bundle: { transactions: [{ from: alice, to: bob, value: 1n }] },
   *   onResult: ({ status }, { number }) => console.log(number, status),
   *   onDrift: ({ transactions }) => console.warn('came out otherwise:', transactions),
   * })
   * stop()
   * ```
   */
  watch(parameters: WatchParameters): WatchReturnType {
    return watch(this.#supervisor, parameters)
  }

  /** Ends all workers. Pending and later calls reject with a `DisposedError`. Idempotent. */
  async dispose(): Promise<void> {
    this.#supervisor.dispose()
  }
}

// Older runtimes lack the symbol; a method of that name in the class would be called "undefined".
if (typeof Symbol.asyncDispose === 'symbol')
  Object.defineProperty(Simulator.prototype, Symbol.asyncDispose, {
    value(this: Simulator): Promise<void> {
      return this.dispose()
    },
    configurable: true,
    writable: true,
  })
