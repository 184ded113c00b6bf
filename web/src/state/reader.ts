// State at one pinned block: keys in, checked values out.

import { StateSourceError } from '../errors/state-source.js'
import type { Address, Hex } from '../hex.js'
import { emptyCodeHash } from './answers.js'
import { isNothing, type Keys, noKeys, noValues, type Values } from './keys.js'
import { type Methods, plainCalls, plainMethods, plan, probesFor } from './plan.js'
import type { PinnedBlock } from './resolve-block.js'
import type { BlockPin, Statistics, Transport } from './rpc.js'

/** Reads state at one pinned block. */
export type StateReader = {
  /**
   * Reads everything in one wave. All keys are answered, or it rejects with a `StateSourceError`,
   * a `BlockChangedError` or the signal's reason.
   */
  read(keys: Keys, signal: AbortSignal): Promise<Values>
  readonly statistics: Statistics
}

// How many milliseconds a wave of many calls waits to know whether there are methods that ask for more at
// once: that saves it about as much.
const longestWait = 40

/** What a reader has to know of its block. */
export type ReaderBlock = Pick<PinnedBlock, 'hash' | 'number'> & {
  header: Pick<PinnedBlock['header'], 'parentHash'>
}

/** What a reader may be told besides. */
export type ReaderOptions = {
  /**
   * An account that has the code of this hash. Needed where `Keys` ask for codes: servers give
   * them by address only.
   */
  ownerOfCode?: ((hash: Hex) => Address | undefined) | undefined
}

/** Makes a reader. */
export function createReader(
  transport: Transport,
  block: ReaderBlock,
  { ownerOfCode = () => undefined }: ReaderOptions = {},
): StateReader {
  const pin: BlockPin = { hash: block.hash, number: `0x${block.number.toString(16)}` }

  const read = async (keys: Keys, signal: AbortSignal): Promise<Values> => {
    signal.throwIfAborted()
    const values = noValues()
    for (const address of Object.keys(keys.storage)) values.storage[address as Address] = {}
    let left: Keys = {
      ...keys,
      codes: keys.codes.filter((hash) => {
        if (hash === emptyCodeHash) values.codes[hash] = '0x'
        return hash !== emptyCodeHash
      }),
      blockHashes: keys.blockHashes.filter((number) => {
        const known = knownHash(block, BigInt(number))
        if (known !== undefined) values.blockHashes[number] = known
        return known === undefined
      }),
    }
    // Whatever fits into one request plainly is best read so.
    const large = plainCalls(left) > transport.batchLimit
    if (large) await transport.tried(longestWait)
    let methods: Methods = {
      storageValues: transport.supports('eth_getStorageValues'),
      accountInfo: transport.supports('eth_getAccountInfo'),
      proof: large && transport.supports('eth_getProof'),
    }
    // At most twice: what an optional method did not bring, plain calls do.
    while (!isNothing(left)) {
      const reads = plan(left, { methods, values, ownerOf })
      const outcomes = await transport.request(
        reads.map(({ call }) => call),
        { signal, pin, probes: probesFor(left, large) },
      )
      left = noKeys()
      outcomes.forEach((outcome, index) => {
        const { take, without } = reads[index] as (typeof reads)[number]
        if (outcome.ok) take(outcome.value)
        else if (without !== undefined) left = together(left, without)
      })
      methods = plainMethods
    }
    return values
  }

  const ownerOf = (hash: Hex): Address => {
    const owner = ownerOfCode(hash)
    if (owner !== undefined) return owner
    throw new StateSourceError(
      { method: 'eth_getCode', endpoint: 'none', attempts: 0, block: block.hash },
      { details: `no account is known that has the code ${hash}` },
    )
  }

  return { read, statistics: transport.statistics }
}

// The header itself says two of the hashes that contracts may ask for, the likeliest among them.
const knownHash = (block: ReaderBlock, number: bigint): Hex | undefined => {
  if (number === block.number) return block.hash
  return number === block.number - 1n ? block.header.parentHash : undefined
}

const together = (one: Keys, other: Keys): Keys => {
  const storage = { ...one.storage }
  for (const [address, slots] of Object.entries(other.storage) as [Address, Hex[]][])
    storage[address] = [...(storage[address] ?? []), ...slots]
  return {
    accounts: [...new Set([...one.accounts, ...other.accounts])],
    storage,
    codes: [...one.codes, ...other.codes],
    blockHashes: [...one.blockHashes, ...other.blockHashes],
  }
}
