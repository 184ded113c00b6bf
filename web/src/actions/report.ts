// What both actions report about the execution itself.

import type { Address, Hex } from '../hex.js'
import { type CallProgress, checkListener } from '../progress.js'

/** One transaction that had to be executed again, and why. */
export type Reexecution = {
  /** The transaction that was executed again. */
  transaction: number
  /** The transaction whose write it had missed; absent if it was the block itself. */
  writer?: number | undefined
  /** The account on which they met. */
  address: Address
  /** The storage slot on which they met; absent if it was the account itself. */
  slot?: Hex | undefined
  /** `account` means its balance, nonce and code. */
  what: 'account' | 'storage'
  /**
   * What was not as it had been read; `missingState` and `panic` stand for a first execution that came
   * to no end.
   */
  cause: 'storage' | 'balance' | 'nonce' | 'code' | 'existence' | 'missingState' | 'panic'
  /** Gas that the first execution had used, for nothing. */
  wastedGas: number
}

/** A change of how far transactions could run ahead of their turn. */
export type WindowChange = {
  /** The first transaction that was not settled then. */
  head: number
  /** How many transactions from that one on, itself included, could be in work. With 1 none ran ahead. */
  window: number
}

/** What one worker did with one transaction. */
export type Activity = {
  /** Which worker; 0 is the one that settles. */
  worker: number
  /** The transaction. */
  transaction: number
  /**
   * `ahead` means executing it ahead of its turn, `direct` in its turn, and `settle` finding out that
   * what ran ahead stands.
   */
  work: 'ahead' | 'direct' | 'settle'
  /** When it began, in milliseconds since 1970, by one clock for all workers. */
  start: number
  /** When it was done. */
  end: number
}

/** What remote state cost. Never affects results. */
export type StateReport = {
  /** Rounds in which state was asked for, each of which had to be waited for. */
  waves: number
  /** Requests to servers, repeated ones included. */
  requests: number
  /** Bytes of their bodies. */
  bytes: {
    /** Of all requests. */
    sent: number
    /** Of all answers. */
    received: number
  }
  /** Calls by JSON-RPC method. */
  methods: Readonly<Record<string, number>>
  /** Pieces of state that servers were asked for: accounts, slots, codes, block hashes. */
  asked: number
  /**
   * Pieces of state that the result rests on, those from the cache included; 0 without `runAhead`,
   * where they are not counted.
   */
  read: number
  /** Milliseconds of waiting for servers. */
  milliseconds: number
}

/** How the transactions were executed. Never affects results. */
export type Report = {
  /** Threads that took part. */
  threads: number
  /** Executions in all; more than there are transactions if some were executed again. */
  executions: number
  /** Executions on state that could no longer change. */
  direct: number
  /** The transactions that were executed again. */
  reexecutions: readonly Reexecution[]
  /** Executions ahead of their turn whose end was not waited for. */
  abandoned: number
  /** Gas of the executions that did not stand. */
  wastedGas: number
  /** The part of the transactions that ran in their turn at once, between 0 and 1. */
  headDirectShare: number
  /** How the number of transactions in work changed, in order. Empty where it never did. */
  windows: readonly WindowChange[]
  /** Who did what when, by worker and then by time; with `timeline`. */
  timeline?: readonly Activity[] | undefined
  /** What remote state cost; absent on a snapshot. */
  state?: StateReport | undefined
}

/**
 * All that it takes to simulate the same again, elsewhere and offline: hand `snapshot` to `snapshot()`
 * and `request` to the same action. Plain JSON.
 */
export type ReplayKey = {
  /** The state that was read, incomplete beyond that. */
  readonly snapshot: Readonly<Record<string, unknown>>
  /** What was simulated. */
  readonly request: Readonly<Record<string, unknown>>
}

/** What every action can be told besides its request. */
export type CallOptions = {
  /** Ends the call, which then rejects with the signal's reason. */
  signal?: AbortSignal | undefined
  /** Whether the result is to have a `replayKey`; remote state only. */
  replayKey?: boolean | undefined
  /**
   * Hears how far the call has come: passes of execution, and waves of state that are read. A start
   * that the call waits for is told to the listener of `createSimulator` only. What it throws changes
   * nothing for the call, and is reported as what that one throws.
   */
  onProgress?: ((progress: CallProgress) => void) | undefined
}

/** Parts what a caller gave into the request and what concerns the call. */
export const splitCall = <T extends CallOptions>(
  parameters: T,
): { request: Omit<T, keyof CallOptions>; options: CallOptions } => {
  const { signal, replayKey, onProgress, ...request } = parameters
  checkListener(onProgress)
  return { request, options: { signal, replayKey, onProgress } }
}
