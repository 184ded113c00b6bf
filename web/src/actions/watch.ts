// watch: the same bundle again whenever the chain has moved on. What was read before is asked for in
// one wave then, and only what read something that has changed is executed again.

import type { Caller } from '../caller.js'
import { DisposedError } from '../errors/life-cycle.js'
import { InvalidRequestError } from '../errors/request.js'
import type { PinnedBlock } from '../state/resolve-block.js'
import { setBlock } from './set-block.js'
import {
  type SimulateBundleParameters,
  type SimulateBundleReturnType,
  simulateBundle,
  type TransactionResult,
} from './simulate-bundle.js'

/** What came out otherwise than the time before. */
export type Drift = {
  /** The result before. */
  before: SimulateBundleReturnType
  /** The result now. */
  after: SimulateBundleReturnType
  /** The transactions whose status, gas, output or logs differ, by index. */
  transactions: readonly number[]
}

/** Parameters of `watch`. */
export type WatchParameters = {
  /** What to simulate. */
  bundle: Omit<SimulateBundleParameters, 'signal'>
  /**
   * Milliseconds between two looks for a new block.
   *
   * @defaultValue 4000
   */
  pollingInterval?: number | undefined
  /** Gets each result, with the block it stands on. */
  onResult: (result: SimulateBundleReturnType, block: PinnedBlock) => void
  /** Gets what has changed since the result before, if anything has. */
  onDrift?: ((drift: Drift) => void) | undefined
  /** Gets what went wrong. Watching goes on, unless the simulator itself is at its end. */
  onError?: ((error: unknown) => void) | undefined
  /** Ends watching. */
  signal?: AbortSignal | undefined
}

/** Ends watching. */
export type WatchReturnType = () => void

/** Simulates a bundle on each new block; see `Simulator.watch`. */
export function watch(caller: Caller, parameters: WatchParameters): WatchReturnType {
  const { bundle, pollingInterval = 4_000, onResult, onDrift, onError, signal } = parameters
  if (caller.block === undefined)
    throw new InvalidRequestError({
      field: 'source',
      value: 'snapshot',
      reason: 'a snapshot is of one block, which nothing follows',
    })
  if (!(Number.isInteger(pollingInterval) && pollingInterval >= 1 && pollingInterval < 2 ** 31))
    throw new InvalidRequestError({
      field: 'pollingInterval',
      value: pollingInterval,
      reason: 'not a whole number of milliseconds of at least 1',
    })
  const ending = new AbortController()
  const stop = (): void => ending.abort()
  signal?.addEventListener('abort', stop, { once: true })
  if (signal?.aborted) stop()
  const watching = ending.signal
  let last: { hash: string; result: SimulateBundleReturnType } | undefined

  const look = async (): Promise<void> => {
    // The first result is that of the block that the simulator stands on already.
    const block =
      last === undefined
        ? (caller.block as PinnedBlock)
        : await setBlock(caller, { block: 'latest', signal: watching })
    if (block.hash === last?.hash) return
    const result = await simulateBundle(caller, { ...bundle, signal: watching })
    if (watching.aborted) return
    const before = last?.result
    last = { hash: block.hash, result }
    onResult(result, block)
    const transactions = before === undefined ? [] : changed(before, result)
    if (before !== undefined && transactions.length > 0)
      onDrift?.({ before, after: result, transactions })
  }

  const run = async (): Promise<void> => {
    while (!watching.aborted) {
      try {
        await look()
      } catch (error) {
        if (watching.aborted) break
        onError?.(error)
        if (error instanceof DisposedError) break
      }
      await pause(pollingInterval, watching)
    }
    signal?.removeEventListener('abort', stop)
  }
  void run()
  return stop
}

const changed = (
  before: SimulateBundleReturnType,
  after: SimulateBundleReturnType,
): readonly number[] =>
  after.transactions.flatMap((transaction, index) => {
    const earlier = before.transactions[index]
    return earlier !== undefined && isSame(earlier, transaction) ? [] : [index]
  })

const isSame = (one: TransactionResult, other: TransactionResult): boolean =>
  one.status === other.status &&
  one.gasUsed === other.gasUsed &&
  one.output === other.output &&
  JSON.stringify(one.logs) === JSON.stringify(other.logs)

/** Waits so long, or until it is over. */
const pause = (milliseconds: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) return resolve()
    const end = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, milliseconds)
    signal.addEventListener('abort', end)
  })
