// Replays blocks with the package in this process: each block gets a simulator of its own.

import { createSimulator, ForerunError, snapshot } from 'forerun'
import { replayEach } from './each.mjs'

/** Replays all blocks at the paths; whether all were right. */
export const replayInNode = (options) => replayEach({ ...options, open: async () => openSession() })

function openSession() {
  const simulators = new Set()
  return {
    survives: (error) => error instanceof ForerunError,
    // One that never answered is still there.
    quit: async () => {
      for (const simulator of simulators) await simulator.dispose()
    },
    replay: async ({ state, request }, threads) => {
      const simulator = await createSimulator({
        source: snapshot(state),
        threads,
        requireThreads: threads > 1,
      })
      simulators.add(simulator)
      try {
        return await simulator.replayBlock({ ...request, threads, compare: true })
      } finally {
        simulators.delete(simulator)
        await simulator.dispose()
      }
    },
  }
}
