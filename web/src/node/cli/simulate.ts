// `forerun simulate`: a bundle on the state of a node or of a snapshot.

import {
  type PinnedBlock,
  type SimulateBundleParameters,
  type SimulateBundleReturnType,
  snapshot,
} from '../../index.js'
import type { Simulator } from '../../simulator.js'
import { createSimulator } from '../create-simulator.js'
import type { SimulateCommand } from './arguments.js'
import { describeBundle } from './describe-bundle.js'
import { exitCodes } from './exit-codes.js'
import { concerning, type Fields, readObject, readText } from './input.js'
import { InputError } from './input-error.js'
import { toJson } from './json.js'
import type { Surroundings } from './surroundings.js'

/** Simulates, prints what comes of it, and says what the process is to end with. */
export async function simulate(
  command: SimulateCommand,
  surroundings: Surroundings,
): Promise<number> {
  const { json, timeline, replayKey } = command
  const request = bundleOf(await readObject(command.file, surroundings), command.file)
  const simulator = await open(command, surroundings)
  try {
    const result = await concerning(
      command.file,
      ['INVALID_REQUEST', 'INVALID_TRANSACTION'],
      simulator.simulateBundle({
        ...request,
        ...(timeline && { timeline }),
        replayKey: replayKey || request.replayKey,
        signal: surroundings.signal,
      }),
    )
    surroundings.write(
      json ? toJson(documentOf(result, simulator.block)) : describeBundle(result, simulator.block),
    )
    return result.status === 'success' ? exitCodes.success : exitCodes.failed
  } finally {
    await simulator.dispose()
  }
}

const open = async (
  { state, threads }: SimulateCommand,
  surroundings: Surroundings,
): Promise<Simulator> => {
  const { onProgress, signal } = surroundings
  const rest = { threads, onProgress, signal }
  if (state.type === 'rpc') {
    const { source, block, chain } = state
    return createSimulator({ source, block, chain, ...rest })
  }
  const source = snapshot(await readText(state.file, surroundings))
  return concerning(state.file, ['INVALID_SNAPSHOT'], createSimulator({ source, ...rest }))
}

/** A request as it stands in a file. The engine says what is wrong with its fields, but for these. */
export function bundleOf(fields: Fields, file: string): SimulateBundleParameters {
  for (const field of ['signal', 'onProgress'])
    if (field in fields) throw new InputError({ file, field, reason: 'cannot be said in a file' })
  return fields as SimulateBundleParameters
}

/** The result as the API gives it, with the block that it stands on. */
const documentOf = (
  result: SimulateBundleReturnType,
  base: PinnedBlock | undefined,
): Readonly<Record<string, unknown>> => (base === undefined ? result : { base, ...result })
