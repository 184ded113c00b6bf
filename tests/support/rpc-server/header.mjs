// Headers of blocks that a server has state at, and what is made up where none was recorded.

import { emptyRoot, isHash, madeUpHash, quantity, word } from './hex.mjs'

const emptyUncles = '0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347'
const secondsBefore = { merge: 12, earlier: 13 }
const gasPerBlob = 131_072n

const merged = ({ difficulty }) => BigInt(difficulty ?? 0) === 0n

/** The hash of an ancestor that nobody recorded. */
export const hashOfNumber = (number) => madeUpHash(`block ${BigInt(number)}`)

/**
 * The header before a recorded block: its number and hash, that of its own parent if it was recorded,
 * and a time, fees and gas from which the block's own base fee and excess of blob gas follow. A next
 * block that is predicted from it is like the recorded one, but for who builds it and its randomness.
 */
export function parentOf({ header, blobParams, blockHashes }) {
  const { number, parentHash, timestamp, gasLimit, miner, mixHash, difficulty } = header
  const apart = merged(header) ? secondsBefore.merge : secondsBefore.earlier
  const parent = {
    number: quantity(BigInt(number) - 1n),
    hash: parentHash,
    timestamp: quantity(BigInt(timestamp) - BigInt(apart)),
    gasLimit,
    // Half of the limit is the target, where the base fee stays as it is.
    gasUsed: quantity(BigInt(gasLimit) / 2n),
    miner,
    mixHash,
    difficulty,
  }
  // A contract may ask for this hash, and whoever has the header knows it without asking.
  const before = blockHashes?.[String(BigInt(number) - 2n)]
  if (before !== undefined) parent.parentHash = before
  if (header.baseFeePerGas !== undefined) parent.baseFeePerGas = header.baseFeePerGas
  if (header.withdrawalsRoot !== undefined) parent.withdrawalsRoot = emptyRoot
  if (header.excessBlobGas !== undefined) {
    parent.excessBlobGas = header.excessBlobGas
    parent.blobGasUsed = quantity(BigInt(blobParams?.target ?? 0) * gasPerBlob)
    parent.parentBeaconBlockRoot = word(0)
  }
  if (header.requestsHash !== undefined) parent.requestsHash = header.requestsHash
  return completed(parent)
}

/**
 * A header with whatever servers give, the missing made up. Fields that only some forks have stay
 * out.
 */
export function completed(header) {
  const number = quantity(header.number)
  const full = {
    parentHash: hashOfNumber(BigInt(number) - 1n),
    sha3Uncles: emptyUncles,
    miner: `0x${'00'.repeat(20)}`,
    stateRoot: madeUpHash(`state of ${number}`),
    transactionsRoot: emptyRoot,
    receiptsRoot: emptyRoot,
    logsBloom: `0x${'00'.repeat(256)}`,
    difficulty: '0x0',
    gasUsed: '0x0',
    extraData: '0x',
    mixHash: word(0),
    nonce: '0x0000000000000000',
    size: '0x200',
    ...header,
    number,
  }
  if (!isHash(full.hash)) full.hash = madeUpHash(JSON.stringify(full))
  return full
}

/**
 * The header of a block after `parent`, with changes; `hash` follows from all else unless it is
 * given.
 */
export function childOf(parent, changes = {}) {
  const { hash: parentHash, size: _, ...inherited } = parent
  return completed({
    ...inherited,
    parentHash,
    number: quantity(BigInt(parent.number) + 1n),
    timestamp: quantity(BigInt(parent.timestamp) + 12n),
    stateRoot: madeUpHash(`state after ${parentHash}`),
    ...changes,
  })
}
