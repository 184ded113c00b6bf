// A transport of viem's that ends in a simulator.

import { type CustomTransport, custom } from 'viem'
import type { Simulator } from '../simulator.js'

/**
 * Has a client of viem answered by a simulator. What fails is not asked again: it would fail the same
 * way, and the simulator has asked its source as often as that is worth.
 *
 * @param simulator - Who answers.
 * @returns A transport for viem's clients.
 *
 * @example
 * ```ts
 * import { createSimulator, http } from 'forerun'
 * import { forerunTransport } from 'forerun/viem'
 * import { createPublicClient } from 'viem'
 * import { mainnet } from 'viem/chains'
 *
 * const simulator = await createSimulator({ source: http('https://rpc.example') })
 * const client = createPublicClient({ chain: mainnet, transport: forerunTransport(simulator) })
 * console.log(await client.getBlockNumber())
 * await simulator.dispose()
 * ```
 */
export function forerunTransport(simulator: Pick<Simulator, 'provider'>): CustomTransport {
  return custom(simulator.provider, { key: 'forerun', name: 'forerun', retryCount: 0 })
}
