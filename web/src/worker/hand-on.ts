// Which JSON-RPC methods the source is asked for, and how: a question about the latest block is one
// about the pinned block, so that all answers are about the same.

import type { PinnedBlock } from '../state/resolve-block.js'
import type { Question } from './remote-state.js'

/** Whether a method executes what it is given. */
export const executes = (method: string): boolean =>
  /^\w+_(call|estimate|sim|traceCall)\w*$|^(eth_createAccessList|eth_fillTransaction|trace_rawTransaction)$/.test(
    method,
  )

const stateReads = /^eth_get(Balance|Code|StorageAt|StorageValues|TransactionCount|Proof)$/

/** Whether a method reads state at a block that is among its parameters. */
export const isStateRead = (method: string): boolean => stateReads.test(method)

const plainReads =
  /^(eth_(get(Block|Transaction|Uncle|Header)\w*|getAccount|getAccountInfo|gasPrice|maxPriorityFeePerGas|blobBaseFee|feeHistory|syncing|protocolVersion|config)|net_version|net_listening|net_peerCount|web3_clientVersion)$/

/**
 * The question to the source for a method that is the source's to answer, or `undefined`: one that only
 * reads and needs more than state, namely blocks, their transactions, and proofs.
 */
export function fromSource(
  method: string,
  params: readonly unknown[],
  pinned: PinnedBlock,
): Question | undefined {
  switch (method) {
    case 'eth_getProof':
      return isPinned(params[2], pinned)
        ? { method, params: params.slice(0, 2), pinned: true }
        : { method, params }
    case 'eth_getBlockByNumber':
      return isPinned(params[0], pinned)
        ? { method: 'eth_getBlockByHash', params: [pinned.hash, ...params.slice(1)] }
        : { method, params }
    case 'eth_getLogs':
      return { method, params: params.map((filter) => within(filter, pinned)) }
    default: {
      if (stateReads.test(method) || !plainReads.test(method)) return undefined
      const place = placeOfBlock(method)
      return {
        method,
        params: params.map((each, at) => (at === place ? settled(each, pinned) : each)),
      }
    }
  }
}

const placeOfBlock = (method: string): number | undefined => {
  if (/^eth_(feeHistory|getAccount|getAccountInfo)$/.test(method)) return 1
  return /^eth_get(Block|Header|.*ByBlockNumber)/.test(method) ? 0 : undefined
}

const tags = new Set<unknown>(['latest', 'pending', 'safe', 'finalized', undefined, null])

const isPinned = (block: unknown, pinned: PinnedBlock): boolean => {
  if (tags.has(block) || block === pinned.hash) return true
  if (typeof block === 'string')
    return /^0x[0-9a-f]{1,16}$/i.test(block) && BigInt(block) === pinned.number
  const { blockHash, blockNumber } = (block ?? {}) as Record<string, unknown>
  return blockHash === pinned.hash || blockNumber === pinned.header.number
}

/** The pinned block in the place of a tag. */
const settled = (block: unknown, pinned: PinnedBlock): unknown =>
  tags.has(block) ? pinned.header.number : block

const within = (filter: unknown, pinned: PinnedBlock): unknown => {
  if (typeof filter !== 'object' || filter === null || 'blockHash' in filter) return filter
  const { fromBlock, toBlock } = filter as Record<string, unknown>
  return { ...filter, fromBlock: settled(fromBlock, pinned), toBlock: settled(toBlock, pinned) }
}
