// What an example may use without saying where it comes from. Readers have their own, or the text around
// it has introduced it; names.mjs gives them values.

import type { Address, Eip1193Provider, Hex, Simulator } from 'forerun'

declare global {
  /** Has ether and tokens, and lets the router take the tokens. */
  const alice: Address
  /** Has an account. */
  const bob: Address
  /** A token whose decimals are 18. */
  const token: Address
  /** Uniswap's of version 2. */
  const router: Address
  /** A payment that Alice has signed. */
  const signed: Hex
  /** Calldata with which Alice lets the router take tokens. */
  const approval: Hex
  /** Calldata with which Alice swaps some of them. */
  const swap: Hex
  /** A simulator on the state of a server. */
  const simulator: Simulator

  interface Window {
    ethereum: Eip1193Provider
  }
}
