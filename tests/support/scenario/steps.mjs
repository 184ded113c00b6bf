// What people do in the scenario, as steps: `{ from, to?, data?, value?, gas, ...form }`, where the
// form says which kind of transaction it is.

import { encodeDeployData, maxUint256, parseEther, zeroAddress } from 'viem'
import { artifacts, call, contracts } from './contracts.mjs'
import { delegator, deployer, newcomer, stranger, traders } from './people.mjs'

const { erc20, erc721, erc1155, router, splitter, weth } = artifacts
const { azurite, basalt, fossils, minerals, vault } = contracts
const ether = parseEther

const route = (from, names) => [names.map((name) => contracts[name]), from.address, maxUint256]

export const buy = (from, value, names, least = 0n) =>
  call(from, contracts.router, router, 'swapExactETHForTokens', [least, ...route(from, names)], {
    value,
  })

export const sell = (from, amount, names, least = 0n) =>
  call(from, contracts.router, router, 'swapExactTokensForETH', [
    amount,
    least,
    ...route(from, names),
  ])

export const exchange = (from, amount, names, least = 0n) =>
  call(from, contracts.router, router, 'swapExactTokensForTokens', [
    amount,
    least,
    ...route(from, names),
  ])

const approve = (from, token, amount = maxUint256) =>
  call(from, contracts[token], erc20, 'approve', [contracts.router, amount])

export const give = (from, token, to, amount) =>
  call(from, contracts[token], erc20, 'transfer', [to.address, amount])

const wrap = (from, value, to = contracts.weth) => call(from, to, weth, 'deposit', [], { value })

const pay = (from, to, value) => ({ from, to: to.address, value, gas: 21_000n })

const createToken = (from, name, gas = 3_000_000n) => ({
  from,
  data: encodeDeployData({ ...erc20, args: [name, 'NEW', ether('1000'), from.address] }),
  gas,
})

/** After the contracts are there: pools, hand-outs and approvals, one list of steps a block. */
export function settlement() {
  const holders = [...traders, newcomer, stranger]
  const add = (a, b, amountA, amountB) =>
    call(
      deployer,
      contracts.router,
      router,
      'addLiquidity',
      [a, b, ether(amountA), ether(amountB), 0n, 0n, deployer.address, maxUint256],
      { gas: 3_500_000n },
    )
  return [
    [
      approve(deployer, 'azurite'),
      approve(deployer, 'basalt'),
      wrap(deployer, ether('600')),
      approve(deployer, 'weth'),
      add(contracts.weth, azurite, '200', '400000'),
      add(contracts.weth, basalt, '250', '900000'),
      add(azurite, basalt, '300000', '350000'),
      pay(deployer, { address: contracts.splitter }, ether('40')),
    ].map((step) => (step.gas === 21_000n ? { ...step, gas: 60_000n } : step)),
    holders.flatMap((to) => [
      give(deployer, 'azurite', to, ether('20000')),
      give(deployer, 'basalt', to, ether('20000')),
    ]),
    [
      ...[...traders, stranger].flatMap((from) => [
        approve(from, 'azurite'),
        approve(from, 'basalt'),
      ]),
      ...traders.slice(9, 13).map((from) => wrap(from, ether('5'))),
      ...traders.slice(16, 18).map((from) => wrap(from, ether('3'), vault)),
      ...traders
        .slice(12, 15)
        .map(({ address }) => call(deployer, fossils, erc721, 'mint', [address])),
      ...traders
        .slice(14, 16)
        .map(({ address }) =>
          call(deployer, minerals, erc1155, 'mintBatch', [address, [1n, 2n], [50n, 70n], '0x']),
        ),
    ],
  ]
}

/** A block by somebody else in which the pools move. */
export const elsewhere = () => [
  buy(stranger, ether('3'), ['weth', 'azurite']),
  exchange(stranger, ether('900'), ['basalt', 'azurite']),
]

/** Twenty transactions by twenty senders to eight contracts. */
function crowd() {
  const t = traders
  return [
    buy(t[0], ether('1.5'), ['weth', 'azurite']),
    sell(t[1], ether('700'), ['azurite', 'weth']),
    buy(t[2], ether('2'), ['weth', 'basalt']),
    exchange(t[3], ether('400'), ['basalt', 'azurite']),
    exchange(t[4], ether('650'), ['azurite', 'weth', 'basalt']),
    give(t[5], 'azurite', t[6], ether('12')),
    give(t[6], 'azurite', t[19], ether('300')),
    give(t[7], 'basalt', t[0], ether('5')),
    approve(t[8], 'basalt', ether('77')),
    wrap(t[9], ether('2')),
    call(t[10], contracts.weth, weth, 'withdraw', [ether('4')]),
    call(t[11], contracts.weth, weth, 'transfer', [t[12].address, ether('1')]),
    call(t[12], fossils, erc721, 'transferFrom', [t[12].address, t[3].address, 0n]),
    call(t[13], fossils, erc721, 'approve', [t[2].address, 1n]),
    call(t[14], minerals, erc1155, 'safeTransferFrom', [
      t[14].address,
      t[15].address,
      1n,
      20n,
      '0x',
    ]),
    call(t[15], minerals, erc1155, 'safeBatchTransferFrom', [
      t[15].address,
      t[1].address,
      [1n, 2n],
      [10n, 30n],
      '0x',
    ]),
    wrap(t[16], ether('1'), vault),
    call(t[17], vault, weth, 'transfer', [t[4].address, ether('2')]),
    call(t[18], contracts.splitter, splitter, 'release', [t[18].address]),
    call(t[19], contracts.splitter, splitter, 'release', [t[0].address]),
  ].map((step, index) => ({ ...step, ...forms[index % forms.length] }))
}

const legacy = { type: 'legacy' }
const forms = [{}, legacy, { type: 'eip2930', accessList: [] }]

/** What goes wrong in a block without keeping it from being one. */
function failures() {
  const [ada, ben, cleo, dan, eve, fay] = traders
  return [
    give(ada, 'azurite', ben, ether('1000000')),
    buy(ben, ether('1'), ['weth', 'azurite'], ether('1000000')),
    // Ends for want of gas inside of the pool.
    buy(cleo, ether('1'), ['weth', 'basalt'], 0n),
    call(dan, fossils, erc721, 'transferFrom', [traders[12].address, dan.address, 0n]),
    call(eve, contracts.weth, weth, 'withdraw', [ether('1')]),
    pay(fay, ada, ether('0.5')),
    // No shares: the constructor reverts.
    {
      from: fay,
      data: encodeDeployData({ ...splitter, args: [[], []] }),
      gas: 2_000_000n,
    },
    createToken(fay, 'Unpaid', 500_000n),
    give(fay, 'azurite', eve, ether('1')),
  ].map((step, index) => (index === 2 ? { ...step, gas: 80_000n } : step))
}

function creations() {
  const [ada, ben] = traders
  return [
    createToken(ada, 'Ember'),
    { ...createToken(ben, 'Flint'), ...legacy },
    // The factory creates a pool with CREATE2.
    call(ada, contracts.factory, artifacts.factory, 'createPair', [contracts.vault, azurite], {
      gas: 3_500_000n,
    }),
    call(ben, minerals, erc1155, 'setApprovalForAll', [ada.address, true]),
  ]
}

/** EIP-7702: an account that is wrapped ether for a while, and one that signs for itself. */
const delegations = () => [
  call(traders[0], delegator.address, weth, 'deposit', [], {
    value: ether('1'),
    authorizations: [{ by: delegator, address: contracts.weth }],
  }),
  call(traders[1], delegator.address, weth, 'deposit', [], { value: ether('2') }),
  call(traders[1], delegator.address, weth, 'transfer', [traders[2].address, ether('1')]),
  call(newcomer, newcomer.address, weth, 'deposit', [], {
    value: ether('1'),
    authorizations: [{ by: newcomer, address: contracts.vaultCode }],
  }),
  {
    ...pay(traders[3], traders[5], ether('1')),
    gas: 100_000n,
    authorizations: [
      { by: delegator, address: zeroAddress },
      // Signed for an earlier nonce: passed over.
      { by: delegator, address: contracts.weth, nonce: 0 },
    ],
  },
  pay(traders[4], delegator, ether('1')),
]

const witnesses = () => [
  { from: traders[0], to: contracts.witness, data: '0x', gas: 200_000n },
  { from: traders[1], to: contracts.witness, data: '0x', gas: 200_000n, ...legacy },
]

/**
 * The bundles, by name. `listed` gets its access lists from the node.
 * @returns {Record<string, object[]>}
 */
export const bundles = () => ({
  'one swap': [sell(traders[0], ether('500'), ['azurite', 'weth'])],
  'approve, swap, transfer': [
    approve(newcomer, 'azurite', ether('1000')),
    exchange(newcomer, ether('1000'), ['azurite', 'basalt']),
    give(newcomer, 'basalt', traders[5], ether('600')),
  ],
  'twenty senders': crowd(),
  failures: failures(),
  creations: creations(),
  delegations: delegations(),
  'access lists': [
    { ...sell(traders[0], ether('50'), ['azurite', 'weth']), type: 'eip2930', listed: true },
    { ...exchange(traders[1], ether('60'), ['basalt', 'azurite']), listed: true },
    {
      ...give(traders[2], 'azurite', traders[3], ether('1')),
      accessList: [{ address: basalt, storageKeys: [`0x${'00'.repeat(32)}`] }],
    },
  ],
  witness: witnesses(),
})
