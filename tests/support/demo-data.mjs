// The demo's chain and bundle, as the tests need them: what each transaction asks for is read from its
// own bytes, not from what the engine says about it.

import { readFileSync } from 'node:fs'
import { decodeFunctionData, parseAbi, parseTransaction } from 'viem'

const read = (name) =>
  JSON.parse(readFileSync(new URL(`../../demo/${name}`, import.meta.url), 'utf8'))

export const snapshot = read('snapshot.json')
export const bundle = read('bundle.json')

/** Addresses by the names that the page shows. */
export const addressOf = Object.fromEntries(
  Object.entries(bundle.names).map(([address, name]) => [name, address]),
)

/** The pairs that stand when the bundle starts. */
export const pairs = Object.entries(bundle.names)
  .filter(([, name]) => name.endsWith(' pool'))
  .map(([address]) => address)

const routerAbi = parseAbi([
  'function swapExactETHForTokens(uint256 amountOutMin, address[] path, address to, uint256 deadline) payable',
  'function swapExactTokensForETH(uint256 amountIn, uint256 amountOutMin, address[] path, address to, uint256 deadline)',
  'function swapExactTokensForTokens(uint256 amountIn, uint256 amountOutMin, address[] path, address to, uint256 deadline)',
])

/** Each transaction decoded: `{ to, value, data, gas }`, quantities as bigint. */
export const transactions = bundle.transactions.map(({ request }) => {
  const {
    to,
    value = 0n,
    data = '0x',
    gas,
  } = typeof request === 'string' ? parseTransaction(request) : request
  return { to: to?.toLowerCase(), value: BigInt(value), data, gas: BigInt(gas) }
})

/** What a transaction wants to swap, if it is a swap. */
export function swapOf({ to, value, data }) {
  if (to !== addressOf.Router) return undefined
  try {
    const { functionName, args } = decodeFunctionData({ abi: routerAbi, data })
    return functionName === 'swapExactETHForTokens'
      ? { amountIn: value, path: args[1] }
      : { amountIn: args[0], path: args[2] }
  } catch {
    return undefined // liquidity
  }
}

/** The bundle as the package takes it: quantities as bigint. */
export const requests = bundle.transactions.map(({ request }) => {
  if (typeof request === 'string') return request
  const { value, gas, maxFeePerGas, maxPriorityFeePerGas, ...rest } = request
  return {
    ...rest,
    ...(value === undefined ? {} : { value: BigInt(value) }),
    gas: BigInt(gas),
    maxFeePerGas: BigInt(maxFeePerGas),
    maxPriorityFeePerGas: BigInt(maxPriorityFeePerGas),
  }
})
