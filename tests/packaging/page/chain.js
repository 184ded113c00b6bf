// A state and a bundle of which everything can be worked out by hand: Alice pays Bob, who has nothing
// else to pay from when he calls a contract that adds two numbers.

const alice = '0x00000000000000000000000000000000000a11ce'
const bob = '0x0000000000000000000000000000000000000b0b'
const adder = '0x0000000000000000000000000000000000000add'

const ether = 10n ** 18n

export const chain = {
  chainId: 7357,
  fork: 'OSAKA',
  block: { number: 1, timestamp: 1, gasLimit: 30_000_000, gasUsed: 15_000_000, baseFeePerGas: 7 },
  accounts: {
    [alice]: { balance: ether },
    // PUSH1 4, PUSH1 5, ADD, PUSH0, MSTORE, PUSH1 32, PUSH0, RETURN
    [adder]: { code: '0x60046005015f5260205ff3' },
  },
}

export const bundle = {
  transactions: [
    { from: alice, to: bob, value: ether / 2n, gas: 21_000n },
    { from: bob, to: adder, value: 0n, gas: 100_000n },
  ],
}

/**
 * By the yellow paper: 21,000 for a transaction, 3 for PUSH1, ADD, MSTORE and each new word of memory,
 * 2 for PUSH0.
 */
export const expected = [
  { status: 'success', gasUsed: '21000', output: '0x' },
  { status: 'success', gasUsed: '21022', output: `0x${'9'.padStart(64, '0')}` },
]
