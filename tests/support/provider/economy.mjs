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
      rpc,
      close,
      header: state.header,
      chain: { id: chainId, fork },
      state,
      snapshot: snapshotOf(state, chain),
      facts: { ...contracts, judge, nobody, ada: traders[0].address, ben: traders[1].address },
    }
  } catch (error) {
    await close()
    throw error
  }
}

/** A server as a provider, with the errors that it answers with. */
export const providerOf = (url) => ({
  async request({ method, params = [] }) {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
      signal: AbortSignal.timeout(30_000),
    })
    const { result, error } = await response.json()
    if (error) throw Object.assign(new Error(error.message), error)
    return result
  },
})
