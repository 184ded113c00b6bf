// A JSON-RPC call, answered by the engine where it can be, and by the source where that is allowed.
//
// Which methods there are and which block is the pinned one, only the engine knows: it refuses another
// block with "header not found". State of such a block is for the source to tell; a call to be executed
// there is refused, because it would tell the source what is simulated.

import { codes } from '../errors/provider-rpc.js'
import type { Call, RpcReply, WireError } from '../protocol.js'
import { type Engine, type Tell, work } from './engine.js'
import { executes, fromSource, isStateRead } from './hand-on.js'
import { decodeText } from './json.js'
import type { RemoteState } from './remote-state.js'

type ErrorReply = Extract<RpcReply, { error: unknown }>

/** Answers a call. `leave` is called before the source is asked, for which nobody has to wait. */
export async function answer(
  engine: Engine,
  methods: ReadonlySet<string>,
  state: RemoteState | undefined,
  call: Call,
  signal: AbortSignal,
  tell: Tell | undefined,
  leave: () => void,
): Promise<RpcReply> {
  const { method, params } = decodeText(call.request) as { method: string; params: unknown[] }
  const source = state?.passThrough === 'none' ? undefined : state
  const question = source && fromSource(method, params, source.block)
  if (source !== undefined && question !== undefined) {
    leave()
    return source.handOn(question, signal)
  }
  if (methods.has(method)) {
    const reply = (await work(engine, state, call, signal, tell)) as { json: string }
    const error = errorIn(reply)
    if (state === undefined || error?.code !== -32000 || error.message !== headerNotFound)
      return reply
    if (source === undefined || !isStateRead(method))
      return { error, cause: elsewhere(params[1], state) }
  } else if (source?.passThrough !== 'all' || executes(method))
    return refusal(codes.unsupported, whyNot(method, state))
  leave()
  return source.handOn({ method, params }, signal)
}

const headerNotFound = 'header not found'

// Whether there is one shows from the beginning, and most answers are long.
const errorIn = ({ json }: { json: string }): ErrorReply['error'] | undefined =>
  json.startsWith('{"error"') ? (JSON.parse(json) as ErrorReply).error : undefined

const refusal = (code: number, message: string): ErrorReply => ({ error: { code, message } })

// The answer itself is word for word that of a node, on any kind of state.
const elsewhere = (value: unknown, { block }: RemoteState): WireError => ({
  code: 'INVALID_REQUEST',
  message: 'another block',
  field: 'block',
  value,
  reason: `the simulator stands on block ${block.number} (${block.hash}), and setBlock moves it`,
})

const whyNot = (method: string, state: RemoteState | undefined): string => {
  const start = `${method} is not answered here`
  if (executes(method)) return `${start}, and nothing that is to be executed is handed on`
  if (state === undefined) return `${start}, and a snapshot has no server to ask`
  return `${start}, and not handed on: passThrough is '${state.passThrough}'`
}
