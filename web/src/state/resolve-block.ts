// From a tag, number or hash to one block that nothing can move: everything later is asked by its
// hash.

import { InvalidRequestError } from '../errors/request.js'
import { BlockNotFoundError, StateSourceError } from '../errors/state-source.js'
import type { Hex } from '../hex.js'
import { MalformedAnswer, quantity64 } from './answers.js'
import { type BlobParams, type ForkName, forkNames, rulesOf } from './chains.js'
import { type RpcHeader, readHeader } from './header.js'
import { Absent, type RpcCall, type Transport } from './rpc.js'

/** A block by tag, number (also as 0x quantity) or hash. `'pending'` is no block yet. */
export type BlockReference = 'latest' | 'safe' | 'finalized' | 'earliest' | bigint | number | Hex

/** The chain as the caller says it is; what is absent is found out. */
export type ChainOptions = {
  /** Its id; a source that serves another chain is refused. */
  id?: number | undefined
  /** The rules, instead of what the schedule or the header says. */
  fork?: ForkName | undefined
  /** The blob parameters, instead of those of the fork. */
  blobParams?: BlobParams | undefined
}

/** The block that a simulation stands on. */
export type PinnedBlock = {
  /** The chain it is of. */
  chainId: number
  /** The rules that hold in it. */
  fork: ForkName
  /** What holds for blobs in it; from Cancun on. */
  blobParams?: BlobParams
  /** Its header, under the names of `eth_getBlockByNumber`. */
  header: RpcHeader
  /** Its hash, by which its state is asked for. */
  hash: Hex
  /** Its number. */
  number: bigint
  /** Seconds since 1970. */
  timestamp: bigint
}

/**
 * Finds a block and the rules that hold in it, in one round trip.
 *
 * Throws `InvalidRequestError`, `BlockNotFoundError`, `StateSourceError` or the signal's reason.
 */
export async function resolveBlock(
  transport: Transport,
  block: BlockReference,
  chain: ChainOptions = {},
  signal: AbortSignal = new AbortController().signal,
): Promise<PinnedBlock> {
  const reference = checkReference(block)
  checkChain(chain)
  const calls: [RpcCall<number>, RpcCall<RpcHeader>] = [
    { method: 'eth_chainId', params: [], read: readChainId },
    {
      method: reference.hash === undefined ? 'eth_getBlockByNumber' : 'eth_getBlockByHash',
      params: [reference.text, false],
      read: (result) => readBlock(result, reference),
    },
  ]
  const outcomes = await transport.request(calls, { signal }).catch((error: unknown) => {
    if (error instanceof StateSourceError && error.cause instanceof Absent)
      throw new BlockNotFoundError({ block: reference.text, endpoint: error.endpoint })
    throw error
  })
  const [chainId, header] = outcomes.map((outcome) => outcome.ok && outcome.value) as [
    number,
    RpcHeader,
  ]
  if (chain.id !== undefined && chain.id !== chainId)
    throw new InvalidRequestError({
      field: 'chain.id',
      value: chain.id,
      reason: `the source serves chain ${chainId}`,
    })
  const rules = rulesOf(chainId, header)
  const blobParams = chain.blobParams ?? rules.blobParams
  return {
    chainId,
    fork: chain.fork ?? rules.fork,
    ...(blobParams === undefined ? {} : { blobParams }),
    header,
    hash: header.hash,
    number: BigInt(header.number),
    timestamp: BigInt(header.timestamp),
  }
}

const checkChain = ({ id, fork, blobParams }: ChainOptions): void => {
  const refuse = (field: string, value: unknown, reason: string): InvalidRequestError =>
    new InvalidRequestError({ field: `chain.${field}`, value, reason })
  if (id !== undefined && !(Number.isSafeInteger(id) && id > 0))
    throw refuse('id', id, 'not a positive whole number')
  if (fork !== undefined && !forkNames.includes(fork))
    throw refuse('fork', fork, `not one of ${forkNames.join(', ')}`)
  if (blobParams === undefined) return
  const { target, max, baseFeeUpdateFraction } = blobParams
  if (![target, max, baseFeeUpdateFraction].every((each) => Number.isSafeInteger(each)))
    throw refuse('blobParams', blobParams, 'not three whole numbers')
  if (target < 0 || max < 1 || max < target || baseFeeUpdateFraction < 1)
    throw refuse('blobParams', blobParams, 'not limits that a block can keep')
}

type Reference = { text: string; hash?: Hex; number?: Hex }

const tags = new Set(['latest', 'safe', 'finalized', 'earliest'])

const checkReference = (block: unknown): Reference => {
  const refuse = (reason: string): InvalidRequestError =>
    new InvalidRequestError({ field: 'block', value: block, reason })
  if (typeof block === 'bigint' || (typeof block === 'number' && Number.isSafeInteger(block))) {
    if (block < 0 || block >= 2n ** 64n) throw refuse('not a number of 64 bits')
    const number: Hex = `0x${block.toString(16)}`
    return { text: number, number }
  }
  if (typeof block === 'string') {
    if (tags.has(block)) return { text: block }
    if (/^0x[0-9a-f]{64}$/i.test(block)) {
      const hash = block.toLowerCase() as Hex
      return { text: hash, hash }
    }
    if (/^0x[0-9a-f]{1,16}$/i.test(block)) {
      const number: Hex = `0x${BigInt(block).toString(16)}`
      return { text: number, number }
    }
    if (block === 'pending') throw refuse('a pending block has no state that could be pinned')
  }
  throw refuse("not a number, a hash, 'latest', 'safe', 'finalized' or 'earliest'")
}

const readChainId = (result: unknown): number => {
  const id = Number(quantity64(result, 'the chain id'))
  if (!Number.isSafeInteger(id)) throw new MalformedAnswer('the chain id', result, 'is too large')
  return id
}

const readBlock = (result: unknown, asked: Reference): RpcHeader => {
  if (result === null) throw new Absent(`block ${asked.text}`)
  const header = readHeader(result)
  if (asked.number !== undefined && header.number !== asked.number)
    throw new MalformedAnswer('the block number', header.number, `is not ${asked.number}`)
  if (asked.hash !== undefined && header.hash !== asked.hash)
    throw new MalformedAnswer('the block hash', header.hash, `is not ${asked.hash}`)
  return header
}
