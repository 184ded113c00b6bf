// replayBlock: a whole block on top of its parent's state, compared with its own header.

import type { Caller } from '../caller.js'
import type { DisposedError, EngineError, WorkerLostError } from '../errors/life-cycle.js'
import {
  InvalidRequestError,
  type InvalidTransactionError,
  type MissingStateError,
} from '../errors/request.js'
import type { BlockChangedError, StateSourceError } from '../errors/state-source.js'
import type { Hex } from '../hex.js'
import type { BlobParams } from '../state/chains.js'
import { encodeJson, toBigInt, toMaybeBigInt } from '../wire.js'
import { type CallOptions, type ReplayKey, type Report, splitCall } from './report.js'
import type { UnsignedTransaction } from './simulate-bundle.js'

/** A block as JSON-RPC gives it; quantities may be 0x strings or bigint. */
export type ReplayableBlock = {
  /** The header, fields named as in `eth_getBlockByNumber`. */
  header: Readonly<Record<string, unknown>>
  /** Raw bytes, objects that hold them as `raw`, or unsigned transactions. */
  transactions: readonly (
    | Hex
    | {
        /** The bytes that a node would take. */
        raw: Hex
      }
    | UnsignedTransaction
  )[]
  /** Withdrawals from the beacon chain, as JSON-RPC gives them; from Shanghai on. */
  withdrawals?: readonly Readonly<Record<string, unknown>>[] | undefined
  /** Headers of uncles, whose miners are rewarded; before the merge. */
  uncles?: readonly Readonly<Record<string, unknown>>[] | undefined
}

/** Parameters of `replayBlock`. */
export type ReplayBlockParameters = CallOptions & {
  /** The block, whose parent's state the simulator has to stand on. */
  block: ReplayableBlock
  /** The fork whose rules hold, if not the snapshot's. */
  fork?: string | undefined
  /** The blob schedule, if not the fork's own. */
  blobParams?: BlobParams | undefined
  /** Hashes of earlier blocks by number, beside those of the snapshot. */
  blockHashes?: Readonly<Record<string, Hex>> | undefined
  /** Threads for this call, at most those of the simulator; 1 executes one after the other. */
  threads?: number | undefined
  /** Whether the report is to say who did what when. One thread has no timeline. */
  timeline?: boolean | undefined
  /** Whether to execute sequentially as well and compare the whole results. */
  compare?: boolean | undefined
}

/** What `replayBlock` resolves to. */
export type ReplayBlockReturnType = {
  /** The block's number. */
  number: bigint
  /** How many transactions the block has. */
  transactions: number
  /** Gas of all transactions. */
  gasUsed: bigint
  /** What the header says of it. */
  gasUsedExpected?: bigint | undefined
  /** Root of the trie of receipts; `null` before Byzantium, whose receipts held state roots. */
  receiptsRoot: Hex | null
  /** What the header says of it. */
  receiptsRootExpected?: Hex | undefined
  /** Bloom filter over all logs. */
  logsBloom: Hex
  /** Hash of the requests to the consensus layer; from Prague on. */
  requestsHash?: Hex | undefined
  /** Each against the header; `null` where there is nothing to compare. */
  checks: {
    /** Whether the gas is that of the header. */
    gasUsed: boolean | null
    /** Whether the receipts are those of the header. */
    receiptsRoot: boolean | null
    /** Whether the bloom filter is that of the header. */
    logsBloom: boolean | null
    /** Whether the requests are those of the header. */
    requestsHash: boolean | null
  }
  /** Whether the parallel and the sequential execution agree in everything; with `compare`. */
  identical?: boolean | undefined
  /** How it was executed. */
  report: Report
  /** With `replayKey`, on remote state. */
  replayKey?: ReplayKey | undefined
  /** Time of the execution inside the engine. */
  milliseconds?: number | undefined
  /** Time of the sequential execution; with `compare`. */
  sequentialMilliseconds?: number | undefined
}

/** What `replayBlock` may throw. */
export type ReplayBlockErrorType =
  | InvalidRequestError
  | InvalidTransactionError
  | MissingStateError
  | StateSourceError
  | BlockChangedError
  | WorkerLostError
  | DisposedError
  | EngineError

type WireResult = Omit<ReplayBlockReturnType, 'number' | 'gasUsed' | 'gasUsedExpected'> & {
  number: string
  gasUsed: string
  gasUsedExpected?: string | null
}

/** Executes a block and compares it with its header; see `Simulator.replayBlock`. */
export async function replayBlock(
  caller: Caller,
  parameters: ReplayBlockParameters,
): Promise<ReplayBlockReturnType> {
  const { request, options } = splitCall(parameters)
  const bytes = encodeJson(request, (facts) => new InvalidRequestError(facts))
  const call = { action: 'replayBlock' as const, request: bytes, replayKey: options.replayKey }
  const wire = (await caller.call(call, options.signal, options.onProgress)) as WireResult
  return {
    ...wire,
    number: toBigInt(wire.number),
    gasUsed: toBigInt(wire.gasUsed),
    gasUsedExpected: toMaybeBigInt(wire.gasUsedExpected),
  }
}
