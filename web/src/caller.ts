// What actions ask things of: whoever has an engine, or can get one.

import type { CallProgress } from './progress.js'
import type { Call } from './protocol.js'
import type { PinnedBlock } from './state/resolve-block.js'

/** Has calls worked off, in order. */
export type Caller = {
  /**
   * Rejects with the reason of `signal` at once when it is aborted. `onProgress` hears how far the call
   * has come.
   */
  call(
    call: Call,
    signal?: AbortSignal | undefined,
    onProgress?: ((progress: CallProgress) => void) | undefined,
  ): Promise<unknown>
  /** The block that remote state is pinned to. */
  readonly block: PinnedBlock | undefined
}
