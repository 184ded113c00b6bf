// The same start as on a page, in the surroundings that Node offers.

import { availableParallelism } from 'node:os'
import { threadsObstacle } from '../capabilities.js'
import {
  type CreateSimulatorParameters,
  type CreateSimulatorReturnType,
  createSimulatorIn,
} from '../create-simulator.js'
import type { Surroundings } from '../start.js'
import { createThread, createThreadBy } from './create-thread.js'

const node: Surroundings = {
  createWorker: createThread,
  createWorkerBy: createThreadBy,
  // A thread that does not come up says itself what is wrong with its file.
  inspect: async () => ({}),
  // Isolation guards pages from one another; a process has nobody to be guarded from.
  threadsObstacle: () =>
    threadsObstacle({ crossOriginIsolated: true, SharedArrayBuffer, WebAssembly }),
  // Not `navigator`, which Node has only from 21 on, and which knows nothing of affinity.
  cores: availableParallelism,
  // A thread that ends says so here.
  locks: () => undefined,
  // Node has no `reportError`, and an error that nobody catches would end the process.
  report: (error) => process.emitWarning(error instanceof Error ? error : String(error)),
}

/** As on a page, see the function of the same name there. */
export function createSimulator(
  parameters: CreateSimulatorParameters,
): Promise<CreateSimulatorReturnType> {
  return createSimulatorIn(node, parameters)
}
