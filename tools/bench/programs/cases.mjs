// Programs as cases: a block of one transaction that calls a contract which runs the program.

import { account, callWith, creationOf, World } from '../cases/world.mjs'
import { assemble, loop } from './assembly.mjs'
import { opcodePrograms } from './opcodes.mjs'
import { precompileProgram, precompiles } from './precompiles.mjs'

/** What a transaction may take at most from Osaka on is 16,777,216 (EIP-7825). */
const gas = 16_000_000n
const contractOf = (code) => ({ abi: [], bytecode: creationOf(code) })

/**
 * A seed of one word without a zero byte, below the order of every group that a precompile knows. Call
 * data of the same length then costs the same, and scalars are as long as in practice.
 */
export function seedOf(number) {
  let state = BigInt(number) + 0x9e3779b97f4a7c15n
  let digits = '17'
  while (digits.length < 64) {
    state = (state * 6364136223846793005n + 1442695040888963407n) & ((1n << 64n) - 1n)
    const byte = Number(state >> 56n)
    digits += (byte === 0 ? 1 : byte).toString(16).padStart(2, '0')
  }
  return `0x${digits}`
}

/** A program as a case, and how many repetitions it makes. */
async function caseOf({ callee, input = '0x', per = 1, ...program }) {
  const world = new World()
  const [deployer, caller] = [account('deployer'), account('caller')]
  world.fund([deployer, caller])
  const called = callee && world.create(deployer, contractOf(assemble(callee)))
  const body = program.body.replaceAll('$callee', called)
  const contract = world.create(deployer, contractOf(loop({ ...program, body })))
  const data = seedOf(0) + input.slice(2)
  return {
    ...(await world.caseOf([callWith(caller, contract, data, gas)])),
    operations: program.unroll * program.rounds * per,
  }
}

/** All programs as cases: `{ name, state, request, operations }`. */
export async function programCases() {
  const found = []
  const add = async (name, program) => found.push({ name, ...(await caseOf(program)) })
  for (const [name, program] of Object.entries(opcodePrograms)) await add(name, program)
  for (const [name, precompile] of Object.entries(await precompiles())) {
    await add(name, precompileProgram(precompile))
    await add(`${name}, same input`, precompileProgram(precompile, { same: true }))
  }
  return found
}
