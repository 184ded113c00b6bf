// A state and a bundle small enough that a test can work out by hand what comes of them, and large
// enough that a server has something to get wrong: a contract that adds up slots, one of which another
// one names, and a contract that calls it, adds a slot of its own and keeps the sum.

import { stateOfSnapshot } from '../rpc-server/state.mjs'

const word = (value) => `0x${BigInt(value).toString(16).padStart(64, '0')}`

const alice = '0x00000000000000000000000000000000000a11ce'
const adder = '0x0000000000000000000000000000000000000add'
export const keeper = '0x000000000000000000000000000000000000ca11'

// Returns what slot 1 holds plus what the slot holds that slot 2 names.
const addCode = '0x600254546001540160005260206000f3'
// Calls the other one, adds its own slot 0 to the answer, keeps the sum in slot 7 and returns it.
const keepCode = [
  '0x',
  '60206000600060006000', // where the answer goes, nothing to tell, no value
  '61', // PUSH2 address of the other contract
  '0add',
  '5af150', // with all gas; whether it went well is seen from the sum
  '600051', // the answer
  '60005401', // and the own slot
  '80600755', // kept
  '60005260206000f3',
].join('')

const block = {
  number: '0x64',
  timestamp: '0x6955b900',
  gasLimit: '0x1c9c380',
  gasUsed: '0x0',
  baseFeePerGas: '0x7',
  miner: '0x00000000000000000000000000000000000000fe',
  mixHash: word(17),
  difficulty: '0x0',
  excessBlobGas: '0x0',
  blobGasUsed: '0x0',
}

const chainId = 7357
export const chain = { id: chainId, fork: 'PRAGUE' }

/** The state at block 100. */
export const state = stateOfSnapshot({
  chainId,
  block,
  accounts: {
    [alice]: { balance: '0xde0b6b3a7640000', nonce: '0x5' },
    [adder]: {
      nonce: '0x1',
      code: addCode,
      storage: { '0x1': '0x1000', '0x2': '0x30', '0x30': '0x200' },
    },
    [keeper]: { nonce: '0x1', code: keepCode, storage: { '0x0': '0x34' } },
  },
})

/** What the keeper returns at block 100: its own slot and two of the other's. */
export const sum = word(0x1000 + 0x200 + 0x34)

/** Block 101, in which all these slots are others. */
export const nextState = state.next({
  accounts: {
    [adder]: { storage: { '0x1': '0x5000', '0x2': '0x31', '0x31': '0x700' } },
    [keeper]: { storage: { '0x0': '0x89' } },
  },
})

/** The same at block 101. */
export const nextSum = word(0x5000 + 0x700 + 0x89)

/** One call of the keeper. */
export const subject = {
  kind: 'bundle',
  request: { transactions: [{ from: alice, to: keeper, data: '0xfeedbeef', gas: 200_000n }] },
}
