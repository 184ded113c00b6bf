// A small economy on anvil, and bundles that are really mined on it. A test forks where the bundles
// begin, simulates them in the block that they were mined in, and compares.

import { gunzipSync } from 'node:zlib'
import { parseEther, parseGwei, toHex } from 'viem'
import { openAnvil } from './anvil.mjs'
import { readsOf } from './rpc-server/reads.mjs'
import { stateOfSnapshot } from './rpc-server/state.mjs'
import { contracts, creations } from './scenario/contracts.mjs'
import { coinbase, everyone } from './scenario/people.mjs'
import { bundles, elsewhere, settlement } from './scenario/steps.mjs'

export const chainId = 31337
/** Of anvil's hard fork and of ours. */
export const fork = 'OSAKA'

const start = 1_767_225_600 // 2026-01-01T00:00:00Z
const options = [
  ...['--hardfork', 'osaka', '--chain-id', String(chainId), '--timestamp', String(start)],
  ...['--gas-limit', '60000000', '--block-base-fee-per-gas', '1000000000', '--accounts', '1'],
]
const slot = 12
const fees = { maxFeePerGas: parseGwei('5'), maxPriorityFeePerGas: parseGwei('1') }
const gasPrice = parseGwei('4')

/**
 * @typedef {object} Result of a transaction that was mined
 * @property {'success' | 'failed'} status
 * @property {bigint} gasUsed
 * @property {{ address: string, topics: string[], data: string }[]} logs
 * @property {string} [contractAddress] of a contract that was created
 * @property {string} output what the outermost call returned, or reverted with
 *
 * @typedef {object} Mined
 * @property {string} name
 * @property {`0x${string}`[]} raw the signed transactions, in order
 * @property {object} block as `simulateBundle` takes it, of the block that they were mined in
 * @property {object} header the same block as the node gives it
 * @property {Result[]} results
 * @property {import('./rpc-server/reads.mjs').Reads} reads what they looked at, as the node has it
 * @property {import('./rpc-server/state.mjs').State} after the state that they left
 */

/**
 * Starts anvil and brings the economy to the block that all bundles begin at. Close it afterwards.
 */
export async function openScenario() {
  const anvil = await openAnvil(options)
  try {
    return await settle(anvil)
  } catch (error) {
    await anvil.close()
    throw error
  }
}

async function settle({ url, rpc, close }) {
  await rpc('anvil_setCoinbase', coinbase)
  await rpc('anvil_setBlockTimestampInterval', slot)
  for (const { address } of everyone)
    await rpc('anvil_setBalance', address, toHex(parseEther('1000')))
  for (const steps of [creations(), ...settlement()]) {
    const { hashes } = await mine(rpc, await signed(rpc, steps))
    for (const [index, hash] of hashes.entries()) {
      const { status } = await rpc('eth_getTransactionReceipt', hash)
      if (status !== '0x1') throw new Error(`step ${index} of the settlement failed`)
    }
  }
  const state = await stateAtHead(rpc)

  async function perform(name, steps) {
    const head = await rpc('eth_getBlockByNumber', 'latest', false)
    // Taking back a block does not take back what anvil made of its base fee.
    await rpc('anvil_setNextBlockBaseFeePerGas', toHex(nextBaseFee(head)))
    const raw = await signed(rpc, steps)
    const { hashes, header } = await mine(rpc, raw)
    const { results, reads } = await outcomes(rpc, hashes)
    const block = environmentOf(header)
    return { name, raw, block, header, results, reads, after: await stateAtHead(rpc) }
  }

  /** As `perform`, and takes the block back. */
  async function attempt(name, steps) {
    const before = await rpc('evm_snapshot')
    try {
      return await perform(name, steps)
    } finally {
      await rpc('evm_revert', before)
    }
  }

  return {
    url,
    contracts,
    /** The state at the block that bundles begin at, for a server of ours or as a snapshot. */
    state,
    forkBlock: state.header,
    /** Names of the bundles. */
    names: Object.keys(bundles()),
    /**
     * Mines one of them by name after the block they all begin at, and takes the block back.
     * @returns {Promise<Mined>}
     */
    mine: (name) => attempt(name, bundles()[name]),
    /** The same with a block in which others trade in the same pools. */
    elsewhere: () => attempt('elsewhere', elsewhere()),
    /** Mines such a block for good: anvil's head moves. */
    advance: () => perform('elsewhere', elsewhere()),
    rpc,
    close,
  }
}

async function stateAtHead(rpc) {
  const [block, packed] = [
    await rpc('eth_getBlockByNumber', 'latest', false),
    await rpc('anvil_dumpState'),
  ]
  const { accounts } = JSON.parse(gunzipSync(Buffer.from(packed.slice(2), 'hex')).toString())
  const blockHashes = {}
  for (let number = Number(block.number); number > 0; number--) {
    const { parentHash } = await rpc('eth_getBlockByNumber', toHex(number), false)
    blockHashes[number - 1] = parentHash
  }
  const { transactions: _, uncles: __, ...header } = block
  return stateOfSnapshot({ chainId, block: header, accounts, blockHashes })
}

/** The steps as signed transactions, with the nonces that come next. */
async function signed(rpc, steps) {
  const nonces = new Map()
  const next = async ({ address }) => {
    const nonce =
      nonces.get(address) ?? Number(await rpc('eth_getTransactionCount', address, 'latest'))
    nonces.set(address, nonce + 1)
    return nonce
  }
  const raw = []
  for (const { from, listed, authorizations, type = 'eip1559', ...step } of steps) {
    const nonce = await next(from)
    const form = { ...step, chainId, nonce, type, ...(type === 'eip1559' ? fees : { gasPrice }) }
    if (listed) form.accessList = await accessList(rpc, from, step)
    if (authorizations) {
      form.type = 'eip7702'
      form.authorizationList = []
      for (const { by, address, nonce } of authorizations)
        form.authorizationList.push(
          await by.signAuthorization({ address, chainId, nonce: nonce ?? (await next(by)) }),
        )
    }
    raw.push(await from.signTransaction(form))
  }
  return raw
}

async function accessList(rpc, from, { to, data, gas }) {
  const call = { from: from.address, to, data, gas: toHex(gas) }
  const { accessList } = await rpc('eth_createAccessList', call, 'latest')
  return accessList
}

/** Mines them in one block, in their order. */
async function mine(rpc, raw) {
  const hashes = []
  for (const transaction of raw) hashes.push(await rpc('eth_sendRawTransaction', transaction))
  await rpc('evm_mine')
  const header = await rpc('eth_getBlockByNumber', 'latest', false)
  const mined = header.transactions
  if (mined.join() !== hashes.join())
    throw new Error(`${mined.length} of ${hashes.length} were mined, or in another order`)
  return { hashes, header }
}

/** What mined transactions came to, and what they looked at. */
async function outcomes(rpc, hashes) {
  const results = []
  const traces = []
  for (const hash of hashes) {
    const receipt = await rpc('eth_getTransactionReceipt', hash)
    const { output = '0x' } = await rpc('debug_traceTransaction', hash, { tracer: 'callTracer' })
    traces.push(await rpc('debug_traceTransaction', hash, { tracer: 'prestateTracer' }))
    const success = receipt.status === '0x1'
    results.push({
      status: success ? 'success' : 'failed',
      gasUsed: BigInt(receipt.gasUsed),
      logs: receipt.logs.map(({ address, topics, data }) => ({ address, topics, data })),
      // The receipt also names what a failed creation would have been.
      ...(receipt.contractAddress && success
        ? { contractAddress: receipt.contractAddress.toLowerCase() }
        : {}),
      output,
    })
  }
  return { results, reads: readsOf(traces) }
}

/** What follows from the parent (EIP-1559). */
function nextBaseFee({ baseFeePerGas, gasUsed, gasLimit }) {
  const [fee, used, target] = [BigInt(baseFeePerGas), BigInt(gasUsed), BigInt(gasLimit) / 2n]
  const change = (fee * (used > target ? used - target : target - used)) / target / 8n
  if (used === target) return fee
  return used > target ? fee + (change > 0n ? change : 1n) : fee - change
}

/** A header as the `block` of `simulateBundle`. */
export const environmentOf = (header) => ({
  number: BigInt(header.number),
  timestamp: BigInt(header.timestamp),
  baseFeePerGas: BigInt(header.baseFeePerGas),
  coinbase: header.miner,
  gasLimit: BigInt(header.gasLimit),
  prevRandao: header.mixHash,
  excessBlobGas: BigInt(header.excessBlobGas ?? 0),
})
