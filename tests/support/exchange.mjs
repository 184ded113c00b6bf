// What Uniswap v2 must do, computed here from its formula and from the reserves at the start. It says
// which amounts each swap has to yield, so that results can be judged without believing the engine.

import assert from 'node:assert/strict'
import { decodeEventLog, parseAbi } from 'viem'

const events = parseAbi([
  'event Sync(uint112 reserve0, uint112 reserve1)',
  'event Swap(address indexed sender, uint256 amount0In, uint256 amount1In, uint256 amount0Out, uint256 amount1Out, address indexed to)',
  'event Mint(address indexed sender, uint256 amount0, uint256 amount1)',
  'event Burn(address indexed sender, uint256 amount0, uint256 amount1, address indexed to)',
])

/** What comes out of a pool for `amount`: constant product, after a fee of 0.3 %, rounded down. */
export const amountOut = (amount, reserveIn, reserveOut) =>
  (amount * 997n * reserveOut) / (reserveIn * 1000n + amount * 997n)

/** The reserves of every pair in a snapshot: slot 8 holds both, 112 bits each. */
export function reservesIn(snapshot, pairs) {
  const mask = (1n << 112n) - 1n
  return new Map(
    pairs.map((pair) => {
      const slot = BigInt(snapshot.accounts[pair.toLowerCase()].storage['0x8'])
      return [pair.toLowerCase(), { reserve0: slot & mask, reserve1: (slot >> 112n) & mask }]
    }),
  )
}

const decode = (log) => {
  try {
    return decodeEventLog({ abi: events, topics: log.topics, data: log.data })
  } catch {
    return undefined // a transfer or an approval
  }
}

/**
 * Follows all pools through the logs of a bundle, in its order, and checks each step.
 * @returns {{ transaction: number, pair: string, amountIn: bigint, amountOut: bigint, to: string }[]} all swaps
 */
export function followPools(transactions, start) {
  const pools = new Map(start)
  const swaps = []
  for (const { index, logs } of transactions) {
    let synced
    for (const log of logs) {
      const event = decode(log)
      if (event === undefined) continue
      const pair = log.address.toLowerCase()
      const { reserve0, reserve1 } = pools.get(pair) ?? { reserve0: 0n, reserve1: 0n }
      const { args } = event
      // A pair announces its new reserves first and then says what happened.
      if (event.eventName === 'Sync') {
        synced = { pair, reserve0: args.reserve0, reserve1: args.reserve1 }
        continue
      }
      let next
      if (event.eventName === 'Mint') {
        next = { reserve0: reserve0 + args.amount0, reserve1: reserve1 + args.amount1 }
      } else if (event.eventName === 'Burn') {
        next = { reserve0: reserve0 - args.amount0, reserve1: reserve1 - args.amount1 }
      } else {
        const { amount0In, amount1In, amount0Out, amount1Out } = args
        const [bought, sold] = amount0In > 0n ? [amount1Out, amount0In] : [amount0Out, amount1In]
        const expected =
          amount0In > 0n
            ? amountOut(amount0In, reserve0, reserve1)
            : amountOut(amount1In, reserve1, reserve0)
        assert.equal(bought, expected, `transaction ${index}: what the swap in ${pair} yields`)
        swaps.push({ transaction: index, pair, amountIn: sold, amountOut: bought, to: args.to })
        next = {
          reserve0: reserve0 + amount0In - amount0Out,
          reserve1: reserve1 + amount1In - amount1Out,
        }
      }
      assert.deepEqual(synced, { pair, ...next }, `transaction ${index}: reserves of ${pair}`)
      pools.set(pair, next)
    }
  }
  return swaps
}
