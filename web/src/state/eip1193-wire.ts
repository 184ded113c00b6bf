// JSON-RPC through an EIP-1193 provider: one call a request, errors are thrown.

import type { Eip1193Provider } from '../sources/custom.js'
import { isRecord } from './answers.js'
import { cut } from './batch-answers.js'
import type { Exchange, Wire } from './wire.js'

/** Makes a wire to a provider. */
export function eip1193Wire(provider: Eip1193Provider): Wire {
  return {
    name: 'EIP-1193 provider',
    send: async (calls) => {
      const [call] = calls
      if (call === undefined || calls.length > 1)
        return {
          type: 'batch-refused',
          limit: 1,
          failure: { kind: 'refused', details: 'a provider takes one call at a time' },
        }
      try {
        const result = await provider.request({ method: call.method, params: call.params })
        return { type: 'answers', answers: new Map([[call.id, { result }]]) }
      } catch (error) {
        return failure(call.id, error)
      }
    },
  }
}

const failure = (id: number, error: unknown): Exchange => {
  if (isRecord(error)) {
    const { code, message, data } = error
    if (typeof code === 'number') {
      const said = { code, message: cut(String(message ?? '')) }
      const answer = { error: data === undefined ? said : { ...said, data } }
      return { type: 'answers', answers: new Map([[id, answer]]) }
    }
  }
  const details = error instanceof Error ? error.message : String(error)
  return { type: 'failed', failure: { kind: 'transient', details, cause: error } }
}
