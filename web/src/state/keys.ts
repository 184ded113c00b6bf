// What the engine asks of a base state, and what it is told: the words that the engine, the reader
// and the cache share.

import type { Address, Hex } from '../hex.js'

/**
 * What the engine misses. Addresses and hashes are lower-case, slots are padded to 32 bytes,
 * numbers are 0x quantities. There are no duplicates.
 */
export type Keys = {
  /** Accounts of which balance, nonce and code are wanted. */
  accounts: Address[]
  /** Slots by account. */
  storage: Record<Address, Hex[]>
  /** Hashes of codes; only such as came in as `codeHash` without the code. */
  codes: Hex[]
  /** Numbers of blocks whose hashes are wanted. */
  blockHashes: Hex[]
  /** Ways to slots that cannot be named, for servers that can go them; nothing that is wanted. */
  derived?: string[]
  /**
   * These are only the first of a request's keys, needed whatever comes of it: the engine's next step
   * names them again with the others, and takes long before it does.
   */
  areFirst?: true
}

/** What is known of some keys. */
export type Values = {
  accounts: Record<Address, AccountValue>
  /** Values of slots, padded to 32 bytes, by account and slot. */
  storage: Record<Address, Record<Hex, Hex>>
  /** Codes by their hashes. */
  codes: Record<Hex, Hex>
  /** Hashes of blocks by their numbers. */
  blockHashes: Record<Hex, Hex>
}

/** What is known of one account. */
export type AccountValue = {
  balance: Hex
  nonce: Hex
  code?: Hex
  codeHash?: Hex
  /**
   * `false` only where a proof shows absence; an account with nothing in it counts as absent
   * anyway.
   */
  exists?: boolean
}

/** No keys. */
export const noKeys = (): Keys => ({ accounts: [], storage: {}, codes: [], blockHashes: [] })

/** Keys without those that others name as well. */
export function without(keys: Keys, others: Keys): Keys {
  const left = <K>(wanted: readonly K[], taken: readonly K[] = []): K[] => {
    const named = new Set(taken)
    return wanted.filter((key) => !named.has(key))
  }
  const storage: Keys['storage'] = {}
  for (const [address, slots] of Object.entries(keys.storage) as [Address, Hex[]][]) {
    const rest = left(slots, others.storage[address])
    if (rest.length > 0) storage[address] = rest
  }
  return {
    ...keys,
    accounts: left(keys.accounts, others.accounts),
    storage,
    codes: left(keys.codes, others.codes),
    blockHashes: left(keys.blockHashes, others.blockHashes),
  }
}

/** No values. */
export const noValues = (): Values => ({ accounts: {}, storage: {}, codes: {}, blockHashes: {} })

/** Whether nothing is asked for. */
export const isNothing = (keys: Keys): boolean =>
  keys.accounts.length === 0 &&
  keys.codes.length === 0 &&
  keys.blockHashes.length === 0 &&
  Object.values(keys.storage).every((slots) => slots.length === 0)
