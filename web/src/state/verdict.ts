// What an answered request means for each of the calls that were in it.

import { BlockChangedError } from '../errors/state-source.js'
import { data, isRecord } from './answers.js'
import type { Endpoint } from './endpoint.js'
import { type Failure, refusesBlockHash, sortRpcError } from './failure.js'
import type { Job } from './job.js'
import { Absent, type BlockPin } from './rpc.js'
import type { Answer, WireCall } from './wire.js'

/** A request with the jobs it carries. */
export type Load = {
  endpoint: Endpoint
  jobs: readonly Job[]
  calls: readonly WireCall[]
  /** Whether pinned calls name the block by its number. */
  byNumber: boolean
  /** The call, behind those of the jobs, that asks whether the number is still that block's. */
  guard: { id: number; pin: BlockPin } | undefined
}

/** What became of one job in one request. */
export type Verdict =
  | { type: 'value'; value: unknown }
  /** To be asked again at once, in the form that the endpoint takes. */
  | { type: 'again' }
  | { type: 'failure'; failure: Failure }

/** Puts a request together. */
export function loadFor(endpoint: Endpoint, jobs: readonly Job[], nextId: () => number): Load {
  const byNumber = endpoint.capabilities.blockByHash === false
  const calls = jobs.map(({ call, pin }): WireCall => {
    const block =
      pin === undefined
        ? []
        : [byNumber ? pin.number : { blockHash: pin.hash, requireCanonical: false }]
    return {
      id: nextId(),
      method: call.method,
      params: [...call.params, ...block, ...(call.after ?? [])],
    }
  })
  const pin = jobs.find((job) => job.pin !== undefined)?.pin
  if (!byNumber || pin === undefined || endpoint.batchLimit === 1)
    return { endpoint, jobs, calls, byNumber, guard: undefined }
  const id = nextId()
  calls.push({ id, method: 'eth_getBlockByNumber', params: [pin.number, false] })
  return { endpoint, jobs, calls, byNumber, guard: { id, pin } }
}

/** Judges the answers to a request. Learns from them whether blocks can be given by hash. */
export function judge(load: Load, answers: ReadonlyMap<number, Answer>): Verdict[] {
  const { endpoint, jobs, calls, byNumber, guard } = load
  const stale = guard === undefined ? undefined : checkGuard(guard, answers, endpoint)
  const ofJobs = jobs.map((_, index) => answers.get(calls[index]?.id ?? -1))
  const takesHash =
    !byNumber &&
    jobs.some(({ pin }, index) => {
      const answer = ofJobs[index]
      return pin !== undefined && answer !== undefined && 'result' in answer
    })
  if (takesHash) endpoint.capabilities.blockByHash = true
  return jobs.map((job, index) => {
    const answer = ofJobs[index]
    if (answer === undefined)
      return failure({ kind: 'transient', details: 'the answer lacks this call' })
    if (job.pin !== undefined && stale !== undefined) return failure(stale)
    if ('result' in answer) return readResult(job, answer.result)
    // Of an optional method nobody knows whether it is the block that displeases.
    if (
      job.pin !== undefined &&
      !byNumber &&
      job.call.optional !== true &&
      endpoint.capabilities.blockByHash !== true &&
      refusesBlockHash(answer.error)
    ) {
      endpoint.capabilities.blockByHash = false
      return { type: 'again' }
    }
    const sorted = sortRpcError(answer.error)
    // Another time or another endpoint may do better; all else is what is to be known.
    const isFinal = sorted.kind !== 'limited' && sorted.kind !== 'unsupported'
    if (job.call.readError !== undefined && isFinal)
      return { type: 'value', value: job.call.readError(answer.error) }
    return failure(sorted)
  })
}

const failure = (of: Failure): Verdict => ({ type: 'failure', failure: of })

const readResult = (job: Job, result: unknown): Verdict => {
  try {
    return { type: 'value', value: job.call.read(result) }
  } catch (cause) {
    const details = cause instanceof Error ? cause.message : String(cause)
    const kind = cause instanceof Absent ? 'absent' : 'transient'
    return failure({ kind, details, cause })
  }
}

/** Why nothing that was read by the block's number may be used, if so. */
const checkGuard = (
  { id, pin }: { id: number; pin: BlockPin },
  answers: ReadonlyMap<number, Answer>,
  endpoint: Endpoint,
): Failure | undefined => {
  const answer = answers.get(id)
  if (answer === undefined) return { kind: 'transient', details: 'the answer lacks the block' }
  if ('error' in answer) return sortRpcError(answer.error)
  try {
    const found = readHash(answer.result, pin)
    if (found === pin.hash) return undefined
    const cause = changed(pin, found, endpoint)
    return { kind: 'refused', details: cause.shortMessage, cause }
  } catch (cause) {
    const kind = cause instanceof Absent ? 'absent' : 'transient'
    return { kind, details: String(cause), cause }
  }
}

/** Reads the hash out of the answer to the question which block has the pinned number. */
export function readHash(block: unknown, pin: BlockPin): string {
  if (block === null) throw new Absent(`block ${pin.number}`)
  return data(isRecord(block) ? block.hash : block, 'the block hash', 32)
}

/** The error that says that the number belongs to another block. */
export const changed = (pin: BlockPin, found: string, endpoint: Endpoint): BlockChangedError =>
  new BlockChangedError({
    number: pin.number,
    expected: pin.hash,
    found,
    endpoint: endpoint.name,
  })
