// Blocks of our own: such as hold nothing but independent transactions, such in which all meet in one
// place, chains of which each link needs the one before, and contracts that come and go. On top of the
// contracts that the demo uses.

import { getContractAddress, numberToHex, pad, parseEther } from 'viem'
import { erc20, factory, router, weth9 } from '../../../demo/contracts/artifacts.mjs'
import {
  account,
  accounts,
  call,
  callWith,
  creationOf,
  forEver,
  pay,
  paymentFee,
  World,
} from './world.mjs'

const ether = parseEther
const deployer = account('deployer')
const supply = ether('1000000000')
const transferGas = 80_000n
const swapGas = 250_000n

/** Payments between accounts that are all different. */
export async function transfers(count = 1400) {
  const world = new World()
  const senders = world.fund(accounts('payer', count))
  // Recipients exist: creating an account is another case than paying one.
  const recipients = world.fund(accounts('payee', count), 1n)
  return world.caseOf(senders.map((from, index) => pay(from, recipients[index], 1n)))
}

/** A token whose senders and recipients all hold some. */
function tokenWorld(senders, recipients) {
  const world = new World()
  world.fund([deployer, ...senders], ether('100'))
  const token = world.create(deployer, erc20, ['Token', 'TKN', supply, deployer])
  for (const holder of new Set([...senders, ...recipients]))
    world.run(call(deployer, token, erc20, 'transfer', [holder, ether('10')]))
  return { world, token }
}

const give = (token, from, to, amount) =>
  call(from, token, erc20, 'transfer', [to, amount], transferGas)

/** Transfers of one token between accounts that are all different; one case for each size. */
export async function erc20Transfers(sizes) {
  const count = Math.max(...sizes)
  const [senders, recipients] = [accounts('giver', count), accounts('taker', count)]
  const { world, token } = tokenWorld(senders, recipients)
  return world.casesOf(
    senders.map((from, index) => give(token, from, recipients[index], 1n)),
    sizes,
  )
}

/** Transfers of one token, all to the same account. */
export async function erc20ToOne(count = 1000) {
  const [senders, to] = [accounts('giver', count), account('only taker')]
  const { world, token } = tokenWorld(senders, [to])
  return world.caseOf(senders.map((from) => give(token, from, to, 1n)))
}

/** Each pays on all that it was paid. */
export async function paymentChain(count = 1400) {
  const world = new World()
  const links = accounts('link', count + 1)
  let amount = ether('100')
  world.fund([links[0]], amount)
  const payments = links.slice(0, -1).map((from, index) => {
    amount -= paymentFee
    return pay(from, links[index + 1], amount)
  })
  return world.caseOf(payments)
}

/** Each gives on all the tokens that it was given. */
export async function erc20Chain(count = 1000) {
  const world = new World()
  const links = accounts('link', count + 1)
  world.fund([deployer, ...links])
  const token = world.create(deployer, erc20, ['Token', 'TKN', supply, deployer])
  world.run(give(token, deployer, links[0], ether('10')))
  return world.caseOf(
    links.slice(0, -1).map((from, index) => give(token, from, links[index + 1], ether('10'))),
  )
}

function exchange(world) {
  const weth = world.create(deployer, weth9)
  const pairs = world.create(deployer, factory, [deployer])
  return world.create(deployer, router, [pairs, weth])
}

/** Two tokens of an owner's, and a pool of them. */
function pool(world, through, owner) {
  const pair = ['A', 'B'].map((symbol) =>
    world.create(owner, erc20, [`Token ${symbol}`, symbol, supply, owner]),
  )
  const amount = ether('1000000')
  for (const token of pair) world.run(call(owner, token, erc20, 'approve', [through, forEver]))
  const amounts = [amount, amount, amount, amount]
  world.run(
    call(owner, through, router, 'addLiquidity', [...pair, ...amounts, owner, forEver], 4_000_000n),
  )
  return pair
}

const swap = (through, from, path) =>
  call(
    from,
    through,
    router,
    'swapExactTokensForTokens',
    [ether('1'), 0n, path, from, forEver],
    swapGas,
  )

/** Swaps in as many pools of Uniswap v2, each of tokens of its own. */
export async function swapsApart(count = 300) {
  const world = new World()
  const traders = accounts('trader', count)
  world.fund([deployer, ...traders])
  const through = exchange(world)
  return world.caseOf(traders.map((trader) => swap(through, trader, pool(world, through, trader))))
}

/** Swaps of as many traders, all in one pool of Uniswap v2. */
export async function swapsInOnePool(count = 300) {
  const world = new World()
  const traders = accounts('trader', count)
  world.fund([deployer, ...traders])
  const through = exchange(world)
  const [a, b] = pool(world, through, deployer)
  for (const trader of traders)
    world.run(
      call(deployer, a, erc20, 'transfer', [trader, ether('10')]),
      call(trader, a, erc20, 'approve', [through, forEver]),
    )
  return world.caseOf(traders.map((trader) => swap(through, trader, [a, b])))
}

/** A contract without a constructor's arguments, from its code. */
const contractOf = (code) => ({ abi: [], bytecode: creationOf(code) })

/** Adds one to its first slot. */
const counterCode = '0x5f546001015f5500'

/** Everyone adds one to the same slot. */
export async function oneCounter(count = 1000) {
  const world = new World()
  const callers = world.fund(accounts('caller', count))
  world.fund([deployer])
  const counter = world.create(deployer, contractOf(counterCode))
  return world.caseOf(callers.map((from) => callWith(from, counter, '0x', 60_000n)))
}

// A contract that counts in two slots when it is called without data, and destroys itself when it is
// called with some:
//   CALLDATASIZE; jump to the end if there is any; slot 0 += 1; slot 1 = slot 0; STOP
//   JUMPDEST; SELFDESTRUCT to the caller
const childCode = '36601057' + '5f54600101805f5560015500' + '5b33ff'
// Its creation, in 32 bytes: slot 2 = 7, then the 19 bytes of its code are returned.
const childCreation = `0x6007600255${`72${childCode}`}5f526013600df3`
// A contract that creates it by CREATE2 with the salt in its calldata, and reverts if it cannot.
const nurseryCode = `0x7f${childCreation.slice(2)}5f52${'5f3560205f5ff5'}${'15602f5700'}${'5b5f5ffd'}`

/**
 * Contracts that are created, called, destroyed, created again in the same place and called again,
 * each step by a sender of its own. They take their turns in groups: within one, all are created before
 * the first is called. That the second creation succeeds, and costs what a first one does, shows that
 * the first was undone.
 */
export async function comeAndGo(contracts = 60, group = 12) {
  const world = new World('SHANGHAI')
  const steps = ['create', 'call', 'destroy', 'create again', 'call again']
  const senders = steps.map((step) => world.fund(accounts(step, contracts)))
  world.fund([deployer])
  const nursery = world.create(deployer, contractOf(nurseryCode))
  const saltOf = (index) => pad(numberToHex(index + 1))
  const childOf = (index) =>
    getContractAddress({
      opcode: 'CREATE2',
      from: nursery,
      salt: saltOf(index),
      bytecode: childCreation,
    })
  const step = (number, index) => {
    const from = senders[number][index]
    if (number === 0 || number === 3) return callWith(from, nursery, saltOf(index), 300_000n)
    return callWith(from, childOf(index), number === 2 ? '0x01' : '0x', 100_000n)
  }
  const transactions = []
  for (let first = 0; first < contracts; first += group)
    for (const number of steps.keys())
      for (let index = first; index < Math.min(first + group, contracts); index++)
        transactions.push(step(number, index))
  return world.caseOf(transactions)
}
