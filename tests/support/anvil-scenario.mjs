// A small economy on anvil, and bundles that are really mined on it. A test forks where the bundles
// begin, simulates them in the block that they were mined in, and compares.

import { gunzipSync } from 'node:zlib'
import { parseEther, parseGwei, toHex } from 'viem'
import { openAnvil } from './anvil.mjs'
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
 * @typedef {object} Mined
 * @property {string} name
 * @property {`0x${string}`[]} raw the signed transactions, in order
 * @property {object} block as `simulateBundle` takes it, of the block that they were mined in
 * @property {object} header the same block as the node gives it
 * @property {{ status: 'success' | 'failed', gasUsed: bigint, logs: { address: string, topics: string[], data: string }[], contractAddress?: string, output: string }[]} results
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
    const { results } = await mine(rpc, await signed(rpc, steps))
    const failed = results.findIndex(({ status }) => status !== 'success')
    if (failed >= 0) throw new Error(`step ${failed} of the settlement failed`)
  }
  const state = await stateAtHead(rpc)

  /** Mines steps in one block after the fork, and takes the block back unless told otherwise. */
  async function attempt(name, steps) {
    const before = await rpc('evm_snapshot')
    try {
      // Taking back a block does not take back what anvil made of its base fee.
      await rpc('anvil_setNextBlockBaseFeePerGas', toHex(nextBaseFee(state.header)))
      const raw = await signed(rpc, steps)
      const mined = await mine(rpc, raw)
      return { name, raw, ...mined, after: await stateAtHead(rpc) }
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
    /** Mines one of them by name. @returns {Promise<Mined>} */
    mine: (name) => attempt(name, bundles()[name]),
    /** A next block in which others have traded. */
    moveOn: () => attempt('elsewhere', elsewhere()),
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

async function mine(rpc, raw) {
  const hashes = []
  for (const transaction of raw) hashes.push(await rpc('eth_sendRawTransaction', transaction))
  await rpc('evm_mine')
  const header = await rpc('eth_getBlockByNumber', 'latest', false)
  if (header.transactions.join() !== hashes.join())
    throw new Error(
      `the block has ${header.transactions.length} of ${hashes.length} transactions, or in another order`,
    )
  const results = []
  for (const hash of hashes) {
    const receipt = await rpc('eth_getTransactionReceipt', hash)
    const { output = '0x' } = await rpc('debug_traceTransaction', hash, { tracer: 'callTracer' })
    results.push({
      status: receipt.status === '0x1' ? 'success' : 'failed',
      gasUsed: BigInt(receipt.gasUsed),
      logs: receipt.logs.map(({ address, topics, data }) => ({ address, topics, data })),
      // The receipt also names what a failed creation would have been.
      ...(receipt.contractAddress && receipt.status === '0x1'
        ? { contractAddress: receipt.contractAddress.toLowerCase() }
        : {}),
      output,
    })
  }
  return { header, block: environmentOf(header), results }
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
