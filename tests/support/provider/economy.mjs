// The economy on anvil with one more contract, which judges numbers with an error of its own: the node
// itself as a provider, its state as a snapshot, and who is who there.

import { toFunctionSelector } from 'viem'
import { chainId, fork, openScenario } from '../anvil-scenario.mjs'
import { snapshotOf } from '../rpc-server/state.mjs'
import { contracts } from '../scenario/contracts.mjs'
import { traders } from '../scenario/people.mjs'

const judge = '0x000000000000000000000000000000000000d1ce'
const nobody = '0x00000000000000000000000000000000000b0d1e'

// Reverts with TooLow(7, the number that it is given).
const judgeCode = [
  `0x63${toFunctionSelector('TooLow(uint256,uint256)').slice(2)}60e01b5f52`,
  '6007600452',
  '600435602452',
  '60445ffd',
].join('')

/** Opens it; to be closed. */
export async function openEconomy() {
  const scenario = await openScenario()
  const { url, rpc, close } = scenario
  try {
    await rpc('anvil_setCode', judge, judgeCode)
    // The head is then a block that has the judge in its state.
    const { after: state } = await scenario.advance()
    const chain = { chainId, fork }
    return {
      url,
      close,
      chain: { id: chainId, fork },
      snapshot: snapshotOf(state, chain),
      facts: { ...contracts, judge, nobody, ada: traders[0].address, ben: traders[1].address },
    }
  } catch (error) {
    await close()
    throw error
  }
}
