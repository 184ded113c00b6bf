// JSON-RPC 2.0 over a body: what it asks for, and what goes back.

import { checkSlots } from './limits.mjs'
import { methods } from './methods.mjs'
import { RpcError } from './rpc-error.mjs'

/**
 * What an HTTP request asks for: `{ calls, batch }`, or the answer to something that is no request.
 */
export function parse(body) {
  let asked
  try {
    asked = JSON.parse(body)
  } catch {
    return { refused: failure(null, new RpcError(-32700, 'parse error')) }
  }
  const batch = Array.isArray(asked)
  const calls = batch ? asked : [asked]
  if (calls.length === 0) return { refused: failure(null, new RpcError(-32600, 'empty batch')) }
  return { calls, batch }
}

export const failure = (id, error) => ({ jsonrpc: '2.0', id: id ?? null, error })

const isCall = (call) =>
  call !== null && typeof call === 'object' && typeof call.method === 'string'

/**
 * The answers to the calls of one request, once all of them are there.
 * @param {object} parts
 * @param {object[]} parts.calls
 * @param {import('./chain.mjs').Chain} parts.chain
 * @param {Set<string>} parts.off methods that this server does not have
 * @param {Record<string, Function>} parts.more methods that others do not have
 * @param {number} parts.slots that one call may ask for
 * @param {ReturnType<import('./faults.mjs').FaultPlan['at']>} parts.faults
 */
export function answersTo({ calls, chain, off, more, slots, faults }) {
  const perform = (call) => outcomeOf(call, { chain, off, more, slots })
  const answers = []
  for (const call of calls) {
    if (!isCall(call)) {
      answers.push(failure(call?.id, new RpcError(-32600, 'invalid request')))
      continue
    }
    const outcome = faults.outcome({ ...call, params: call.params ?? [] }, perform)
    if (call.id !== undefined) answers.push({ jsonrpc: '2.0', id: call.id, ...outcome })
  }
  return Promise.all(faults.list(answers).map(settled))
}

/** An answer whose result may have been promised. */
async function settled({ result, ...answer }) {
  if (result === undefined) return answer
  try {
    return { ...answer, result: await result }
  } catch (error) {
    if (error instanceof RpcError) return { ...answer, error }
    throw error
  }
}

function outcomeOf({ method, params }, { chain, off, more, slots }) {
  try {
    const perform = more[method] ?? (Object.hasOwn(methods, method) ? methods[method] : undefined)
    if (perform === undefined || off.has(method))
      throw new RpcError(-32601, `the method ${method} does not exist/is not available`)
    if (!Array.isArray(params)) throw new RpcError(-32602, 'non-array args')
    checkSlots({ method, params }, slots)
    return { result: perform(chain, ...params) }
  } catch (error) {
    if (error instanceof RpcError) return { error }
    throw error
  }
}

/** How a batch is refused, by name: an HTTP status and a body. */
export const refusals = {
  /** One answer for all, as many providers do. */
  object: () => ({
    status: 200,
    body: failure(null, new RpcError(-32600, 'batch too large')),
  }),
  /** As go-ethereum does: a list with one answer, which has the first call's id. */
  list: (calls) => ({
    status: 200,
    body: [failure(calls[0]?.id, new RpcError(-32600, 'batch too large'))],
  }),
  /** An error for each call. */
  each: (calls) => ({
    status: 200,
    body: calls.map(({ id }) => failure(id, new RpcError(-32005, 'batch limit exceeded'))),
  }),
  status: () => ({ status: 413, body: 'Payload Too Large' }),
  bad: () => ({ status: 400, body: failure(null, new RpcError(-32600, 'no batches here')) }),
}
