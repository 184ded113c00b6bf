// One request and its answer, whatever carries them.

import type { Failure, RpcError } from './failure.js'

/** A call as it is sent. */
export type WireCall = { id: number; method: string; params: readonly unknown[] }

/** What one call was answered with; not checked yet. */
export type Answer = { result: unknown } | { error: RpcError }

/** What came of one request. */
export type Exchange =
  /** Answers by id. Some may be missing. */
  | { type: 'answers'; answers: ReadonlyMap<number, Answer> }
  /** The calls were too many for one request. */
  | { type: 'batch-refused'; limit: number | undefined; failure: Failure }
  | { type: 'failed'; failure: Failure }

/** What carries requests to one endpoint. */
export type Wire = {
  /** For errors: nothing secret is in it. */
  readonly name: string
  /** Sends calls in one request. Rejects only if the signal aborts. */
  send(calls: readonly WireCall[], signal: AbortSignal): Promise<Exchange>
}

/** Takes note of bytes that went over a wire. */
export type CountBytes = (bytes: { sent?: number; received?: number }) => void
