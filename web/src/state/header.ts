// A block's header as JSON-RPC servers give it, checked, and without all that is not header.

import type { Address, Hex } from '../hex.js'
import { type Checked, data, isRecord, MalformedAnswer, quantity } from './answers.js'

/** A checked header, under the names of `eth_getBlockByNumber`. Absent fields are left out. */
export type RpcHeader = {
  /** The block's number. */
  number: Hex
  /** The block's hash. */
  hash: Hex
  /** Hash of the block before it. */
  parentHash: Hex
  /** Seconds since 1970. */
  timestamp: Hex
  /** Gas of all transactions together at most. */
  gasLimit: Hex
  /** Gas of all transactions. */
  gasUsed?: Hex
  /** Wei; from London on. */
  baseFeePerGas?: Hex
  /** Who receives the fees. */
  miner?: Address
  /** What PREVRANDAO answers; after the merge. */
  mixHash?: Hex
  /** What DIFFICULTY answers; before the merge. */
  difficulty?: Hex
  /** Root of the trie of accounts, behind the block. */
  stateRoot?: Hex
  /** Root of the trie of receipts. */
  receiptsRoot?: Hex
  /** Bloom filter over all logs. */
  logsBloom?: Hex
  /** Root of the trie of withdrawals; from Shanghai on. */
  withdrawalsRoot?: Hex
  /** Gas of all blobs; from Cancun on. */
  blobGasUsed?: Hex
  /** What the price of blobs follows from; from Cancun on. */
  excessBlobGas?: Hex
  /** Root of the beacon block before it; from Cancun on. */
  parentBeaconBlockRoot?: Hex
  /** Hash of the requests to the consensus layer; from Prague on. */
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
