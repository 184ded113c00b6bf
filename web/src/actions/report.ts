// What both actions report about the execution itself.

import type { Address, Hex } from '../hex.js'

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
}
