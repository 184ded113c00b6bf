<<<<<<< HEAD
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
=======
// What the engine asks for of a remote state, and what is answered.

import type { Address, Hex } from '../hex.js'

/** What the engine misses. Addresses and hashes lower-case; slots padded to 32 bytes; numbers 0x quantities. No duplicates. */
export type Keys = {
  /** Balance, nonce and code. */
  accounts: Address[]
  storage: Record<Address, Hex[]>
  /** Only hashes that came in as codeHash without code. */
  codes: Hex[]
  /** Numbers. */
  blockHashes: Hex[]
}

/** What is known of them. Every key asked for is there. */
export type Values = {
  accounts: Record<Address, AccountValue>
  /** Values 32-byte padded. */
  storage: Record<Address, Record<Hex, Hex>>
  codes: Record<Hex, Hex>
  blockHashes: Record<Hex, Hex>
}

/** `exists: false` only where a proof shows absence; an account with nothing in it counts as absent anyway. */
>>>>>>> 833401a (Remember remote state in memory and in IndexedDB)
export type AccountValue = {
  balance: Hex
  nonce: Hex
  code?: Hex
  codeHash?: Hex
<<<<<<< HEAD
  /**
   * `false` only where a proof shows absence; an account with nothing in it counts as absent
   * anyway.
   */
  exists?: boolean
}

/** No keys. */
export const noKeys = (): Keys => ({ accounts: [], storage: {}, codes: [], blockHashes: [] })

/** No values. */
export const noValues = (): Values => ({ accounts: {}, storage: {}, codes: {}, blockHashes: {} })

/** Whether nothing is asked for. */
export const isNothing = (keys: Keys): boolean =>
  keys.accounts.length === 0 &&
  keys.codes.length === 0 &&
  keys.blockHashes.length === 0 &&
  Object.values(keys.storage).every((slots) => slots.length === 0)
=======
  exists?: boolean
}
>>>>>>> 833401a (Remember remote state in memory and in IndexedDB)
