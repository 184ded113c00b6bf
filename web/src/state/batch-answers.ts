// From the text of an HTTP answer to one answer a call.

import { isRecord } from './answers.js'
import { batchRefusal, type Failure, type RpcError, sortRpcError } from './failure.js'
import type { Answer, Exchange } from './wire.js'

/** Reads the body of an answer to the calls with these ids. */
export function readAnswers(text: string, ids: readonly number[], status: number): Exchange {
  const failed = (failure: Failure): Exchange => ({ type: 'failed', failure })
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch {
    return failed({ kind: 'transient', details: `the answer is not JSON: ${start(text)}` })
  }
  if (ids.length === 1 && isRecord(body)) return readOne(body, ids[0] as number)
  if (isRecord(body)) {
    const error = readError(body.error)
    if (error === undefined)
      return failed({ kind: 'transient', details: `a batch was answered with ${start(text)}` })
    const refusal = batchRefusal(error)
    const failure: Failure = { ...sortRpcError(error), ...(status === 200 ? {} : { status }) }
    if (refusal !== undefined) return { type: 'batch-refused', limit: refusal.limit, failure }
    // What is said of the whole batch says nothing about a method.
    return failed({ ...failure, kind: failure.kind === 'limited' ? 'limited' : 'transient' })
  }
  if (!Array.isArray(body))
    return failed({ kind: 'transient', details: `the answer is no JSON-RPC: ${start(text)}` })
  return readBatch(body, ids)
}

// Whoever answers a single call without its id, or with null, can mean no other.
const readOne = (body: Record<string, unknown>, id: number): Exchange => {
  const answer = readAnswer(body)
  if (
    answer === undefined ||
    !(body.id === undefined || body.id === null || Number(body.id) === id)
  )
    return {
      type: 'failed',
      failure: {
        kind: 'transient',
        details: `the answer is no answer: ${start(JSON.stringify(body))}`,
      },
    }
  return { type: 'answers', answers: new Map([[id, answer]]) }
}

const readBatch = (items: readonly unknown[], ids: readonly number[]): Exchange => {
  const wanted = new Set(ids)
  const answers = new Map<number, Answer>()
  const contradicted = new Set<number>()
  let results = 0
  let refused: RpcError | undefined
  for (const item of items) {
    if (!isRecord(item)) continue
    const answer = readAnswer(item)
    if (answer === undefined) continue
    if ('result' in answer) results++
    else if (/batch/i.test(answer.error.message)) refused ??= answer.error
    const id =
      typeof item.id === 'number' || typeof item.id === 'string' ? Number(item.id) : Number.NaN
    if (!wanted.has(id)) continue
    const earlier = answers.get(id)
    if (earlier === undefined) answers.set(id, answer)
    else if (JSON.stringify(earlier) !== JSON.stringify(answer)) contradicted.add(id)
  }
  // Servers that refuse a batch may say so for its first call, for none in particular, or for each.
  const refusal = refused === undefined || results > 0 ? undefined : batchRefusal(refused)
  if (refused !== undefined && refusal !== undefined)
    return { type: 'batch-refused', limit: refusal.limit, failure: sortRpcError(refused) }
  // Of two different answers to one call neither can be believed.
  for (const id of contradicted) answers.delete(id)
  return { type: 'answers', answers }
}

const readAnswer = (body: Record<string, unknown>): Answer | undefined => {
  const error = readError(body.error)
  if (error !== undefined) return { error }
  return 'result' in body ? { result: body.result } : undefined
}

const readError = (error: unknown): RpcError | undefined => {
  if (error === undefined || error === null) return undefined
  if (!isRecord(error)) return { code: undefined, message: cut(String(error)) }
  return {
    code: typeof error.code === 'number' ? error.code : undefined,
    message: cut(typeof error.message === 'string' ? error.message : JSON.stringify(error)),
    ...(error.data === undefined ? {} : { data: error.data }),
  }
}

const start = (text: string): string =>
  text.length > 100 ? `${text.slice(0, 97)}...` : text || 'nothing'

/** The beginning of what a server says: nobody reads a page, and no pattern is made for one. */
export const cut = (text: string): string => text.slice(0, 1_000)
