// Asks the package what vectors ask a node. Runs on a page and in Node alike; which package it is, and
// where snapshots come from, is handed in.

import { within } from '../../support/limit.mjs'

/** Longer than any vector takes. */
const answerLimit = 60_000

/**
 * @param {{ createSimulator: Function, snapshot: Function, snapshotOf: (block: number) => Promise<Uint8Array>,
 *   threads: number }} options
 */
export function createAnswers({ createSimulator, snapshot, snapshotOf, threads }) {
  /** One simulator for each block that requests were about. */
  const simulators = new Map()

  const open = async (block) => {
    const source = snapshot(await snapshotOf(block))
    return createSimulator({ source, threads, requireThreads: threads > 1 })
  }

  return {
    /** The answers to some requests, one after the other, on the state behind a block. */
    ask: async ({ block, requests }) => {
      if (!simulators.has(block)) simulators.set(block, await open(block))
      const { provider } = simulators.get(block)
      const answers = []
      try {
        for (const { method, params } of requests)
          answers.push(await within(answerLimit, method, answer(provider, { method, params })))
        return answers
      } catch (error) {
        // It may have ended; the next vector gets one of its own.
        const simulator = simulators.get(block)
        simulators.delete(block)
        await simulator.dispose()
        throw error
      }
    },
    quit: async () => {
      for (const simulator of simulators.values()) await simulator.dispose()
    },
  }
}

/** What a node would have sent. An error that no node would send is thrown. */
async function answer(provider, request) {
  try {
    return { result: await provider.request(request) }
  } catch (error) {
    if (typeof error?.code !== 'number' || error.cause !== undefined) throw error
    const { code, message, data } = error
    return { error: { code, message, ...(data !== undefined && { data }) } }
  }
}
