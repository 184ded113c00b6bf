// The bundle that the demo page runs: sixteen senders, six pools, wrapped ether, tokens, NFTs. Some
// of it conflicts (swaps in one pool, chains of one sender), some does not; four transactions fail,
// as happens. Half of it is signed, in the three common transaction types; half is call requests.

import {
  encodeDeployData,
  encodeFunctionData,
  maxUint256,
  parseEther,
  parseGwei,
  parseSignature,
} from 'viem'
import { erc20, erc721, router, weth9 } from './artifacts.mjs'
import { addressOf, chainId, contracts, people, poolOf, tokens } from './cast.mjs'
import { nonceAfterDeployment } from './deployment.mjs'

const names = new Map(Object.entries(people).map(([name, { address }]) => [address, name]))
const encode = (artifact, functionName, args) =>
  encodeFunctionData({ abi: artifact.abi, functionName, args })
const ether = parseEther

/** @typedef {{ title: string, from: import('viem/accounts').PrivateKeyAccount, to?: import('viem').Address, data?: import('viem').Hex, value?: bigint, gas: bigint }} Step */

const route = (symbols) => symbols.map(addressOf)
const swapGas = (symbols) => 90_000n + 110_000n * BigInt(symbols.length - 1)

/** Swaps along a path; which of the router's functions depends on where ether stands in it. */
function swap(from, amount, symbols, least = '0') {
  const [sold, bought] = [symbols[0], symbols[symbols.length - 1]]
  const tail = [route(symbols), from.address, maxUint256]
  const through = symbols.slice(1, -1)
  const step = {
    title: `swaps ${amount} ${sold} for ${bought}${through.length ? ` through ${through.join(', ')}` : ''}${
      least === '0' ? '' : `, wants at least ${least}`
    }`,
    from,
    to: contracts.router,
    gas: swapGas(symbols),
  }
  if (sold === 'ETH') {
    const data = encode(router, 'swapExactETHForTokens', [ether(least), ...tail])
    return { ...step, data, value: ether(amount) }
  }
  const name = bought === 'ETH' ? 'swapExactTokensForETH' : 'swapExactTokensForTokens'
  return { ...step, data: encode(router, name, [ether(amount), ether(least), ...tail]) }
}

const pay = (from, to, amount) => ({
  title: `sends ${amount} ETH to ${names.get(to.address)}`,
  from,
  to: to.address,
  value: ether(amount),
  gas: 21_000n,
})

const wrap = (from, amount, gas = 60_000n) => ({
  title: `wraps ${amount} ETH${gas < 30_000n ? ', with too little gas' : ''}`,
  from,
  to: contracts.weth,
  data: encode(weth9, 'deposit', []),
  value: ether(amount),
  gas,
})

const unwrap = (from, amount) => ({
  title: `unwraps ${amount} WETH`,
  from,
  to: contracts.weth,
  data: encode(weth9, 'withdraw', [ether(amount)]),
  gas: 60_000n,
})

const give = (from, to, amount, symbol) => ({
  title: `sends ${amount} ${symbol} to ${names.get(to.address)}`,
  from,
  to: addressOf(symbol),
  data: encode(erc20, 'transfer', [to.address, ether(amount)]),
  gas: 80_000n,
})

const approve = (from, symbol, amount) => ({
  title: `lets the router take ${amount} ${symbol}`,
  from,
  to: addressOf(symbol),
  data: encode(erc20, 'approve', [contracts.router, ether(amount)]),
  gas: 60_000n,
})

const mint = (from, to) => ({
  title: `mints a fossil for ${names.get(to.address)}`,
  from,
  to: contracts.nft,
  data: encode(erc721, 'mint', [to.address]),
  gas: 200_000n,
})

const handOver = (from, owner, to, id) => ({
  title: `moves fossil ${id} from ${names.get(owner.address)} to ${names.get(to.address)}`,
  from,
  to: contracts.nft,
  data: encode(erc721, 'transferFrom', [owner.address, to.address, BigInt(id)]),
  gas: 150_000n,
})

/** New liquidity; where no such pool stands yet, the factory creates it. */
const provide = (from, a, amountA, b, amountB) => ({
  title: `adds ${amountA} ${a} and ${amountB} ${b} to ${poolOf(a, b) ? 'their pool' : 'a new pool'}`,
  from,
  to: contracts.router,
  data: encode(router, 'addLiquidity', [
    addressOf(a),
    addressOf(b),
    ether(amountA),
    ether(amountB),
    0n,
    0n,
    from.address,
    maxUint256,
  ]),
  gas: poolOf(a, b) ? 300_000n : 3_000_000n,
})

/** Takes liquidity out of a pool with ether, allowed by a signature that the pair checks on chain. */
async function withdrawWithPermit(from, symbol, shares) {
  const { address } = poolOf('WETH', symbol)
  const signature = await from.signTypedData({
    domain: { name: 'Uniswap V2', version: '1', chainId, verifyingContract: address },
    primaryType: 'Permit',
    types: {
      Permit: [
        { name: 'owner', type: 'address' },
        { name: 'spender', type: 'address' },
        { name: 'value', type: 'uint256' },
        { name: 'nonce', type: 'uint256' },
        { name: 'deadline', type: 'uint256' },
      ],
    },
    message: {
      owner: from.address,
      spender: contracts.router,
      value: ether(shares),
      nonce: 0n,
      deadline: maxUint256,
    },
  })
  const { r, s, v } = parseSignature(signature)
  const args = [
    tokens[symbol].address,
    ether(shares),
    0n,
    0n,
    from.address,
    maxUint256,
    false,
    v,
    r,
    s,
  ]
  return {
    title: `takes ${shares} shares out of the pool of ETH and ${symbol}, by permit`,
    from,
    to: contracts.router,
    data: encode(router, 'removeLiquidityETHWithPermit', args),
    gas: 350_000n,
  }
}

const deployToken = (from, name, symbol) => ({
  title: `deploys a new token, ${name}`,
  from,
  data: encodeDeployData({
    abi: erc20.abi,
    bytecode: erc20.bytecode,
    args: [name, symbol, ether('1000'), from.address],
  }),
  gas: 2_500_000n,
})

const { Ada, Ben, Cleo, Dan, Eve, Fay, Gus, Hana, Ivo, Joy, Kit, Lea, Max, Nia, Otto, Pia } = people

/** @returns {Promise<Step[]>} */
async function steps() {
  return [
    swap(Ada, '2', ['ETH', 'AZR']),
    swap(Ben, '3', ['ETH', 'BSL']),
    swap(Cleo, '1000', ['DUN', 'CBT']),
    pay(Dan, Eve, '1.5'),
    mint(Eve, Fay),
    give(Fay, Gus, '250', 'AZR'),
    wrap(Gus, '4'),
    swap(Hana, '800', ['AZR', 'ETH']),
    swap(Ivo, '5', ['WETH', 'CBT']),
    approve(Kit, 'AZR', '5000'),
    await withdrawWithPermit(Lea, 'AZR', '400'),
    await withdrawWithPermit(Max, 'BSL', '300'),
    swap(Joy, '1500', ['BSL', 'AZR']),
    deployToken(Otto, 'Ember', 'EMB'),
    provide(Pia, 'AZR', '1000', 'CBT', '60'),
    swap(Nia, '4', ['ETH', 'DUN']),
    handOver(Ada, Ada, Ben, 0),
    swap(Kit, '900', ['AZR', 'BSL', 'ETH']),
    swap(Dan, '2000', ['DUN', 'CBT', 'ETH']),
    unwrap(Hana, '6'),
    give(Joy, Kit, '100', 'DUN'),
    swap(Gus, '20', ['CBT', 'ETH', 'AZR']),
    swap(Otto, '1', ['ETH', 'CBT']),
    handOver(Hana, Ben, Ivo, 1),
    pay(Eve, Joy, '0.75'),
    swap(Fay, '1200', ['AZR', 'BSL']),
    give(Ivo, Ada, '1000000', 'BSL'),
    swap(Lea, '3', ['ETH', 'BSL']),
    swap(Max, '40', ['CBT', 'DUN']),
    mint(Eve, Nia),
    wrap(Ivo, '2'),
    swap(Pia, '1000', ['DUN', 'ETH']),
    approve(Kit, 'CBT', '100'),
    swap(Kit, '30', ['CBT', 'DUN']),
    swap(Ada, '500', ['BSL', 'AZR'], '100000'),
    give(Ben, Cleo, '333', 'BSL'),
    give(Cleo, Dan, '12', 'CBT'),
    give(Dan, Ben, '750', 'DUN'),
    swap(Nia, '700', ['BSL', 'ETH', 'CBT']),
    swap(Joy, '2.5', ['ETH', 'AZR']),
    handOver(Cleo, Cleo, Pia, 2),
    provide(Otto, 'CBT', '50', 'DUN', '2500'),
    wrap(Fay, '1', 24_000n),
    unwrap(Gus, '9'),
    swap(Hana, '1500', ['DUN', 'ETH', 'BSL']),
    pay(Max, Lea, '2'),
    swap(Eve, '1', ['ETH', 'BSL', 'AZR']),
    swap(Ben, '600', ['AZR', 'CBT']),
    swap(Cleo, '1', ['ETH', 'DUN', 'CBT']),
    pay(Pia, Otto, '0.1'),
    swap(Ivo, '25', ['CBT', 'ETH']),
    give(Lea, Max, '1000', 'AZR'),
    swap(Dan, '450', ['AZR', 'ETH', 'DUN']),
    handOver(Nia, Dan, Nia, 3),
    swap(Gus, '300', ['BSL', 'AZR', 'CBT']),
    swap(Ada, '1.25', ['ETH', 'CBT']),
  ]
}

/** Signed, in turn as legacy, EIP-2930 and EIP-1559; the call requests name their fees in the latter way. */
async function requestOf({ from, to, data, value, gas }, nonce, index) {
  const call = { to, data, value, gas, nonce }
  const fees = { maxFeePerGas: parseGwei('3'), maxPriorityFeePerGas: parseGwei('1') }
  if (index % 2 === 1) return { from: from.address, ...call, ...fees }
  const common = { chainId, ...call }
  const form = [
    { ...common, type: 'legacy', gasPrice: parseGwei('3') },
    { ...common, type: 'eip2930', gasPrice: parseGwei('3'), accessList: [] },
    { ...common, type: 'eip1559', ...fees },
  ][(index / 2) % 3]
  return from.signTransaction(form)
}

/** The bundle, each transaction with the sentence that the page shows beside it. */
export async function bundle() {
  const sent = new Map()
  const plain = await steps()
  const transactions = await Promise.all(
    plain.map((step, index) => {
      const { address } = step.from
      const nonce = sent.get(address) ?? nonceAfterDeployment(address)
      sent.set(address, nonce + 1)
      return requestOf(step, nonce, index)
    }),
  )
  return plain.map((step, index) => ({
    sender: names.get(step.from.address),
    title: step.title,
    request: transactions[index],
    step,
  }))
}
