// A chain small enough that every expected number can be worked out by hand.

import { privateKeyToAccount } from 'viem/accounts'

/** Signs; its key is worthless. */
export const alice = privateKeyToAccount(`0x${'a1'.repeat(32)}`)
export const bob = '0x00000000000000000000000000000000000000b0'
/** Has no account. */
export const stranger = '0x00000000000000000000000000000000000000c0'

export const chainId = 7357
export const aliceNonce = 5

export const snapshot = {
  chainId,
  fork: 'PRAGUE',
  block: {
    number: '0x64',
    timestamp: '0x6955b900',
    gasLimit: '0x1c9c380',
    gasUsed: '0x0',
    baseFeePerGas: '0x3b9aca00',
    miner: '0x00000000000000000000000000000000000000fe',
    mixHash: `0x${'11'.repeat(32)}`,
    difficulty: '0x0',
    excessBlobGas: '0x0',
    blobGasUsed: '0x0',
  },
  accounts: {
    [alice.address]: { balance: '0xde0b6b3a7640000', nonce: `0x${aliceNonce.toString(16)}` },
    [bob]: { balance: '0x1', nonce: '0x0' },
  },
}

const gwei = 1_000_000_000n

/** A payment of one wei, signed by Alice. */
export const signedPayment = (changes = {}) =>
  alice.signTransaction({
    type: 'eip1559',
    chainId,
    nonce: aliceNonce,
    to: bob,
    value: 1n,
    gas: 21_000n,
    maxFeePerGas: 2n * gwei,
    maxPriorityFeePerGas: gwei,
    ...changes,
  })

/** The same payment as a request. */
export const payment = (changes = {}) => ({
  from: alice.address,
  to: bob,
  value: 1n,
  gas: 21_000n,
  ...changes,
})
