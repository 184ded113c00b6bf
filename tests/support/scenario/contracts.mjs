// The contracts of the scenario: real ones, as their npm packages ship them, and one of ours that
// writes down what it sees of its block.

import { encodeDeployData, encodeFunctionData, getContractAddress, parseEther } from 'viem'
import { erc20, erc721, factory, load, router, weth9 } from '../../../demo/contracts/artifacts.mjs'
import { deployer, traders } from './people.mjs'

const openZeppelin = (name) => load(`@openzeppelin/contracts/build/contracts/${name}.json`)

const proxy = openZeppelin('ERC1967Proxy')

export const artifacts = {
  erc20,
  erc721,
  erc1155: openZeppelin('ERC1155PresetMinterPauser'),
  factory,
  router,
  splitter: openZeppelin('PaymentSplitter'),
  weth: weth9,
}

/**
 * Logs and returns, word by word: the parent's hash and that of two blocks before it, TIMESTAMP,
 * PREVRANDAO, COINBASE, BASEFEE, GASLIMIT, CHAINID, its caller's balance and the coinbase's.
 */
const witness = creationOf(
  [
    ...['6001430340', '6003430340', '42', '44', '41', '48', '45', '46', '3331', '4131'].map(
      (code, index) => `${code}61${(32 * index).toString(16).padStart(4, '0')}52`,
    ),
    '6101405fa0',
    '6101405ff3',
  ].join(''),
)

/** Creation code for a contract of this code: copies what follows itself. */
function creationOf(code) {
  const length = (code.length / 2).toString(16).padStart(4, '0')
  return { abi: [], bytecode: `0x61${length}80600a5f395ff3${code}` }
}

/** In the order of their creation by the deployer, whose nonces make their addresses. */
const plan = [
  ['weth', weth9, () => []],
  ['factory', factory, () => [deployer.address]],
  ['router', router, () => [contracts.factory, contracts.weth]],
  ['azurite', erc20, () => ['Azurite', 'AZR', parseEther('10000000'), deployer.address]],
  ['basalt', erc20, () => ['Basalt', 'BSL', parseEther('10000000'), deployer.address]],
  ['fossils', erc721, () => ['Fossils', 'FSL', 'https://example.invalid/fossil/']],
  ['minerals', artifacts.erc1155, () => ['https://example.invalid/mineral/']],
  ['vaultCode', weth9, () => []],
  // Wrapped ether again, behind an EIP-1967 proxy.
  ['vault', proxy, () => [contracts.vaultCode, '0x']],
  ['splitter', artifacts.splitter, () => [traders.map(({ address }) => address), shares()]],
  ['witness', witness, () => []],
]

const shares = () => traders.map((_, index) => BigInt(index + 1))

/** @type {Record<string, `0x${string}`>} lower-case addresses */
export const contracts = Object.fromEntries(
  plan.map(([name], nonce) => [
    name,
    getContractAddress({ from: deployer.address, nonce: BigInt(nonce) }).toLowerCase(),
  ]),
)

/** The creation of each, as steps. */
export const creations = () =>
  plan.map(([, { abi, bytecode }, args]) => ({
    from: deployer,
    data: abi.length > 0 ? encodeDeployData({ abi, bytecode, args: args() }) : bytecode,
    gas: 6_000_000n,
  }))

/** A call as a step. */
export const call = (from, to, { abi }, functionName, args = [], more = {}) => ({
  from,
  to,
  data: encodeFunctionData({ abi, functionName, args }),
  gas: 400_000n,
  ...more,
})
