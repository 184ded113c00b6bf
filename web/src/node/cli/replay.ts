// `forerun replay`: what was recorded, once more.

import {
  type ReplayBlockParameters,
  type ReplayBlockReturnType,
  type ReplayKey,
  type SimulateBundleParameters,
  type SimulateBundleReturnType,
  snapshot,
} from '../../index.js'
import type { Simulator } from '../../simulator.js'
import { isRecord } from '../../state/answers.js'
import { createSimulator } from '../create-simulator.js'
import type { ReplayCommand } from './arguments.js'
import { describeReplay } from './describe-replay.js'
import { type Difference, differences } from './differences.js'
import { exitCodes } from './exit-codes.js'
import { concerning, type Fields, readObject } from './input.js'
import { InputError } from './input-error.js'
import { toJson } from './json.js'
import { bundleOf } from './simulate.js'
import type { Surroundings } from './surroundings.js'

/** What was recorded: the state, what ran on it, and, where that is known, what came of it. */
type Recording = {
  state: object
  recorded: Fields | undefined
} & (
  | { kind: 'bundle'; request: SimulateBundleParameters }
  | { kind: 'block'; request: ReplayBlockParameters }
)

/** What came of it now. */
export type Replayed = {
  /** `undefined` where there is nothing to compare with. */
  same: boolean | undefined
  differences: readonly Difference[]
} & (
  | { kind: 'bundle'; result: SimulateBundleReturnType }
  | { kind: 'block'; result: ReplayBlockReturnType }
)

/** Runs it, prints what comes of it, and says what the process is to end with. */
export async function replay(command: ReplayCommand, surroundings: Surroundings): Promise<number> {
  const { json, threads } = command
  const { write, onProgress, signal } = surroundings
  const recording = recordingIn(await readObject(command.file, surroundings), command.file)
  const source = snapshot(recording.state)
  const simulator = await concerning(
    command.file,
    ['INVALID_SNAPSHOT'],
    createSimulator({ source, threads, onProgress, signal }),
  )
  try {
    const replayed = await concerning(
      command.file,
      ['INVALID_REQUEST', 'INVALID_TRANSACTION', 'MISSING_STATE'],
      run(simulator, recording, signal),
    )
    const { same, differences, result } = replayed
    write(json ? toJson({ same: same ?? null, differences, result }) : describeReplay(replayed))
    const isWell = same ?? (replayed.kind === 'block' || replayed.result.status === 'success')
    return isWell ? exitCodes.success : exitCodes.failed
  } finally {
    await simulator.dispose()
  }
}

/** The three forms of a file. */
const recordingIn = (fields: Fields, file: string): Recording => {
  if ('state' in fields && 'block' in fields) {
    const { state, ...request } = fields
    return {
      kind: 'block',
      state: objectIn(state, 'state', file),
      request: request as ReplayBlockParameters,
      recorded: undefined,
    }
  }
  const inside = 'replayKey' in fields
  const place = inside ? 'replayKey.' : ''
  const key = (
    inside ? objectIn(fields.replayKey, 'replayKey', file) : fields
  ) as Partial<ReplayKey>
  if (key.snapshot === undefined)
    throw new InputError({
      file,
      reason: 'has neither a replayKey (snapshot and request) nor a block (state and block)',
    })
  const state = objectIn(key.snapshot, `${place}snapshot`, file)
  const request = objectIn(key.request, `${place}request`, file)
  const recorded = inside ? fields : undefined
  return 'transactions' in request
    ? { kind: 'bundle', state, request: bundleOf(request, file), recorded }
    : { kind: 'block', state, request: request as ReplayBlockParameters, recorded }
}

const objectIn = (value: unknown, field: string, file: string): Fields => {
  if (isRecord(value)) return value
  throw new InputError({
    file,
    field,
    reason: value === undefined ? 'is missing' : 'is not an object',
  })
}

// On as many threads as there are now: how many there were is of no consequence.
const run = async (
  simulator: Simulator,
  recording: Recording,
  signal: AbortSignal,
): Promise<Replayed> => {
  const { kind, recorded } = recording
  if (kind === 'bundle') {
    const result = await simulator.simulateBundle({
      ...recording.request,
      threads: undefined,
      signal,
    })
    return { kind, result, ...verdict(recorded && differences(recorded, result)) }
  }
  const result = await simulator.replayBlock({
    ...recording.request,
    threads: undefined,
    compare: true,
    signal,
  })
  const found = [
    ...againstHeader(result, recording.request.block.header),
    ...(recorded === undefined ? [] : differences(recorded, result)),
  ]
  return { kind, result, ...verdict(found) }
}

const verdict = (
  found: readonly Difference[] | undefined,
): Pick<Replayed, 'same' | 'differences'> => ({
  same: found && found.length === 0,
  differences: found ?? [],
})

/** What is not as the header says, and whether several threads come to what one comes to. */
const againstHeader = (result: ReplayBlockReturnType, header: Fields): Difference[] => {
  const expected: Fields = { ...header, gasUsed: result.gasUsedExpected }
  const wrong = (Object.keys(result.checks) as (keyof typeof result.checks)[])
    .filter((field) => result.checks[field] === false)
    .map((field) => ({ field, recorded: expected[field], now: result[field] }))
  return result.identical === false
    ? [...wrong, { field: 'identical', recorded: true, now: false }]
    : wrong
}
