// What the benchmark of remote state runs: bundles and blocks, the states that a server has to have
// for them, and what others say they come to.

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { environmentOf, fork, openScenario } from '../../../tests/support/anvil-scenario.mjs'
import { openNodeCalls } from '../../../tests/support/rpc-server/node-calls.mjs'
import { readsOf } from '../../../tests/support/rpc-server/reads.mjs'
import {
  noRecordedBlocks,
  withRecordedBlocks,
} from '../../../tests/support/rpc-server/recorded.mjs'
import { openRpcServer } from '../../../tests/support/rpc-server/server.mjs'
import { snapshotOf } from '../../../tests/support/rpc-server/state.mjs'
import { withPack } from '../../replay/blocks.mjs'
import { repository } from '../../setup/places.mjs'

/**
 * @typedef {object} RemoteCase
 * @property {string} name
 * @property {'bundle' | 'block'} kind whether `request` is one of `simulateBundle` or of `replayBlock`
 * @property {object} request quantities as bigint
 * @property {{ chainId: number, fork: string, blobParams?: object }} chain at this block
 * @property {import('../../../tests/support/rpc-server/state.mjs').State[]} states the first is the
 *   one that the request stands on; another one is that of a next block, in which others did something
 * @property {object} snapshot the first state complete, for a run without a server
 * @property {import('../../../tests/support/rpc-server/reads.mjs').Reads} reads what the request
 *   looks at, as others found out
 * @property {{ status: 'success' | 'failed', gasUsed: bigint }[]} [expected] of bundles; a block's
 *   own header says what it comes to
 */

/**
 * Opens a server at the state that a case stands on, which executes calls as fast as a node does. The
 * options are those of `openRpcServer`.
 */
export async function openCaseServer({ states, chain }, options = {}) {
  const [state] = states
  const node = await openNodeCalls(state, chain)
  const { methods } = node
  try {
    const server = await openRpcServer({ states, head: state.hash, methods, ...options })
    return { ...server, close: () => Promise.all([server.close(), node.close()]) }
  } catch (error) {
    await node.close()
    throw error
  }
}

/** By the names of the report: the bundles of anvil's economy. */
const economy = {
  'one-swap': 'one swap',
  'approve-swap-transfer': 'approve, swap, transfer',
  'twenty-senders': 'twenty senders',
}

/**
 * Bundles that anvil has mined: one swap, three transactions of one sender, and twenty by twenty
 * senders to eight contracts. The second state is that after a block in which others traded in the
 * same pools.
 * @returns {Promise<RemoteCase[]>}
 */
export async function economyCases() {
  const scenario = await openScenario()
  try {
    const { after } = await scenario.elsewhere()
    const chain = { chainId: scenario.state.chainId, fork }
    const cases = []
    for (const [name, bundle] of Object.entries(economy)) {
      const { raw, block, results, reads } = await scenario.mine(bundle)
      cases.push({
        name,
        kind: 'bundle',
        request: { transactions: raw, block },
        chain,
        states: [scenario.state, after],
        snapshot: snapshotOf(scenario.state, chain),
        reads,
        expected: results.map(({ status, gasUsed }) => ({ status, gasUsed })),
      })
    }
    return cases
  } finally {
    await scenario.close()
  }
}

const swapBlock = 22244135
const traces = join(repository, '..', 'shared', 'fixtures', `traces-${swapBlock}.tar.gz`)
/** Why there are no swaps of mainnet here, or undefined where there are. */
export const noMainnetSwaps =
  noRecordedBlocks ??
  (existsSync(traces) ? undefined : `../shared/fixtures/traces-${swapBlock}.tar.gz is not there`)
/**
 * Its transactions that swap on Uniswap and that find everything as it was before the block: the
 * first goes through an aggregator, the second through Uniswap's own router, twice.
 */
const swaps = { 'mainnet-swap': 45, 'mainnet-router': 48 }

/**
 * Swaps of mainnet, each alone on the state before its block, with the receipts of the chain.
 * @returns {Promise<RemoteCase[]>}
 */
export const mainnetSwapCases = () =>
  withRecordedBlocks([swapBlock], ([{ block, state }]) =>
    withTraces(({ receipts, traces }) =>
      Object.entries(swaps).map(([name, index]) => {
        const { status, gasUsed } = receipts[index]
        const chain = { chainId: block.chainId, fork: block.fork, blobParams: limitsOf(block) }
        return {
          name,
          kind: 'bundle',
          request: {
            transactions: [block.transactions[index].raw],
            block: environmentOf(block.header),
          },
          chain,
          states: [state],
          snapshot: snapshotOf(state, chain),
          reads: readsOf([traces[index]]),
          trace: traces[index],
          expected: [{ status: status === '0x1' ? 'success' : 'failed', gasUsed: BigInt(gasUsed) }],
        }
      }),
    ),
  )

/** Traces and receipts of that block, which nobody here made. */
const withTraces = (use) =>
  withPack(traces, ({ files }) => {
    const read = (name) => {
      const found = files.find((file) => file.endsWith(`${name}.json`))
      return JSON.parse(readFileSync(found, 'utf8'))
    }
    const receipts = read('receipts')
    const before = read('prestatetrace').result.map(({ result }) => result)
    return use({ receipts: receipts.result ?? receipts, traces: before })
  })

const limitsOf = ({ blobParams }) => {
  if (blobParams === undefined) return undefined
  const { target, max, baseFeeUpdateFraction } = blobParams
  return { target, max, baseFeeUpdateFraction }
}

/**
 * Whole blocks of mainnet. What such a block looks at is all that was recorded of the state before
 * it.
 * @param {number[]} [numbers]
 * @returns {Promise<RemoteCase[]>}
 */
export const blockCases = (numbers = [15199017, 13287210]) =>
  withRecordedBlocks(numbers, (blocks) =>
    blocks.map(({ block, state }) => {
      const { chainId, header, transactions, withdrawals, uncles } = block
      const chain = { chainId, fork: block.fork, blobParams: limitsOf(block) }
      return {
        name: String(BigInt(header.number)),
        kind: 'block',
        request: { block: { header, transactions, withdrawals, uncles } },
        chain,
        states: [state],
        snapshot: snapshotOf(state, chain),
        reads: readsOf([block.pre]),
      }
    }),
  )
