// A bundle that takes some tenths of a second: each transaction hashes until its gas runs low, and
// returns the last hash. Long enough to be killed or aborted in the middle.

import { alice, snapshot } from './small-chain.mjs'

const miller = '0x0000000000000000000000000000000000000321'

// Hashes word 0 into word 0 while more than 10,000 gas are left.
const millCode = '0x5b60205f205f526127105a115f5760205ff3'

export const longState = {
  ...snapshot,
  accounts: { ...snapshot.accounts, [miller]: { nonce: '0x1', code: millCode } },
}

export const longBundle = {
  transactions: Array.from({ length: 8 }, () => ({
    from: alice.address,
    to: miller,
    gas: 3_000_000n,
  })),
}
