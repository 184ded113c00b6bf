// The data of the demo: the chain it stands on and the bundle it runs, both made by demo/contracts.

import type { Address, Hex, Transaction } from 'forerun'
import bundleUrl from '../bundle.json?url'
import snapshotUrl from '../snapshot.json?url'

/** One transaction, with the words that the page shows beside it. */
export type Step = { sender: string; title: string; transaction: Transaction }

export type Bundle = {
  /** Names of accounts and contracts, by lower-case address. */
  names: ReadonlyMap<string, string>
  steps: readonly Step[]
}

/** A call request as it stands in the file: quantities as hex. */
type Request = {
  from: Address
  to?: Address
  data?: Hex
  value?: Hex
  gas: Hex
  nonce: number
  maxFeePerGas: Hex
  maxPriorityFeePerGas: Hex
}

type BundleFile = {
  names: Record<string, string>
  transactions: { sender: string; title: string; request: Hex | Request }[]
}

async function load(url: string): Promise<Response> {
  const response = await fetch(url)
  if (!response.ok)
    throw new Error(`${new URL(url, document.baseURI).href}: HTTP ${response.status}`)
  return response
}

const transactionOf = (request: Hex | Request): Transaction => {
  if (typeof request === 'string') return request
  const { value, gas, maxFeePerGas, maxPriorityFeePerGas, ...rest } = request
  return {
    ...rest,
    value: value === undefined ? undefined : BigInt(value),
    gas: BigInt(gas),
    maxFeePerGas: BigInt(maxFeePerGas),
    maxPriorityFeePerGas: BigInt(maxPriorityFeePerGas),
  }
}

/** Loads the bundle. */
export async function loadBundle(): Promise<Bundle> {
  const file = (await (await load(bundleUrl)).json()) as BundleFile
  return {
    names: new Map(Object.entries(file.names)),
    steps: file.transactions.map(({ sender, title, request }) => ({
      sender,
      title,
      transaction: transactionOf(request),
    })),
  }
}

/** Loads the chain's state, as the bytes that the engine will parse. */
export async function loadState(): Promise<Uint8Array> {
  return new Uint8Array(await (await load(snapshotUrl)).arrayBuffer())
}
