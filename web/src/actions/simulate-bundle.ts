// simulateBundle: an ordered list of transactions in one block on top of the base state.

import type { Caller } from '../caller.js'
import type { DisposedError, EngineError, WorkerLostError } from '../errors/life-cycle.js'
import {
  InvalidRequestError,
  type InvalidTransactionError,
  type MissingStateError,
} from '../errors/request.js'
import type { BlockChangedError, StateSourceError } from '../errors/state-source.js'
import type { Address, Hex } from '../hex.js'
import { encodeJson, toBigInt, toMaybeBigInt } from '../wire.js'
import { type Call, readCalls } from './call-tree.js'
import { type CallOptions, type ReplayKey, type Report, splitCall } from './report.js'
import { readStateChanges, type StateChange } from './state-changes.js'

/** An entry of an EIP-2930 access list. */
export type AccessListEntry = {
  /** The account. */
  address: Address
  /** Slots of its storage, 32 bytes each. */
  storageKeys: readonly Hex[]
}

/** An EIP-7702 authorization. */
export type Authorization = {
  /** The chain it is for; 0 means every chain. */
  chainId: bigint | number
  /** The contract whose code the signer's account takes on. */
  address: Address
  /** The signer's nonce when it takes effect. */
  nonce: bigint | number
  /** Of the signature: 0 or 1. */
  yParity: number
  /** Of the signature. */
  r: bigint | Hex
  /** Of the signature. */
  s: bigint | Hex
}

/** An unsigned transaction. What is left out is filled in from the state and the block. */
export type UnsignedTransaction = {
  /** Who sends it. */
  from: Address
  /** Absent for the creation of a contract. */
  to?: Address | null | undefined
  /** Wei; nothing by default. */
  value?: bigint | undefined
  /** Calldata, or the creation code of a contract. */
  data?: Hex | undefined
  /** Another name of `data`; the two together must be equal. */
  input?: Hex | undefined
  /** The gas limit; by default as much as the block and the sender's funds allow. */
  gas?: bigint | undefined
  /** Wei for each unit of gas; types 0 and 1. */
  gasPrice?: bigint | undefined
  /** Wei for each unit of gas at most; from type 2 on. */
  maxFeePerGas?: bigint | undefined
  /** Wei for each unit of gas that go to the block's builder at most; from type 2 on. */
  maxPriorityFeePerGas?: bigint | undefined
  /** By default the one that is due. */
  nonce?: bigint | number | undefined
  /** What is warm from the start; from type 1 on. */
  accessList?: readonly AccessListEntry[] | undefined
  /** Makes it one of type 4. */
  authorizationList?: readonly Authorization[] | undefined
  /** Makes it one of type 3. The blobs themselves are of no concern to the EVM. */
  blobVersionedHashes?: readonly Hex[] | undefined
  /** Wei for each unit of blob gas at most. */
  maxFeePerBlobGas?: bigint | undefined
  /** 0 to 4; by default the one that the other fields ask for. */
  type?: number | undefined
  /** By default that of the state. */
  chainId?: bigint | number | undefined
}

/** A transaction: signed, as the raw bytes a node would take, or unsigned. */
export type Transaction = Hex | UnsignedTransaction

/** The block the transactions stand in; what is left out is predicted. */
export type BlockOverrides = {
  /** What NUMBER answers. */
  number?: bigint | undefined
  /** Seconds since 1970. */
  timestamp?: bigint | undefined
  /** Wei; from London on. */
  baseFeePerGas?: bigint | undefined
  /** Who receives the fees. */
  coinbase?: Address | undefined
  /** Gas of all transactions together at most. */
  gasLimit?: bigint | undefined
  /** What PREVRANDAO answers; after the merge. */
  prevRandao?: Hex | undefined
  /** What DIFFICULTY answers; before the merge. */
  difficulty?: bigint | undefined
  /** From Cancun on. */
  excessBlobGas?: bigint | undefined
}

/** The block as it was used; what the fork does not have is absent. */
export type BlockEnvironment = {
  /** What NUMBER answers. */
  number: bigint
  /** Seconds since 1970. */
  timestamp: bigint
  /** Who receives the fees. */
  coinbase: Address
  /** Gas of all transactions together at most. */
  gasLimit: bigint
  /** Wei; from London on. */
  baseFeePerGas?: bigint | undefined
  /** What PREVRANDAO answers; after the merge. */
  prevRandao?: Hex | undefined
  /** What DIFFICULTY answers; 0 after the merge. */
  difficulty: bigint
  /** From Cancun on. */
  excessBlobGas?: bigint | undefined
  /** Price of a unit of blob gas in wei. */
  blobBaseFee?: bigint | undefined
}

/** A change to the base state for one simulation only. */
export type StateOverride = {
  /** Whose state is changed. */
  address: Address
  /** Wei. */
  balance?: bigint | undefined
  /** The number of its next transaction. */
  nonce?: bigint | number | undefined
  /** The code that it has instead of its own. */
  code?: Hex | undefined
  /** Replaces the whole storage of the account. */
  state?: Readonly<Record<Hex, Hex>> | undefined
  /** Replaces single slots. */
  stateDiff?: Readonly<Record<Hex, Hex>> | undefined
}

/**
 * What can be found out about a bundle beside what its transactions come to.
 *
 * - `calls`: the calls of each transaction, as a tree, with their logs. Recorded in the one execution
 *   there is, at the cost of the memory that they take up: 16 MiB a transaction at most, 256 MiB a bundle.
 * - `stateChanges`: what each transaction changed, and all of them together. Recorded likewise.
 * - `gasLimitNeeded`: the least gas limit of each transaction, on what those before it left.
 * - `accessList`: what each transaction reads there that is not warm from the start.
 *
 * The last two take further executions of each transaction.
 */
export type Inclusion = 'calls' | 'stateChanges' | 'gasLimitNeeded' | 'accessList'

/** Parameters of `simulateBundle`. */
export type SimulateBundleParameters = CallOptions & {
  /** The transactions, in order. */
  transactions: readonly Transaction[]
  /** The block; what is left out is predicted from the block the snapshot stands after. */
  block?: BlockOverrides | undefined
  /** Changes to the base state before the first transaction. */
  stateOverrides?: readonly StateOverride[] | undefined
  /**
   * `relaxed` lets a sender simulate without funds for fee and value, with a fee below the base fee, and
   * with code.
   *
   * @defaultValue 'real'
   */
  feeChecks?: 'real' | 'relaxed' | undefined
  /** What is to be found out beside what the transactions do. */
  include?: readonly Inclusion[] | undefined
  /** Threads for this call, at most those of the simulator; 1 executes one after the other. */
  threads?: number | undefined
  /** Whether the report is to say who did what when. One thread has no timeline. */
  timeline?: boolean | undefined
}

/** An event. */
export type Log = {
  /** The contract that logged it. */
  address: Address
  /** Up to four words; mostly the event's signature and its indexed arguments. */
  topics: readonly Hex[]
  /** What is not indexed, ABI-encoded. */
  data: Hex
  /** Position among all logs of the bundle. */
  logIndex: number
}

/** Why a transaction had no effect. */
export type TransactionFailure = {
  /** `revert`, or the EVM's reason to halt, such as `outOfGas`. */
  kind: string
  /** For people; Solidity's `Error(string)` and `Panic(uint256)` are decoded. */
  message: string
  /** What the contract returned; empty for a halt. */
  data: Hex
}

/** What one transaction would do. */
export type TransactionResult = {
  /** Position in the bundle. */
  index: number
  /** Hash of a signed transaction. */
  hash?: Hex | undefined
  /** Who sends it. */
  from: Address
  /** `null` for the creation of a contract. */
  to: Address | null
  /** `reverted` by a contract, which gives back what gas is left; `halted` by the EVM, which does not. */
  status: 'success' | 'reverted' | 'halted'
  /** After refunds, as in a receipt. */
  gasUsed: bigint
  /**
   * With `include: ['gasLimitNeeded']`: the least gas limit with which the transaction succeeds at its
   * place, or `null` if it fails with any.
   */
  gasLimitNeeded?: bigint | null | undefined
  /** With `include: ['accessList']`; from Berlin on. */
  accessList?: readonly AccessListEntry[] | undefined
  /**
   * With `include: ['calls']`: the outermost call, with those within it, or `null` if they take up
   * more memory than there is for them.
   */
  calls?: Call | null | undefined
  /** With `include: ['stateChanges']`: the accounts that the transaction changed, by address. */
  stateChanges?: readonly StateChange[] | undefined
  /** Wei paid for each unit of gas. */
  effectiveGasPrice: bigint
  /** Return or revert data. */
  output: Hex
  /** In order; empty where it had no effect. */
  logs: readonly Log[]
  /** Address of a created contract. */
  contractAddress?: Address | undefined
  /** Why the transaction reverted or halted. */
  error?: TransactionFailure | undefined
}

/** What `simulateBundle` resolves to. */
export type SimulateBundleReturnType = {
  /** `failed` if any transaction reverted or halted. */
  status: 'success' | 'failed'
  /** The block that was used, with all that was predicted. */
  block: BlockEnvironment
  /** Gas of all transactions. */
  gasUsed: bigint
  /** What each transaction would do, in order. */
  transactions: readonly TransactionResult[]
  /** With `include: ['stateChanges']`: what all transactions changed together, by address. */
  stateChanges?: readonly StateChange[] | undefined
  /** How they were executed. */
  report: Report
  /** With `replayKey`, on remote state. */
  replayKey?: ReplayKey | undefined
  /** Time of the execution inside the engine. */
  milliseconds?: number | undefined
}

/** What `simulateBundle` may throw. */
export type SimulateBundleErrorType =
  | InvalidRequestError
  | InvalidTransactionError
  | MissingStateError
  | StateSourceError
  | BlockChangedError
  | WorkerLostError
  | DisposedError
  | EngineError

// The engine's JSON: 0x strings wherever the public type has a bigint.
type Wire<T> = {
  [Field in keyof T]: bigint extends T[Field] ? Exclude<T[Field], bigint> | string : T[Field]
}
// Calls and changes of state are texts of JSON, since there may be thousands of them.
type WireTransaction = Omit<Wire<TransactionResult>, 'calls' | 'stateChanges'> & {
  calls?: string | null
  stateChanges?: string
}
type WireResult = Omit<
  SimulateBundleReturnType,
  'block' | 'gasUsed' | 'transactions' | 'stateChanges'
> & {
  block: Wire<BlockEnvironment>
  gasUsed: string
  transactions: readonly WireTransaction[]
  stateChanges?: string
}

/** Simulates an ordered list of transactions; see `Simulator.simulateBundle`. */
export async function simulateBundle(
  caller: Caller,
  parameters: SimulateBundleParameters,
): Promise<SimulateBundleReturnType> {
  const { request, options } = splitCall(parameters)
  const bytes = encodeJson(request, (facts) => new InvalidRequestError(facts))
  const call = { action: 'simulateBundle' as const, request: bytes, replayKey: options.replayKey }
  return decode((await caller.call(call, options.signal, options.onProgress)) as WireResult)
}

const decode = ({ stateChanges, ...wire }: WireResult): SimulateBundleReturnType => ({
  ...wire,
  ...(stateChanges !== undefined && { stateChanges: readStateChanges(stateChanges) }),
  block: {
    ...wire.block,
    number: toBigInt(wire.block.number),
    timestamp: toBigInt(wire.block.timestamp),
    gasLimit: toBigInt(wire.block.gasLimit),
    baseFeePerGas: toMaybeBigInt(wire.block.baseFeePerGas),
    difficulty: toBigInt(wire.block.difficulty),
    excessBlobGas: toMaybeBigInt(wire.block.excessBlobGas),
    blobBaseFee: toMaybeBigInt(wire.block.blobBaseFee),
  },
  gasUsed: toBigInt(wire.gasUsed),
  transactions: wire.transactions.map(decodeTransaction),
})

const decodeTransaction = ({
  gasLimitNeeded: needed,
  calls,
  stateChanges,
  ...transaction
}: WireTransaction): TransactionResult => ({
  ...transaction,
  gasUsed: toBigInt(transaction.gasUsed),
  ...(needed !== undefined && { gasLimitNeeded: needed === null ? null : toBigInt(needed) }),
  ...(calls !== undefined && { calls: calls === null ? null : readCalls(calls) }),
  ...(stateChanges !== undefined && { stateChanges: readStateChanges(stateChanges) }),
  effectiveGasPrice: toBigInt(transaction.effectiveGasPrice),
})
