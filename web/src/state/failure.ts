// What can go wrong with a call, sorted by what is to be done about it.

/** The error object of a JSON-RPC answer. */
export type RpcError = { code: number | undefined; message: string; data?: unknown }

/** Why a call got no usable answer. */
export type Failure = {
  /**
   * What to do about it:
   * - `transient`: try again, here or elsewhere; most things pass.
   * - `limited`: the endpoint wants to be left alone for a while.
   * - `oversized`: the answer was too large; ask for less at once.
   * - `unsupported`: the endpoint does not serve this method, now or later.
   * - `absent`: the endpoint does not have the thing, or not yet; try again, but not for long.
   * - `refused`: the endpoint will answer this request the same way each time.
   */
  kind: 'transient' | 'limited' | 'oversized' | 'unsupported' | 'absent' | 'refused'
  details: string
  status?: number | undefined
  rpcCode?: number | undefined
  /** Milliseconds to wait, where the server said so. */
  retryAfter?: number | undefined
  cause?: unknown
}

const unsupportedWords =
  /method.{0,80}(not found|not supported|unsupported|not available|unavailable|not allowed|not enabled|does not exist|disabled|whitelist|unknown)|(unknown|unsupported|no such) method/
const limitWords =
  /rate.?limit|too many requests|requests? per (second|minute|day)|throughput|compute units|quota|over capacity|limit exceeded|exceeded .{0,30}limit/
// Also of a batch of which the first calls were answered and the others were too many.
const oversizeWords =
  /batch.{0,30}(too (large|big|long|many)|size|limit|exceed)|(response|answer|result).{0,30}(too (large|big|long)|size|exceed)/

/** Sorts an error that a server answered one call with. */
export function sortRpcError({ code, message }: RpcError): Failure {
  const text = message.toLowerCase()
  const kind = ((): Failure['kind'] => {
    if (code === -32601 || code === -32004 || code === 4200) return 'unsupported'
    if (unsupportedWords.test(text)) return 'unsupported'
    if (code === -32003 || oversizeWords.test(text)) return 'oversized'
    if (code === 429 || code === -32005 || code === -32029 || limitWords.test(text))
      return 'limited'
    if (code === -32600 || code === -32602 || code === 4001 || code === 4100) return 'refused'
    // Among the rest is "header not found", which behind a load balancer often means "not yet".
    return 'transient'
  })()
  return { kind, details: message, rpcCode: code }
}

/** Whether an error says that a block cannot be given as an object with its hash. */
export const refusesBlockHash = ({ code, message }: RpcError): boolean =>
  code === -32602 ||
  /unmarshal|invalid (argument|param|type|block)|hex string|block ?hash.{0,40}(support|invalid|unknown)|eip-?1898|expected.{0,30}string|not a string/i.test(
    message,
  )

const batchWords = /batch|array|too many (calls|items|elements|requests in)/i

/**
 * Whether an error that answers a whole batch is about its being a batch, and which limit it
 * names.
 */
export function batchRefusal({
  code,
  message,
}: RpcError): { limit: number | undefined } | undefined {
  const about = batchWords.test(message)
  if (!about && (code === 429 || /rate.?limit|too many requests|per second/i.test(message)))
    return undefined
  if (
    !about &&
    !(code !== undefined && [-32700, -32600, -32601, -32602, -32003, -32005].includes(code))
  )
    return undefined
  if (/not (supported|allowed|enabled|available)|unsupported|disabled|unmarshal/i.test(message))
    return { limit: 1 }
  const named = /(?:max\w*|limit\w*|most|exceed\w*|than|allowed|up to)\D{0,30}?(\d{1,5})\b/i.exec(
    message,
  )
  const limit = Number(named?.[1])
  return { limit: limit >= 1 ? limit : undefined }
}

// More than anybody waits, and less than timers can count.
const longestRetryAfter = 86_400_000

/** Reads the header `Retry-After`: seconds or a date, as milliseconds from now, at most a day. */
export function readRetryAfter(value: string | null, date: number): number | undefined {
  if (value === null) return undefined
  const text = value.trim()
  const wait = /^\d+(\.\d+)?$/.test(text) ? Number(text) * 1000 : Date.parse(text) - date
  return Number.isNaN(wait) ? undefined : Math.min(longestRetryAfter, Math.max(0, wait))
}
