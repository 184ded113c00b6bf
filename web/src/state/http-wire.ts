// JSON-RPC over HTTP: one POST a request, a batch where there are several calls.

import { cut, readAnswers } from './batch-answers.js'
import { batchRefusal, type Failure, readRetryAfter } from './failure.js'
import type { Surroundings } from './surroundings.js'
import type { CountBytes, Exchange, Wire, WireCall } from './wire.js'

// A batch of a hundred of the largest contracts is 5 MB of text.
const maximumAnswerBytes = 64 * 1024 * 1024

/** What a wire needs to know. */
export type HttpWireOptions = {
  url: string
  headers: Readonly<Record<string, string>>
  surroundings: Surroundings
  count: CountBytes
  /** The most bytes of an answer. */
  maximumBytes?: number | undefined
}

/** Makes a wire to one server. */
export function httpWire(options: HttpWireOptions): Wire {
  return {
    name: nameOfUrl(options.url),
    send: (calls, signal) => send(options, calls, signal),
  }
}

/** A URL without user, query, and those parts of its path that look like keys. */
export function nameOfUrl(url: string): string {
  const { origin, pathname } = new URL(url)
  return origin + pathname.replace(/[\w-]{20,}/g, '***')
}

const send = async (
  { url, headers, surroundings, count, maximumBytes = maximumAnswerBytes }: HttpWireOptions,
  calls: readonly WireCall[],
  signal: AbortSignal,
): Promise<Exchange> => {
  const bodies = calls.map(({ id, method, params }) => ({ jsonrpc: '2.0', id, method, params }))
  const body = new TextEncoder().encode(JSON.stringify(bodies.length === 1 ? bodies[0] : bodies))
  count({ sent: body.length })
  let status: number | undefined
  try {
    const response = await surroundings.fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
      signal,
    })
    status = response.status
    const text = await readText(response, maximumBytes, count)
    if (text === undefined)
      return failed({ kind: 'oversized', details: `more than ${maximumBytes} bytes`, status })
    if (response.ok)
      return readAnswers(
        text,
        calls.map(({ id }) => id),
        status,
      )
    const retryAfter = readRetryAfter(response.headers.get('retry-after'), surroundings.date())
    return readRefusal(text, calls, status, retryAfter)
  } catch (error) {
    signal.throwIfAborted()
    const details = wordsOf(error).replaceAll(url, nameOfUrl(url))
    return failed({ kind: 'transient', details, status })
  }
}

const failed = (failure: Failure): Exchange => ({ type: 'failed', failure })

// fetch says "fetch failed" and hides the reason one or two levels down.
const wordsOf = (error: unknown): string => {
  const words: string[] = []
  for (let at = error; at instanceof Error && words.length < 4; at = at.cause)
    words.push(at.message || at.name)
  return words.join(': ') || String(error)
}

const readText = async (
  response: Response,
  maximumBytes: number,
  count: CountBytes,
): Promise<string | undefined> => {
  if (response.body === null) return ''
  const reader = response.body.getReader()
  const decoder = new TextDecoder()
  let text = ''
  let received = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return text + decoder.decode()
    count({ received: value.length })
    received += value.length
    if (received > maximumBytes) {
      // Not awaited: a server that never ends might never confirm.
      reader.cancel().catch(() => undefined)
      return undefined
    }
    text += decoder.decode(value, { stream: true })
  }
}

const readRefusal = (
  text: string,
  calls: readonly WireCall[],
  status: number,
  retryAfter: number | undefined,
): Exchange => {
  const ids = calls.map(({ id }) => id)
  // Some servers answer properly under a status that says error.
  const answered = readAnswers(text, ids, status)
  if (
    answered.type === 'answers' &&
    answered.answers.size > 0 &&
    status < 500 &&
    ![401, 403, 429].includes(status)
  )
    return answered
  const details =
    answered.type === 'failed' && text.startsWith('{') ? answered.failure.details : text
  const failure: Failure = {
    kind: kindOfStatus(status),
    details: `status ${status}${text === '' ? '' : `: ${details.slice(0, 200)}`}`,
    status,
    rpcCode: answered.type === 'answers' ? undefined : answered.failure.rpcCode,
    retryAfter,
  }
  if (calls.length > 1) {
    if (
      answered.type === 'batch-refused' &&
      status < 500 &&
      (status !== 429 || /batch/i.test(cut(text)))
    )
      return { ...answered, failure }
    const refusal = batchRefusal({ code: undefined, message: cut(text) })
    if (refusal !== undefined && status < 500)
      return { type: 'batch-refused', limit: refusal.limit, failure }
    if ([400, 405, 413, 415, 422, 501].includes(status))
      return { type: 'batch-refused', limit: undefined, failure }
  }
  return failed(failure)
}

const kindOfStatus = (status: number): Failure['kind'] => {
  if (status === 429) return 'limited'
  if (status === 408 || status === 425 || status >= 500) return 'transient'
  return 'refused'
}
