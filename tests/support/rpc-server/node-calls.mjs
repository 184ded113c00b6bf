// `eth_call` as fast as a node executes it, where time is measured: by anvil, which begins with a
// recorded state.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { noAnvil, openAnvil } from '../anvil.mjs'
import { executeCall } from './eth-call.mjs'
import { quantity, word } from './hex.mjs'
import { RpcError } from './rpc-error.mjs'

/** More than a call asks for. */
const gasLimit = '1000000000'

/** Rules that anvil has by the same name; by older ones calls are executed as on any server here. */
const hardforks = new Set(['BERLIN', 'LONDON', 'SHANGHAI', 'CANCUN', 'PRAGUE', 'OSAKA'])

/**
 * Starts a node on a state. Close it afterwards. Where there is none for it, no methods come, and calls
 * are executed as on any server here, which only takes longer.
 * @param {import('./state.mjs').State} state
 * @param {{ fork: string }} chain the rules that calls run by
 * @returns {Promise<{ methods: Record<string, Function>, close: () => Promise<void> }>} what
 *   `openRpcServer` takes as `methods`
 */
export async function openNodeCalls(state, { fork }) {
  if (!hardforks.has(fork) || noAnvil() !== undefined) return { methods: {}, async close() {} }
  const folder = mkdtempSync(join(tmpdir(), 'forerun-node-'))
  let anvil
  try {
    const file = join(folder, 'genesis.json')
    writeFileSync(file, JSON.stringify(genesisOf(state)))
    const { chainId, header } = state
    anvil = await openAnvil([
      ...['--init', file, '--hardfork', fork.toLowerCase(), '--chain-id', String(chainId)],
      ...['--timestamp', String(BigInt(header.timestamp)), '--gas-limit', gasLimit],
      ...['--accounts', '1'],
    ])
    // The first call takes longer than those after it.
    await anvil.rpc('eth_call', { to: header.miner }, 'latest')
  } catch (error) {
    await anvil?.close()
    throw error
  } finally {
    rmSync(folder, { recursive: true })
  }
  return {
    methods: {
      eth_call: (chain, call, block, overrides = {}) =>
        chain.resolve(block) === state
          ? anvil.rpc('eth_call', call, 'latest', overrides).catch((error) => {
              throw new RpcError(-32000, error.message)
            })
          : executeCall(chain.resolve(block), call, overrides),
    },
    close: () => anvil.close(),
  }
}

const genesisOf = ({ chainId, header, accounts }) => ({
  config: { chainId },
  nonce: '0x0',
  timestamp: header.timestamp,
  gasLimit: header.gasLimit,
  difficulty: '0x0',
  coinbase: header.miner,
  extraData: '0x',
  alloc: Object.fromEntries(
    [...accounts].map(([address, { balance, nonce, code, storage }]) => [
      address,
      {
        balance: quantity(balance),
        nonce: quantity(nonce),
        code,
        storage: Object.fromEntries([...storage].map(([key, value]) => [word(key), word(value)])),
      },
    ]),
  ),
})
