// Who takes part in the demo: accounts with keys derived from their names (worthless, and so the same in
// every build), and the addresses of the contracts, which follow from the deployer's nonces.

import { encodePacked, getContractAddress, keccak256, toHex } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { pairInitCodeHash } from './artifacts.mjs'

/** @param {string} name */
const account = (name) => privateKeyToAccount(keccak256(toHex(`forerun demo account: ${name}`)))

/** Chain id of the demo's chain: the one that local development chains use. */
export const chainId = 31337

export const deployer = account('deployer')

/** The senders of the bundle, by name. */
export const people = Object.fromEntries(
  [
    'Ada',
    'Ben',
    'Cleo',
    'Dan',
    'Eve',
    'Fay',
    'Gus',
    'Hana',
    'Ivo',
    'Joy',
    'Kit',
    'Lea',
    'Max',
    'Nia',
    'Otto',
    'Pia',
  ].map((name) => [name, account(name)]),
)

/** Receives the fees. */
export const feeRecipient = account('fee recipient').address

/** @param {bigint} nonce */
const created = (nonce) => getContractAddress({ from: deployer.address, nonce })

/** The contracts in the order of their deployment. */
export const contracts = {
  weth: created(0n),
  factory: created(1n),
  router: created(2n),
  azr: created(3n),
  bsl: created(4n),
  cbt: created(5n),
  dun: created(6n),
  nft: created(7n),
}

/** Names of the ERC-20 tokens, by symbol. */
export const tokens = {
  AZR: { name: 'Azure', address: contracts.azr },
  BSL: { name: 'Basalt', address: contracts.bsl },
  CBT: { name: 'Cobalt', address: contracts.cbt },
  DUN: { name: 'Dune', address: contracts.dun },
}

/**
 * Address behind a symbol; in a route ether stands for wrapped ether.
 * @param {string} symbol
 */
export const addressOf = (symbol) =>
  symbol === 'ETH' || symbol === 'WETH' ? contracts.weth : tokens[symbol].address

/**
 * Address of the pair of two tokens.
 * @param {import('viem').Address} a @param {import('viem').Address} b
 */
export function pairOf(a, b) {
  const sorted = BigInt(a) < BigInt(b) ? [a, b] : [b, a]
  return getContractAddress({
    opcode: 'CREATE2',
    from: contracts.factory,
    salt: keccak256(encodePacked(['address', 'address'], sorted)),
    bytecodeHash: pairInitCodeHash,
  })
}

/** The pools that stand when the bundle starts: two assets, and how much of each is in it (wei). */
export const pools = [
  { assets: ['WETH', 'AZR'], amounts: [400n, 1_000_000n] },
  { assets: ['WETH', 'BSL'], amounts: [300n, 600_000n] },
  { assets: ['WETH', 'CBT'], amounts: [250n, 50_000n] },
  { assets: ['WETH', 'DUN'], amounts: [200n, 2_000_000n] },
  { assets: ['AZR', 'BSL'], amounts: [500_000n, 400_000n] },
  { assets: ['CBT', 'DUN'], amounts: [40_000n, 2_000_000n] },
].map(({ assets, amounts }) => {
  const [a, b] = assets.map(addressOf)
  return { assets, amounts: amounts.map((n) => n * 10n ** 18n), address: pairOf(a, b) }
})

/** The pool of two assets, if one stands. @param {string} a @param {string} b symbols */
export const poolOf = (a, b) => pools.find(({ assets }) => assets.includes(a) && assets.includes(b))
