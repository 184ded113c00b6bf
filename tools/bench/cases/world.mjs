// A chain that cases of our own stand on. All that is written into its state directly are first
// balances; all else is what contracts leave behind when our executor runs the transactions of a
// deployment. The case's own transactions are run there too, and must all succeed.

import { execFile } from 'node:child_process'
import {
  encodeDeployData,
  encodeFunctionData,
  getContractAddress,
  keccak256,
  maxUint256,
  parseEther,
  slice,
  toHex,
} from 'viem'
import { deployBinary } from '../runtimes/native.mjs'

const limit = 600_000
/** Contracts of a whole deployment go into one block; nobody measures it. */
const deploymentGasLimit = 1_000_000_000_000n
const gasPrice = 2_000_000_000n
export const chainId = 31337

/** Quantities as minimal hex, as in JSON-RPC. */
export const json = (value) =>
  JSON.stringify(value, (_, entry) => (typeof entry === 'bigint' ? toHex(entry) : entry))

/** An address that nobody has a key for; transactions of a replay need no signature. */
export const account = (name) => slice(keccak256(toHex(`forerun bench account: ${name}`)), 12)

/** As many accounts. @param {string} name @param {number} count */
export const accounts = (name, count) =>
  Array.from({ length: count }, (_, index) => account(`${name} ${index}`))

/** Creation code for a contract of this code: copies what follows itself. */
export function creationOf(code) {
  const length = (code.length - 2) / 2
  return `0x61${length.toString(16).padStart(4, '0')}80600a5f395ff3${code.slice(2)}`
}

/** What 21,000 gas cost here: a payment's fee, to the wei. */
export const paymentFee = 21_000n * gasPrice

export const pay = (from, to, value) => ({ from, to, data: '0x', value, gas: 21_000n, gasPrice })

export const callWith = (from, to, data, gas) => ({ from, to, data, value: 0n, gas, gasPrice })

export const call = (from, to, { abi }, functionName, args, gas = 3_500_000n) =>
  callWith(from, to, encodeFunctionData({ abi, functionName, args }), gas)

/** A chain before its first block. */
export class World {
  #genesis = {}
  #transactions = []
  #sent = new Map()

  constructor(fork = 'OSAKA') {
    this.fork = fork
  }

  /** The deployment so far. */
  get transactions() {
    return this.#transactions
  }

  /** Gives accounts ether. */
  fund(addresses, amount = parseEther('100')) {
    for (const address of addresses) this.#genesis[address] = { balance: amount }
    return addresses
  }

  /** Adds transactions to the deployment. */
  run(...transactions) {
    for (const transaction of transactions) {
      const { from } = transaction
      this.#sent.set(from, (this.#sent.get(from) ?? 0) + 1)
      this.#transactions.push(transaction)
    }
  }

  /** Adds a contract, and returns its address. */
  create(from, { abi, bytecode }, args = []) {
    const nonce = BigInt(this.#sent.get(from) ?? 0)
    const data = encodeDeployData({ abi, bytecode, args })
    this.run({ from, data, value: 0n, gas: 6_000_000n, gasPrice })
    return getContractAddress({ from, nonce })
  }

  /**
   * The case of a block of these transactions on the deployed state: a snapshot and a request.
   * With `sizes` one for each size, of the first so many transactions.
   */
  async casesOf(transactions, sizes = [transactions.length]) {
    const deployment = { ...environment(0), transactions: this.#transactions }
    const trial = { ...environment(1), transactions }
    const before = await this.#deploy([deployment])
    const after = await this.#deploy([deployment, trial])
    const { results } = after.blocks[1]
    for (const [n, block] of after.blocks.entries())
      for (const [index, { status, output }] of block.results.entries())
        if (status !== 'success')
          throw new Error(`transaction ${index} of block ${n} ended as ${status}: ${output}`)
    const state = {
      chainId,
      fork: this.fork,
      accounts: before.accounts,
      codes: before.codes,
    }
    return sizes.map((size) => {
      const used = results.slice(0, size).reduce((sum, { gasUsed }) => sum + BigInt(gasUsed), 0n)
      // The gas that the trial used: a run in which a transaction ends otherwise does not pass.
      const header = { ...environment(1), gasUsed: used, difficulty: 0n, excessBlobGas: 0n }
      const block = { header, transactions: transactions.slice(0, size) }
      return JSON.parse(json({ state, request: { block } }))
    })
  }

  async caseOf(transactions) {
    const [only] = await this.casesOf(transactions)
    return only
  }

  #deploy(blocks) {
    const plan = { chainId, fork: this.fork, genesis: this.#genesis, blocks }
    return new Promise((resolve, reject) => {
      const child = execFile(
        deployBinary,
        { maxBuffer: 1 << 30, timeout: limit },
        (error, stdout, stderr) => {
          if (error) reject(new Error(`the deployment did not run: ${stderr || error.message}`))
          else resolve(JSON.parse(stdout))
        },
      )
      child.stdin.end(json(plan))
    })
  }
}

/** Block environment of the n-th block. */
const environment = (n) => ({
  number: 1n + BigInt(n),
  timestamp: 1_767_225_600n + 12n * BigInt(n),
  gasLimit: deploymentGasLimit,
  baseFeePerGas: 1_000_000_000n,
  miner: account('fee recipient'),
  mixHash: keccak256(toHex(`forerun bench block ${n}`)),
})

export const forEver = maxUint256
