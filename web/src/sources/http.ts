// A base state that is read over JSON-RPC from one server or several.

import { InvalidRequestError } from '../errors/request.js'
import { checkRemoteOptions, type RemoteOptions } from './remote-options.js'

/** Options of {@link http}. */
export type HttpOptions = {
  /** Headers sent with every request, for example an `Authorization`. */
  headers?: Readonly<Record<string, string>> | undefined
  /**
   * The most calls in one JSON-RPC batch, 1 to 1000; 1 sends every call by itself. What an
   * endpoint refuses is split, and the smaller limit remembered.
   *
   * @defaultValue 100
   */
  batchLimit?: number | undefined
  /**
   * The most requests under way at one endpoint, 1 to 256.
   *
   * @defaultValue 32
   */
  concurrency?: number | undefined
  /**
   * Milliseconds one attempt may take, from sending to the last byte of the answer.
   *
   * @defaultValue 10000
   */
  timeout?: number | undefined
  /**
   * Milliseconds one read may take with all its attempts.
   *
   * @defaultValue 60000
   */
  totalTimeout?: number | undefined
  /**
   * How often a failed request is repeated, 0 to 20.
   *
   * @defaultValue 4
   */
  retries?: number | undefined
  /**
   * Milliseconds after which a request without an answer is sent to another endpoint too, where
   * there are several; the first usable answer counts. `false`: never.
   *
   * @defaultValue 2000
   */
  hedgeAfter?: number | false | undefined
}

/** Servers that state is read from. Made by {@link http}; plain data. */
export type HttpSource = {
  /** Tells sources apart. */
  readonly type: 'http'
  /** Each of the servers. */
  readonly endpoints: readonly {
    /** Absolute, without user and password, which are in the headers. */
    readonly url: string
    /** Sent with every request. */
    readonly headers: Readonly<Record<string, string>>
  }[]
  /** Complete: what was left out is filled in. */
  readonly options: RemoteOptions
}

/**
 * Reads the base state from a JSON-RPC server. Several share the load and take over for one
 * another; they must serve the same chain.
 *
 * @param urls - URL of the server, or of each server.
 * @param options - Limits, retries, headers.
 * @returns A source for `createSimulator`.
 *
 * @example
 * ```ts
 * import { createSimulator, http } from 'forerun'
 *
 * const simulator = await createSimulator({
 *   source: http(['https://rpc-a.example', 'https://rpc-b.example'], { batchLimit: 50 }),
 * })
 * ```
 */
export function http(urls: string | readonly string[], options: HttpOptions = {}): HttpSource {
  const list: readonly unknown[] =
    typeof urls === 'string' ? [urls] : Array.isArray(urls) ? urls : []
  if (list.length === 0)
    throw new InvalidRequestError({ field: 'urls', value: urls, reason: 'not one URL or several' })
  const { headers: given = {}, ...others } = options ?? {}
  const headers = checkHeaders(given)
  const endpoints = list.map((url, index) => {
    const { url: bare, authorization } = checkUrl(
      typeof urls === 'string' ? 'urls' : `urls[${index}]`,
      url,
    )
    return { url: bare, headers: { ...authorization, ...headers } }
  })
  const twice = endpoints.findIndex(
    ({ url }, index) => endpoints.findIndex((other) => other.url === url) !== index,
  )
  if (twice !== -1)
    throw new InvalidRequestError({
      field: `urls[${twice}]`,
      value: list[twice],
      reason: 'is listed twice',
    })
  return {
    type: 'http',
    endpoints,
    options: checkRemoteOptions(others, [
      'batchLimit',
      'concurrency',
      'timeout',
      'totalTimeout',
      'retries',
      'hedgeAfter',
    ]),
  }
}

const checkUrl = (
  field: string,
  given: unknown,
): { url: string; authorization: Record<string, string> } => {
  let url: URL
  try {
    if (typeof given !== 'string') throw new TypeError('not a string')
    // A relative one is meant as seen from the page; a worker stands elsewhere.
    url = new URL(given, globalThis.location?.href)
  } catch (cause) {
    throw new InvalidRequestError({ field, value: given, reason: 'not a URL' }, { cause })
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw new InvalidRequestError({ field, value: given, reason: 'neither http: nor https:' })
  // fetch refuses URLs with a user in them, although it could send what they mean.
  const authorization: Record<string, string> =
    url.username === '' && url.password === ''
      ? {}
      : { authorization: `Basic ${base64(`${decoded(url.username)}:${decoded(url.password)}`)}` }
  url.username = ''
  url.password = ''
  url.hash = ''
  return { url: url.href, authorization }
}

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

const base64 = (text: string): string =>
  btoa(String.fromCharCode(...new TextEncoder().encode(text)))

/** Checks headers; gives them back with names in lower case, so that none is there twice. */
const checkHeaders = (headers: unknown): Record<string, string> => {
  if (typeof headers !== 'object' || headers === null)
    throw new InvalidRequestError({ field: 'headers', value: headers, reason: 'not an object' })
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => {
      const field = `headers.${name}`
      if (typeof value !== 'string')
        throw new InvalidRequestError({ field, value, reason: 'not a string' })
      try {
        new Headers([[name, value]])
      } catch (cause) {
        // The value may be a secret; an error is often logged.
        throw new InvalidRequestError(
          { field, value: '(not shown)', reason: 'not a header' },
          { cause },
        )
      }
      return [name.toLowerCase(), value]
    }),
  )
}
