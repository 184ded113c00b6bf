// The chain that a server speaks of: the states it has, and which of them is the head.

import { completed, hashOfNumber } from './header.mjs'
import { isHash, isQuantity } from './hex.mjs'
import { RpcError } from './rpc-error.mjs'

const tags = new Set(['latest', 'pending', 'safe', 'finalized'])

export class Chain {
  #states
  #head

  /** @param {import('./state.mjs').State[]} states of which the last is the head, unless `head` says otherwise */
  constructor(states, head) {
    if (states.length === 0) throw new Error('a chain needs a state')
    if (new Set(states.map(({ chainId }) => chainId)).size > 1)
      throw new Error('all states must be of one chain')
    this.#states = [...states]
    this.#head = states[states.length - 1]
    if (head !== undefined) this.setHead(head)
  }

  get chainId() {
    return this.#head.chainId
  }

  get head() {
    return this.#head
  }

  /** Adds a state without making it the head. */
  add(state) {
    this.#states.push(state)
  }

  /** Moves `latest`, by number or hash; what is after it is not known then. */
  setHead(place) {
    const fits = isHash(place)
      ? (state) => state.hash === place
      : (state) => state.number === BigInt(place)
    const found = this.#states.findLast(fits)
    if (!found) throw new Error(`there is no state at ${place}`)
    this.#head = found
  }

  /** Whether a block is the head or before it, along parents as far as they are recorded. */
  #isCanonical(state) {
    for (let at = this.#head; at !== undefined; at = this.#parent(at)) {
      if (at === state) return true
      if (at.number <= state.number) return false
    }
    return this.#at(state.number) === state
  }

  #parent(state) {
    return this.#states.find(({ hash }) => hash === state.header.parentHash)
  }

  /** The parent's state, where there is one. */
  parentOf(state) {
    return this.#parent(state)
  }

  /** The state with this number that the head stands on. */
  #at(number) {
    if (number > this.#head.number) return undefined
    const alike = this.#states.filter((state) => state.number === number)
    if (alike.length < 2) return alike[0]
    for (let at = this.#head; at !== undefined; at = this.#parent(at))
      if (at.number === number) return at
    return alike[alike.length - 1]
  }

  /**
   * The state that a call's block parameter names.
   * @throws {RpcError} as servers do where there is none
   */
  resolve(block = 'latest') {
    if (typeof block === 'object' && block !== null) {
      if (block.blockHash !== undefined) {
        const found = this.#byHash(block.blockHash)
        if (block.requireCanonical === true && !this.#isCanonical(found))
          throw new RpcError(-32000, 'hash is not currently canonical')
        return found
      }
      return this.resolve(block.blockNumber)
    }
    if (tags.has(block)) return this.#head
    if (isHash(block)) return this.#byHash(block)
    const number = block === 'earliest' ? 0n : isQuantity(block) ? BigInt(block) : undefined
    if (number === undefined)
      throw new RpcError(-32602, `invalid argument: ${JSON.stringify(block)} is no block`)
    if (number > this.#head.number) throw headerNotFound()
    const found = this.#at(number)
    if (!found) throw pruned(number)
    return found
  }

  #byHash(hash) {
    const found = this.#states.find((state) => state.hash === String(hash).toLowerCase())
    // A node does not know what comes after its head.
    if (!found || found.number > this.#head.number) throw headerNotFound()
    return found
  }

  /** The header of a block, also where there is no state; null where there is no such block. */
  header(block) {
    if (isHash(block)) {
      try {
        return this.#byHash(block).header
      } catch {
        return null
      }
    }
    if (tags.has(block)) return this.#head.header
    const number = block === 'earliest' ? 0n : isQuantity(block) ? BigInt(block) : undefined
    if (number === undefined)
      throw new RpcError(-32602, `invalid argument: ${JSON.stringify(block)} is no block`)
    if (number > this.#head.number) return null
    return this.#at(number)?.header ?? this.#ancestor(number)
  }

  /** A block before all states. Its hash may be recorded; all else is made up. */
  #ancestor(number) {
    const { header, blockHashes } = this.#head
    const hashAt = (n) => blockHashes.get(n) ?? hashOfNumber(n)
    const { timestamp, gasLimit, baseFeePerGas, difficulty } = header
    const earlier = BigInt(timestamp) - 12n * (this.#head.number - number)
    return completed({
      number,
      hash: hashAt(number),
      parentHash: hashAt(number - 1n),
      timestamp: `0x${(earlier < 0n ? 0n : earlier).toString(16)}`,
      gasLimit,
      difficulty,
      ...(baseFeePerGas === undefined ? {} : { baseFeePerGas }),
    })
  }
}

export const headerNotFound = () => new RpcError(-32000, 'header not found')

const pruned = (number) =>
  new RpcError(-32000, `missing trie node: state of block ${number} is not available`)
