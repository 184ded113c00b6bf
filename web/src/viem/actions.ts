// What a simulator does beyond JSON-RPC, as actions of a client of viem's.

import {
  type Abi,
  type Account,
  type Client,
  decodeFunctionResult,
  encodeFunctionData,
  type Transport,
} from 'viem'
import type {
  SimulateBundleParameters,
  SimulateBundleReturnType,
  Transaction,
  TransactionResult,
  UnsignedTransaction,
} from '../actions/simulate-bundle.js'
import { InvalidRequestError } from '../errors/request.js'
import type { Address } from '../hex.js'
import type { Simulator } from '../simulator.js'

/** A call of a contract by its ABI. */
export type ContractTransaction = Omit<UnsignedTransaction, 'from' | 'to' | 'data' | 'input'> & {
  /** Who calls; the client's account where nobody is named. */
  from?: Address | undefined
  /** The contract. */
  to: Address
  /** What the contract has, as viem takes it. */
  abi: Abi
  /** The function that is called. */
  functionName: string
  /** What it is called with. */
  args?: readonly unknown[] | undefined
}

/** Parameters of the action `simulateBundle`. */
export type SimulateCallBundleParameters = Omit<SimulateBundleParameters, 'transactions'> & {
  /** The transactions, in order: signed, unsigned, or calls by ABI. */
  transactions: readonly (Transaction | ContractTransaction)[]
}

/** What the action `simulateBundle` resolves to. */
export type SimulateCallBundleReturnType = Omit<SimulateBundleReturnType, 'transactions'> & {
  /** What each transaction would do, in order. */
  transactions: readonly (TransactionResult & {
    /** What a call by ABI returned, decoded, where it returned. */
    result?: unknown
  })[]
}

/** The actions of {@link forerunActions}. */
export type ForerunActions = {
  /** As the simulator's, and takes calls by ABI. */
  simulateBundle(parameters: SimulateCallBundleParameters): Promise<SimulateCallBundleReturnType>
  /** As the simulator's. */
  setBlock: Simulator['setBlock']
  /** As the simulator's. */
  replayBlock: Simulator['replayBlock']
}

/**
 * Gives a client of viem the actions of a simulator.
 *
 * @param simulator - Who acts.
 * @returns What `client.extend` takes.
 *
 * @example
 * ```ts
 * import { createSimulator, http } from 'forerun'
 * import { forerunActions, forerunTransport } from 'forerun/viem'
 * import { createClient, erc20Abi, parseUnits } from 'viem'
 *
 * const simulator = await createSimulator({ source: http('https://rpc.example') })
 * const client = createClient({
 *   account: '0x28c6c06298d514db089934071355e5743bf21d60',
 *   transport: forerunTransport(simulator),
 * }).extend(forerunActions(simulator))
 * const { transactions } = await client.simulateBundle({
 *   transactions: [
 *     {
 *       to: '0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48',
 *       abi: erc20Abi,
 *       functionName: 'transfer',
 *       args: ['0x2000000000000000000000000000000000000002', parseUnits('5', 6)],
 *     },
 *   ],
 * })
 * console.log(transactions[0]?.status, transactions[0]?.result) // 'success' true
 * await simulator.dispose()
 * ```
 */
export function forerunActions(
  simulator: Pick<Simulator, 'simulateBundle' | 'setBlock' | 'replayBlock'>,
): (client: Pick<Client<Transport>, 'account'>) => ForerunActions {
  return ({ account }) => ({
    simulateBundle: async ({ transactions, ...rest }) => {
      const result = await simulator.simulateBundle({
        ...rest,
        transactions: transactions.map((each, index) => encoded(each, index, account)),
      })
      return {
        ...result,
        transactions: result.transactions.map((each) => ({
          ...each,
          ...resultOf(each, transactions[each.index]),
        })),
      }
    },
    setBlock: (parameters) => simulator.setBlock(parameters),
    replayBlock: (parameters) => simulator.replayBlock(parameters),
  })
}

const isByAbi = (
  transaction: Transaction | ContractTransaction | undefined,
): transaction is ContractTransaction => typeof transaction === 'object' && 'abi' in transaction

const encoded = (
  transaction: Transaction | ContractTransaction,
  index: number,
  account: Account | undefined,
): Transaction => {
  if (!isByAbi(transaction)) return transaction
  const { abi, functionName, args = [], from = account?.address, ...rest } = transaction
  const at = `transactions[${index}]`
  if (from === undefined)
    throw new InvalidRequestError({
      field: `${at}.from`,
      value: undefined,
      reason: 'missing, and the client has no account',
    })
  try {
    return { ...rest, from, data: encodeFunctionData({ abi, functionName, args }) }
  } catch (cause) {
    throw new InvalidRequestError(
      { field: `${at}.args`, value: args, reason: `not what ${functionName} takes` },
      { details: String(cause), cause },
    )
  }
}

const resultOf = (
  { status, output }: TransactionResult,
  transaction: Transaction | ContractTransaction | undefined,
): { result?: unknown } => {
  if (status !== 'success' || !isByAbi(transaction)) return {}
  const { abi, functionName, args = [] } = transaction
  try {
    return { result: decodeFunctionResult({ abi, functionName, args, data: output }) }
  } catch {
    // Not what the ABI promises; what there is stands in `output`.
    return {}
  }
}
