// The compiled contracts of the demo, as their npm packages ship them. Nothing is compiled here: the
// bytecode is the one that runs on mainnet (Uniswap v2, WETH9) or that OpenZeppelin released.

import { createRequire } from 'node:module'
import { keccak256 } from 'viem'

const require = createRequire(import.meta.url)

/**
 * @typedef {object} Artifact
 * @property {import('viem').Abi} abi
 * @property {import('viem').Hex} bytecode creation code, without constructor arguments
 */

/** The artifact at a path inside a package. @param {string} path @returns {Artifact} */
export function load(path) {
  const { abi, bytecode } = require(path)
  const hex = bytecode.startsWith('0x') ? bytecode : `0x${bytecode}`
  if (!/^0x([0-9a-f]{2})+$/i.test(hex)) throw new Error(`${path} holds no linked bytecode`)
  return { abi, bytecode: hex }
}

export const weth9 = load('@uniswap/v2-periphery/build/WETH9.json')
export const factory = load('@uniswap/v2-core/build/UniswapV2Factory.json')
export const pair = load('@uniswap/v2-core/build/UniswapV2Pair.json')
export const router = load('@uniswap/v2-periphery/build/UniswapV2Router02.json')
export const erc20 = load('@openzeppelin/contracts/build/contracts/ERC20PresetFixedSupply.json')
export const erc721 = load(
  '@openzeppelin/contracts/build/contracts/ERC721PresetMinterPauserAutoId.json',
)

/** Hash of the code that creates a pair; with it the router computes pair addresses (CREATE2). */
export const pairInitCodeHash = keccak256(pair.bytecode)

// The router has that hash as a constant. Were the two packages not compiled from the same pair, every
// swap would go to an address without code.
if (!router.bytecode.includes(pairInitCodeHash.slice(2))) {
  throw new Error(`the router does not know pairs with init code hash ${pairInitCodeHash}`)
}
if (!factory.bytecode.includes(pair.bytecode.slice(2))) {
  throw new Error('the factory does not create the pair of its own package')
}
