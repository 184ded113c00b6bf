// The border between what wants to know something (reader, block resolution) and what sends
// requests (transport).

import type { Hex } from '../hex.js'
import type { RpcError } from './failure.js'

/** One JSON-RPC call, with the check that its result has to pass. */
export type RpcCall<T = unknown> = {
  readonly method: string
  /** Parameters, without the block where `pinned` is set. */
  readonly params: readonly unknown[]
  /** Whether the pinned block follows as the next parameter. */
  readonly pinned?: boolean
  /** Parameters behind the block. */
  readonly after?: readonly unknown[]
  /**
   * Whether the caller can do without: then a failure is an outcome like any other instead of the
   * end of the whole wave, and it is not repeated.
   */
  readonly optional?: boolean
  /**
   * Checks the result and brings it into its normal form.
   *
   * Throws `MalformedAnswer` for what is worth another attempt, and `Absent` where the endpoint
   * does not have the thing, which another endpoint might.
   */
  read(result: unknown): T
  /**
   * Makes an outcome of an error that a server answers with, for whoever only hands it on. Without
   * it such an error is a failure, and most are asked again.
   */
  readError?(error: RpcError): T
}

/** The endpoint does not have what was asked for. */
export class Absent extends Error {
  constructor(what: string) {
    super(`${what} is not there`)
    this.name = 'Absent'
  }
}

/** What became of a call. */
export type Outcome<T = unknown> =
  | { readonly ok: true; readonly value: T; readonly endpoint: string }
  | { readonly ok: false; readonly error: Error; readonly endpoint: string }

/** The block that pinned calls are about. */
export type BlockPin = { readonly hash: Hex; readonly number: Hex }

/** What a wave of calls comes with. */
export type WaveOptions = {
  /** Ends the wave at once; it then rejects with the signal's reason. */
  signal: AbortSignal
  /** Needed where calls are pinned. */
  pin?: BlockPin
  /** Sent along once to each endpoint that is asked, to find out what it can; nobody waits. */
  probes?: readonly RpcCall[]
}

/** What went over the wire so far. */
export type Statistics = {
  /** Requests sent: HTTP requests, or calls of a provider. */
  requests: number
  /** Bytes of bodies. A provider's calls have none. */
  bytes: { sent: number; received: number }
  /** Calls by their method. */
  methods: Record<string, number>
}

/** What an endpoint was found to be able to do. Plain data, worth keeping for some days. */
export type EndpointCapabilities = {
  /** The most calls in a batch, where fewer than wanted were accepted; 1: no batches. */
  batchLimit?: number
  /** Whether blocks can be given as `{ blockHash }`. */
  blockByHash?: boolean
  /** Optional methods that were tried, and whether they are of use. */
  methods: Record<string, boolean>
}

/** Capabilities by endpoint. */
export type Capabilities = Record<string, EndpointCapabilities>

/** Sends waves of calls. */
export type Transport = {
  /**
   * Sends calls, as few requests as the endpoints allow, all at once. Resolves to one outcome a
   * call, in order. Rejects with a `StateSourceError` as soon as a call that is not optional has
   * failed for good, with a `BlockChangedError`, or with the signal's reason.
   */
  request(calls: readonly RpcCall[], options: WaveOptions): Promise<Outcome[]>
  /** Whether some endpoint is known to serve an optional method usefully. */
  supports(method: string): boolean
  /**
   * Resolves once it is known of the optional methods that are being tried whether they are served, and
   * after so many milliseconds in any case. What may take long by its nature is not waited for.
   */
  tried(milliseconds: number): Promise<void>
  /** The most calls that fit into one request to some endpoint. */
  readonly batchLimit: number
  /** What was found out about the endpoints, to be handed in again some other time. */
  capabilities(): Capabilities
  readonly statistics: Statistics
  /** Ends everything under way. */
  close(): void
}
