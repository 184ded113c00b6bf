// What forerun and its peers run.

import { parseEther } from 'viem'
import { erc20 } from '../../../demo/contracts/artifacts.mjs'
import { account, accounts, call, callWith, creationOf, World } from '../cases/world.mjs'
import { loop } from '../programs/assembly.mjs'

const [deployer, caller] = [account('deployer'), account('caller')]

/** One call of a contract that does `body` so many times. */
async function loopCase(program) {
  const world = new World()
  world.fund([deployer, caller])
  const code = creationOf(loop({ unroll: 1, ...program }))
  const contract = world.create(deployer, { abi: [], bytecode: code })
  return world.caseOf([callWith(caller, contract, '0x', 10_000_000n)])
}

/** 20,000 times x = (x * K + C) ^ n, of words of 256 bits. */
export const arithmetic = () =>
  loopCase({
    setup: '1',
    body: `SWAP1 0x${'9e3779b97f4a7c15'.repeat(4)} MUL 0x${'c2b2ae3d27d4eb4f'.repeat(4)} ADD DUP2 XOR SWAP1`,
    rounds: 20_000,
  })

/** 5,000 times the hash of the hash before. */
export const hashes = () => loopCase({ body: '32 0 KECCAK256 0 MSTORE', rounds: 5_000 })

/** The deployment of OpenZeppelin's token and transfers to accounts that held none. */
export async function tokenFromNothing(count = 200) {
  const world = new World()
  world.fund([deployer])
  // The contract is created in the block itself: what the world creates stands before it.
  const inBlock = new World()
  const token = inBlock.create(deployer, erc20, [
    'Token',
    'TKN',
    parseEther('1000000000'),
    deployer,
  ])
  const [creation] = inBlock.transactions
  const transfers = accounts('holder', count).map((to) =>
    call(deployer, token, erc20, 'transfer', [to, 1n], 80_000n),
  )
  return world.caseOf([creation, ...transfers])
}
