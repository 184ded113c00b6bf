// The calls of a transaction, as the engine writes them.

import type { Address, Hex } from '../hex.js'
import { toBigInt } from '../wire.js'

/** A log of a call that was not undone. */
export type CallLog = {
  /** The contract that logged. */
  address: Address
  /** Up to four indexed words. */
  topics: readonly Hex[]
  /** The rest. */
  data: Hex
  /** Position among all logs of the bundle. */
  index: number
  /** How many calls the call had made before. */
  position: number
}

/**
 * A call, with those that it made; the shape is that of go-ethereum's
 * [`callTracer`](https://geth.ethereum.org/docs/developers/evm-tracing/built-in-tracers#call-tracer).
 */
export type Call = {
  /** The instruction; of the outermost call what it is like. */
  type: 'CALL' | 'CALLCODE' | 'DELEGATECALL' | 'STATICCALL' | 'CREATE' | 'CREATE2' | 'SELFDESTRUCT'
  /** Whose code called; of the outermost call the sender. */
  from: Address
  /** Absent for a creation that failed. */
  to?: Address | undefined
  /** Wei; absent for a static call. */
  value?: bigint | undefined
  /** What it was given; for the outermost call the gas limit of the transaction. */
  gas: bigint
  /** For the outermost call what the receipt would say. */
  gasUsed: bigint
  /** For a creation the code that runs. */
  input: Hex
  /** What it returned, or reverted with; absent where that is nothing. */
  output?: Hex | undefined
  /** Why it failed, in go-ethereum's words. */
  error?: string | undefined
  /** What a Solidity contract reverted with. */
  revertReason?: string | undefined
  /** Those of its own code that were not undone. */
  logs?: readonly CallLog[] | undefined
  /** The calls that it made, in order. */
  calls?: readonly Call[] | undefined
}

type WireCall = Omit<Call, 'value' | 'gas' | 'gasUsed' | 'logs' | 'calls'> & {
  value?: string
  gas: string
  gasUsed: string
  logs?: readonly (Omit<CallLog, 'index' | 'position'> & { index: string; position: string })[]
  calls?: readonly WireCall[]
}

/** Reads the engine's text. */
export const readCalls = (text: string): Call => callOf(JSON.parse(text))

// Calls lie at most 1,024 deep in one another, which is no depth to JavaScript.
const callOf = ({ value, gas, gasUsed, logs, calls, ...rest }: WireCall): Call => ({
  ...rest,
  ...(value !== undefined && { value: toBigInt(value) }),
  gas: toBigInt(gas),
  gasUsed: toBigInt(gasUsed),
  ...(logs && {
    logs: logs.map(({ index, position, ...log }) => ({
      ...log,
      index: Number(index),
      position: Number(position),
    })),
  }),
  ...(calls && { calls: calls.map(callOf) }),
})
