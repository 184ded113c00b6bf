// A case's bundle in @ethereumjs/vm, whose state manager for remote state fetches what it misses
// when it misses it.

import { createBlock } from '@ethereumjs/block'
import { createCustomCommon, Mainnet } from '@ethereumjs/common'
import { RPCBlockChain, RPCStateManager } from '@ethereumjs/statemanager'
import { createTxFromRLP } from '@ethereumjs/tx'
import { hexToBytes } from '@ethereumjs/util'
import { createVM, runTx } from '@ethereumjs/vm'
import { toHex } from 'viem'
import { hardforkOf } from '../peers/ethereumjs.mjs'
import { openCaseServer } from './cases.mjs'

/**
 * Runs a bundle once, from nothing, against a server of its own.
 * @param {import('./cases.mjs').RemoteCase} subject
 * @param {object} [options] of the server, such as `latency`
 * @returns {Promise<{ results: { status: 'success' | 'failed', gasUsed: bigint }[], milliseconds: number, log: import('../../../tests/support/rpc-server/log.mjs').RequestLog }>}
 */
export async function runPeer(subject, options) {
  const server = await openCaseServer(subject, options)
  try {
    const started = performance.now()
    const results = await simulate(subject, server.url)
    return { results, milliseconds: performance.now() - started, log: server.log }
  } finally {
    await server.close()
  }
}

async function simulate({ request, chain, states }, url) {
  const common = createCustomCommon({ chainId: chain.chainId }, Mainnet, {
    hardfork: hardforkOf(chain),
  })
  // It is told the block, and so needs no request to find it.
  const blockTag = states[0].number
  const stateManager = new RPCStateManager({ provider: url, blockTag, common })
  const vm = await createVM({ common, stateManager, blockchain: new RPCBlockChain(url) })
  const block = createBlock(
    { header: headerOf(request.block) },
    { common, skipConsensusFormatValidation: true },
  )
  const results = []
  for (const raw of request.transactions) {
    const tx = createTxFromRLP(hexToBytes(raw), { common })
    const { totalGasSpent, execResult } = await runTx(vm, { tx, block })
    const status = execResult.exceptionError ? 'failed' : 'success'
    results.push({ status, gasUsed: totalGasSpent })
  }
  return results
}

const headerOf = (environment) => ({
  number: toHex(environment.number),
  timestamp: toHex(environment.timestamp),
  gasLimit: toHex(environment.gasLimit),
  baseFeePerGas: toHex(environment.baseFeePerGas),
  coinbase: environment.coinbase,
  mixHash: environment.prevRandao,
  excessBlobGas: toHex(environment.excessBlobGas),
})
