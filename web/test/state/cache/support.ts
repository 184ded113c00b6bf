// A small chain's worth of keys and values for the tests of the cache.

import { keccak256 } from 'viem'
import type { Address, Hex } from '../../../src/hex.js'
import type { HashCode, Place } from '../../../src/state/cache/cache.js'
import type { Keys, Values } from '../../../src/state/keys.js'

export const hashCode: HashCode = (code) => keccak256(code)

export const word = (value: number | bigint): Hex => `0x${value.toString(16).padStart(64, '0')}`
export const address = (value: number): Address => `0x${value.toString(16).padStart(40, '0')}`

/** A slot as a mapping has them. */
export const mapped = (value: number): Hex => keccak256(word(value))

/** A block; `fork` tells blocks of the same number apart. */
export const block = (number: number, { chainId = 1, fork = 0 } = {}): Place => ({
  chainId,
  blockHash: keccak256(word(number * 1000 + fork)),
  blockNumber: `0x${number.toString(16)}`,
})

export const keys = (some: Partial<Keys> = {}): Keys => ({
  accounts: [],
  storage: {},
  codes: [],
  blockHashes: [],
  ...some,
})

export const values = (some: Partial<Values> = {}): Values => ({
  accounts: {},
  storage: {},
  codes: {},
  blockHashes: {},
  ...some,
})

/** Waits until something holds; the test's own time limit ends it. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 5))
}
