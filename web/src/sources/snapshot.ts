// A base state that is handed over whole: no network, everything not listed reads as empty.

import { InvalidSnapshotError } from '../errors/request.js'
import { encodeJson } from '../wire.js'

export type { Source } from './source.js'

/** A base state that is handed over whole. Made by {@link snapshot}. */
export type SnapshotSource = {
  /** Tells sources apart. */
  readonly type: 'snapshot'
  /** The snapshot as UTF-8 JSON. */
  readonly bytes: Uint8Array
}

/**
 * Uses a snapshot of accounts as the base state.
 *
 * @param json - The snapshot as an object (quantities may be `bigint`), as JSON text, or as the
 *   UTF-8 bytes of JSON text.
 * @returns A source for `createSimulator`.
 *
 * @example
 * ```ts
 * import { createSimulator, snapshot } from 'forerun'
 *
 * const simulator = await createSimulator({
 *   source: snapshot({ chainId: 1, fork: 'OSAKA', accounts: {} }),
 * })
 * ```
 */
export function snapshot(json: object | string | Uint8Array): SnapshotSource {
  if (json instanceof Uint8Array) return { type: 'snapshot', bytes: json }
  if (typeof json === 'string') return { type: 'snapshot', bytes: new TextEncoder().encode(json) }
  if (typeof json !== 'object' || json === null)
    throw new InvalidSnapshotError({
      field: '',
      value: String(json),
      reason: 'not an object, a string or bytes',
    })
  return { type: 'snapshot', bytes: encodeJson(json, (facts) => new InvalidSnapshotError(facts)) }
}
