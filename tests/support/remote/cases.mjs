// What tests of remote state simulate: the benchmark's bundles, and recorded blocks from old forks to
// new ones. Which there are depends on what runs here and on what lies beside the checkout.

import {
  blockCases,
  economyCases,
  mainnetSwapCases,
  noMainnetSwaps,
} from '../../../tools/bench/remote/cases.mjs'
import { noAnvil } from '../anvil.mjs'
import { noRecordedBlocks } from '../rpc-server/recorded.mjs'

/** Frontier, Homestead, Spurious Dragon, Byzantium, Petersburg (asks for a hash of a block), Cancun, Osaka. */
const blocks = [46147, 1796867, 2688148, 4370000, 8889776, 19426587, 24628607]

/** Why there are none of a group, or undefined. */
export const none = {
  economy: noAnvil(),
  swaps: noMainnetSwaps,
  blocks: noRecordedBlocks,
}

const makers = {
  economy: economyCases,
  swaps: mainnetSwapCases,
  blocks: () => blockCases(blocks),
}

/**
 * The cases of groups, of those that are there.
 * @param {(keyof typeof none)[]} groups
 * @returns {Promise<import('../../../tools/bench/remote/cases.mjs').RemoteCase[]>}
 */
export async function casesOf(groups) {
  const found = []
  for (const group of groups) if (none[group] === undefined) found.push(...(await makers[group]()))
  return found
}

/** What a simulator on the server's state is told of a case. */
export const chainOf = ({ chain: { chainId, fork, blobParams } }) => ({
  id: chainId,
  fork,
  ...(blobParams === undefined ? {} : { blobParams }),
})
