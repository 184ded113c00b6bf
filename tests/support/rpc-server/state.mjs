// The state after one block, from what was recorded. Accounts and slots that are not listed are
// empty, as they are for the engine.

import { keccak256 } from 'viem'
import { childOf, completed, parentOf } from './header.mjs'
import { emptyCodeHash, quantity, word } from './hex.mjs'

/**
 * @typedef {{ balance?: string, nonce?: string, code?: string, codeHash?: string, storage?: Record<string, string> }} AccountRecord
 * @typedef {{ balance: bigint, nonce: bigint, code: string, codeHash: string, storage: Map<bigint, bigint> }} Account
 */

/** What a server knows after one block. */
export class State {
  /**
   * @param {object} parts
   * @param {number} parts.chainId
   * @param {object} parts.header complete, with its hash
   * @param {Map<string, Account>} parts.accounts by lower-case address
   * @param {Map<bigint, string>} [parts.blockHashes] of earlier blocks
   */
  constructor({ chainId, header, accounts, blockHashes = new Map() }) {
    this.chainId = chainId
    this.header = header
    this.accounts = accounts
    this.blockHashes = blockHashes
  }

  get number() {
    return BigInt(this.header.number)
  }

  get hash() {
    return this.header.hash
  }

  /** The account, or undefined where there is none. */
  account(address) {
    return this.accounts.get(address.toLowerCase())
  }

  slot(address, key) {
    return this.account(address)?.storage.get(BigInt(key)) ?? 0n
  }

  /**
   * The state one block later.
   * @param {object} changes
   * @param {Record<string, AccountRecord>} [changes.accounts] fields and slots that are not named stay
   * @param {object} [changes.header] fields that differ from what follows from the parent
   */
  next({ accounts = {}, header = {} } = {}) {
    const after = new Map(this.accounts)
    for (const [address, record] of Object.entries(accounts)) {
      const key = address.toLowerCase()
      const before = after.get(key) ?? accountOf({}, {})
      const changed = accountOf({ codeHash: before.codeHash, code: before.code, ...record }, {})
      after.set(key, {
        ...changed,
        balance: record.balance === undefined ? before.balance : changed.balance,
        nonce: record.nonce === undefined ? before.nonce : changed.nonce,
        storage: new Map([...before.storage, ...changed.storage]),
      })
    }
    const blockHashes = new Map(this.blockHashes).set(this.number, this.hash)
    const child = childOf(this.header, header)
    return new State({ chainId: this.chainId, header: child, accounts: after, blockHashes })
  }
}

/** The state before a recorded block, in the form of the fixtures; `codes` are code by hash. */
export function stateBeforeBlock(block, codes) {
  return new State({
    chainId: block.chainId,
    header: parentOf(block),
    accounts: accountsOf(block.pre, codes),
    blockHashes: hashesOf(block.blockHashes),
  })
}

/** The state of a snapshot: `{ chainId, block, accounts, codes?, blockHashes? }`. */
export function stateOfSnapshot({ chainId, block, accounts, codes = {}, blockHashes }) {
  if (block === undefined) throw new Error('a snapshot without a block has no place in a chain')
  return new State({
    chainId,
    header: completed(block),
    accounts: accountsOf(accounts, codes),
    blockHashes: hashesOf(blockHashes),
  })
}

/** The same state as a snapshot: what the engine gets that needs no server. */
export function snapshotOf(state, { fork, blobParams } = {}) {
  const codes = {}
  const accounts = {}
  for (const [address, { balance, nonce, code, codeHash, storage }] of state.accounts) {
    if (codeHash !== emptyCodeHash) codes[codeHash] = code
    accounts[address] = {
      balance: quantity(balance),
      nonce: quantity(nonce),
      codeHash,
      storage: Object.fromEntries([...storage].map(([key, value]) => [word(key), word(value)])),
    }
  }
  const blockHashes = Object.fromEntries(
    [...state.blockHashes].map(([number, hash]) => [String(number), hash]),
  )
  const { chainId, header: block } = state
  return { chainId, fork, blobParams, block, accounts, codes, blockHashes }
}

const accountsOf = (records, codes) =>
  new Map(
    Object.entries(records).map(([address, record]) => [
      address.toLowerCase(),
      accountOf(record, codes),
    ]),
  )

function accountOf({ balance = '0x0', nonce = '0x0', code, codeHash, storage = {} }, codes) {
  const found = code ?? codes[codeHash] ?? '0x'
  const noCode = found === '0x'
  if (noCode && codeHash !== undefined && codeHash !== emptyCodeHash && BigInt(codeHash) !== 0n)
    throw new Error(`no code has the hash ${codeHash}`)
  return {
    balance: BigInt(balance),
    nonce: BigInt(nonce),
    code: found,
    codeHash: noCode ? emptyCodeHash : code === undefined ? codeHash : keccak256(found),
    storage: new Map(Object.entries(storage).map(([key, value]) => [BigInt(key), BigInt(value)])),
  }
}

const hashesOf = (record = {}) =>
  new Map(Object.entries(record).map(([number, hash]) => [BigInt(number), hash]))
