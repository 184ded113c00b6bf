// The deployment as blocks of transactions: create the contracts, fill the pools, hand out balances,
// allowances and NFTs. Nothing is written into the state directly but the first balances; all else is
// what the contracts' own code leaves behind when our executor runs these transactions.

import {
  encodeDeployData,
  encodeFunctionData,
  keccak256,
  maxUint256,
  parseEther,
  toHex,
} from 'viem'
import { erc20, erc721, factory, router, weth9 } from './artifacts.mjs'
import {
  addressOf,
  chainId,
  contracts,
  deployer,
  feeRecipient,
  people,
  pools,
  tokens,
} from './cast.mjs'

/** One transaction of the deployment, in the words of the native program that runs it. */
const transaction = (from, to, data, value = 0n, gas = 6_000_000n) => ({
  from,
  to,
  data,
  value,
  gas,
})

const create = (artifact, args) =>
  transaction(
    deployer.address,
    undefined,
    encodeDeployData({ abi: artifact.abi, bytecode: artifact.bytecode, args }),
  )

const call = (from, to, artifact, functionName, args, value) =>
  transaction(
    from,
    to,
    encodeFunctionData({ abi: artifact.abi, functionName, args }),
    value,
    3_500_000n,
  )

const everyone = Object.values(people).map(({ address }) => address)
const supply = parseEther('100000000')

function createContracts() {
  return [
    create(weth9, []),
    create(factory, [deployer.address]),
    create(router, [contracts.factory, contracts.weth]),
    ...Object.entries(tokens).map(([symbol, { name }]) =>
      create(erc20, [name, symbol, supply, deployer.address]),
    ),
    create(erc721, ['Fossils', 'FSL', 'https://example.invalid/fossil/']),
  ]
}

function fillPools() {
  const allow = Object.values(tokens).map(({ address }) =>
    call(deployer.address, address, erc20, 'approve', [contracts.router, maxUint256]),
  )
  const add = pools.map(({ assets: [a, b], amounts: [amountA, amountB] }) =>
    a === 'WETH'
      ? call(
          deployer.address,
          contracts.router,
          router,
          'addLiquidityETH',
          [addressOf(b), amountB, amountB, amountA, deployer.address, maxUint256],
          amountA,
        )
      : call(deployer.address, contracts.router, router, 'addLiquidity', [
          addressOf(a),
          addressOf(b),
          amountA,
          amountB,
          amountA,
          amountB,
          deployer.address,
          maxUint256,
        ]),
  )
  return [...allow, ...add]
}

/** Tokens for everyone; all but Kit, who does it in the bundle, let the router take them. */
function handOutTokens() {
  const { Kit, Lea, Max } = people
  const amounts = { AZR: '10000', BSL: '10000', CBT: '500', DUN: '20000' }
  const give = (symbol, to, amount) =>
    call(deployer.address, tokens[symbol].address, erc20, 'transfer', [to, parseEther(amount)])
  return [
    ...Object.entries(amounts).flatMap(([symbol, amount]) =>
      everyone.map((to) => give(symbol, to, amount)),
    ),
    give('AZR', Lea.address, '60000'),
    give('BSL', Max.address, '60000'),
    ...everyone
      .filter((owner) => owner !== Kit.address)
      .flatMap((owner) =>
        Object.values(tokens).map(({ address }) =>
          call(owner, address, erc20, 'approve', [contracts.router, maxUint256]),
        ),
      ),
  ]
}

/** Wrapped ether, shares of two pools, and the NFTs 0 to 5. */
function handOutTheRest() {
  const { Ada, Ben, Cleo, Dan, Eve, Fay, Gus, Hana, Ivo, Lea, Max } = people
  const wrap = ({ address }) =>
    call(address, contracts.weth, weth9, 'deposit', [], parseEther('20'))
  const join = ({ address }, symbol, amount) =>
    call(
      address,
      contracts.router,
      router,
      'addLiquidityETH',
      [tokens[symbol].address, parseEther(amount), 0n, 0n, address, maxUint256],
      parseEther('20'),
    )
  const mint = ({ address }) => call(deployer.address, contracts.nft, erc721, 'mint', [address])
  return [
    wrap(Gus),
    wrap(Hana),
    wrap(Ivo),
    call(Ivo.address, contracts.weth, weth9, 'approve', [contracts.router, maxUint256]),
    join(Lea, 'AZR', '50000'),
    join(Max, 'BSL', '40000'),
    ...[Ada, Ben, Cleo, Dan, Fay, Gus].map(mint),
    call(deployer.address, contracts.nft, erc721, 'grantRole', [
      keccak256(toHex('MINTER_ROLE')),
      Eve.address,
    ]),
    call(Ben.address, contracts.nft, erc721, 'approve', [Hana.address, 1n]),
  ]
}

/** What stands before the first block. */
const genesis = Object.fromEntries([
  [deployer.address, { balance: parseEther('10000') }],
  ...everyone.map((address) => [address, { balance: parseEther('200') }]),
])

const firstTimestamp = 1_767_225_600n // 2026-01-01T00:00:00Z

/** Block environment of the n-th block; also used for the trial of the bundle. */
export const environment = (n) => ({
  number: 1n + BigInt(n),
  timestamp: firstTimestamp + 12n * BigInt(n),
  gasLimit: 60_000_000n,
  baseFeePerGas: 1_000_000_000n,
  miner: feeRecipient,
  mixHash: keccak256(toHex(`forerun demo block ${n}`)),
})

export const gasPrice = 2_000_000_000n

/** The whole deployment. */
export const deployment = {
  chainId,
  fork: 'OSAKA',
  genesis,
  blocks: [createContracts(), fillPools(), handOutTokens(), handOutTheRest()].map(
    (transactions, n) => ({
      ...environment(n),
      transactions: transactions.map((entry) => ({ ...entry, gasPrice })),
    }),
  ),
}

/** How many transactions an account has sent when the bundle starts. */
export function nonceAfterDeployment(address) {
  return deployment.blocks
    .flatMap((block) => block.transactions)
    .filter(({ from }) => from === address).length
}
