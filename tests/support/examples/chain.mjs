// The chain on which examples run: mainnet to all who ask, with the demo's contracts on it, and a token
// at the addresses that examples have from mainnet.

import { encodeAbiParameters, encodeFunctionData, erc20Abi, keccak256, parseAbi, toHex } from 'viem'
import { addressOf, snapshot } from '../demo-data.mjs'
import { stateOfSnapshot } from '../rpc-server/state.mjs'
import { alice, bob } from '../small-chain.mjs'

const chainId = 1
const nonce = 7
const gwei = 10n ** 9n
const ether = 10n ** 18n

const token = addressOf.AZR
const router = addressOf.Router
const richInDollars = '0x28c6c06298d514db089934071355e5743bf21d60'
const [dai, usdc] = [
  '0x6b175474e89094c44da98b954eedeac495271d0f',
  '0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48',
]

/** Where Solidity keeps an entry of a mapping. */
const slotIn = (slot, ...keys) =>
  keys.reduce(
    (place, key) =>
      keccak256(encodeAbiParameters([{ type: 'address' }, { type: 'uint256' }], [key, place])),
    BigInt(slot),
  )

// OpenZeppelin's ERC-20: balances, allowances, total supply.
const ofTokens = (amount) => ({
  [slotIn(0, alice.address)]: toHex(amount),
  [slotIn(0, richInDollars)]: toHex(amount),
  [toHex(2)]: toHex(2n * amount),
})

const { accounts } = snapshot
const tokenAccount = accounts[token]

/** The state behind the block at which all examples begin. */
export const state = stateOfSnapshot({
  ...snapshot,
  chainId,
  block: { ...snapshot.block, number: '0x1738fa0', timestamp: '0x69800000' },
  accounts: {
    ...accounts,
    [alice.address]: { balance: toHex(10n * ether), nonce: toHex(nonce) },
    [bob]: { balance: toHex(ether) },
    [richInDollars]: { balance: toHex(ether) },
    [token]: {
      ...tokenAccount,
      storage: { ...tokenAccount.storage, [slotIn(0, alice.address)]: toHex(1_000n * ether) },
    },
    [dai]: { ...tokenAccount, storage: ofTokens(1_000n * ether) },
    [usdc]: { ...tokenAccount, storage: ofTokens(1_000n * ether) },
  },
})

const routerAbi = parseAbi([
  'function swapExactTokensForTokens(uint256 amountIn, uint256 amountOutMin, address[] path, address to, uint256 deadline)',
])

/** Values of the names in names.d.ts, but for the simulator. */
export const values = {
  alice: alice.address,
  bob,
  token,
  router,
  signed: await alice.signTransaction({
    type: 'eip1559',
    chainId,
    nonce,
    to: bob,
    value: 1n,
    gas: 21_000n,
    maxFeePerGas: 5n * gwei,
    maxPriorityFeePerGas: gwei,
  }),
  approval: encodeFunctionData({
    abi: erc20Abi,
    functionName: 'approve',
    args: [router, 100n * ether],
  }),
  swap: encodeFunctionData({
    abi: routerAbi,
    functionName: 'swapExactTokensForTokens',
    args: [ether, 0n, [token, addressOf.BSL], alice.address, 2n ** 63n],
  }),
}
