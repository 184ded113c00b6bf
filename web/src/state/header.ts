// A block's header as JSON-RPC servers give it, checked, and without all that is not header.

import type { Address, Hex } from '../hex.js'
import { type Checked, data, isRecord, MalformedAnswer, quantity } from './answers.js'

/** A checked header, under the names of `eth_getBlockByNumber`. Absent fields are left out. */
export type RpcHeader = {
  number: Hex
  hash: Hex
  parentHash: Hex
  timestamp: Hex
  gasLimit: Hex
  gasUsed?: Hex
  baseFeePerGas?: Hex
  miner?: Address
  mixHash?: Hex
  difficulty?: Hex
  stateRoot?: Hex
  receiptsRoot?: Hex
  logsBloom?: Hex
  withdrawalsRoot?: Hex
  blobGasUsed?: Hex
  excessBlobGas?: Hex
  parentBeaconBlockRoot?: Hex
  requestsHash?: Hex
}

const hash: Checked<Hex> = (value, what) => data(value, what, 32)

const required: Record<string, Checked<Hex>> = {
  number: quantity,
  hash,
  parentHash: hash,
  timestamp: quantity,
  gasLimit: quantity,
}

const optional: Record<string, Checked<Hex>> = {
  gasUsed: quantity,
  baseFeePerGas: quantity,
  miner: (value, what) => data(value, what, 20),
  mixHash: hash,
  difficulty: quantity,
  stateRoot: hash,
  receiptsRoot: hash,
  logsBloom: (value, what) => data(value, what, 256),
  withdrawalsRoot: hash,
  blobGasUsed: quantity,
  excessBlobGas: quantity,
  parentBeaconBlockRoot: hash,
  requestsHash: hash,
}

/** Reads a block as a header; throws `MalformedAnswer` naming the field at fault. */
export function readHeader(block: unknown): RpcHeader {
  if (!isRecord(block)) throw new MalformedAnswer('the block', block, 'is not an object')
  const header: Record<string, Hex> = {}
  for (const [name, check] of Object.entries(required)) header[name] = check(block[name], name)
  for (const [name, check] of Object.entries(optional))
    if (block[name] !== undefined && block[name] !== null) header[name] = check(block[name], name)
  return header as RpcHeader
}
