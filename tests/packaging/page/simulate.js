// What every page does: it simulates one bundle and tells what came out, also where nothing did.

import { createSimulator, snapshot } from 'forerun'
import { bundle, chain } from './chain.js'

export async function simulate() {
  try {
    const simulator = await createSimulator({ source: snapshot(chain), threads: 2 })
    const { mode, threads, fallbackReason = null } = simulator
    const { transactions } = await simulator.simulateBundle(bundle)
    await simulator.dispose()
    return {
      mode,
      threads,
      fallbackReason,
      transactions: transactions.map(({ status, gasUsed, output }) => ({
        status,
        gasUsed: String(gasUsed),
        output,
      })),
    }
  } catch (error) {
    return { error: `${error}` }
  }
}
