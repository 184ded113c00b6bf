// State at one pinned block: keys in, checked values out.

import type { Keys, Values } from './keys.js'
import type { Statistics } from './rpc.js'

/** Reads state at one pinned block. */
export type StateReader = {
  /**
   * Reads everything in one wave. All keys are answered, or it rejects with a `StateSourceError`,
   * a `BlockChangedError` or the signal's reason.
   */
  read(keys: Keys, signal: AbortSignal): Promise<Values>
  readonly statistics: Statistics
}
