// setBlock: the same simulator on the state behind another block.

import type { Caller } from '../caller.js'
import type { DisposedError, EngineError, WorkerLostError } from '../errors/life-cycle.js'
import { InvalidRequestError } from '../errors/request.js'
import type { BlockNotFoundError, StateSourceError } from '../errors/state-source.js'
import { type CallProgress, checkListener } from '../progress.js'
import type { BlockReference, PinnedBlock } from '../state/resolve-block.js'
import { encodeJson } from '../wire.js'

/** Parameters of `setBlock`. */
export type SetBlockParameters = {
  /** Tag, number or hash of the block to stand on from now on. */
  block: BlockReference
  /** Ends the call, which then rejects with the signal's reason. */
  signal?: AbortSignal | undefined
  /** Hears how far the call has come; see {@link CallProgress}. What it throws changes nothing for it. */
  onProgress?: ((progress: CallProgress) => void) | undefined
}

/** What `setBlock` resolves to. */
export type SetBlockReturnType = PinnedBlock

/** What `setBlock` may throw. */
export type SetBlockErrorType =
  | InvalidRequestError
  | BlockNotFoundError
  | StateSourceError
  | WorkerLostError
  | DisposedError
  | EngineError

/** Moves on to another block; see `Simulator.setBlock`. */
export async function setBlock(
  caller: Caller,
  { block, signal, onProgress }: SetBlockParameters,
): Promise<SetBlockReturnType> {
  checkListener(onProgress)
  const request = encodeJson(
    block,
    (facts) => new InvalidRequestError({ ...facts, field: 'block' }),
  )
  const call = { action: 'setBlock' as const, request }
  return (await caller.call(call, signal, onProgress)) as PinnedBlock
}
