// A JSON-RPC server on the loopback interface that serves recorded state: as far away and as
// faulty as a test wants it to be.

import { once } from 'node:events'
import { createServer } from 'node:http'
import { Chain } from './chain.mjs'
import { FaultPlan } from './faults.mjs'
import { answersTo, parse, refusals } from './json-rpc.mjs'
import { mostSlots } from './limits.mjs'
import { RequestLog } from './log.mjs'
import { seedOfRun } from './random.mjs'
import { misbehave } from './transport.mjs'

const largestBody = 5 << 20

/**
 * @typedef {object} Options
 * @property {import('./state.mjs').State[]} states the last one is the head
 * @property {string | number | bigint} [head] another head, by number or hash
 * @property {number} [latency] milliseconds that every HTTP request takes; no request waits for another
 * @property {{ limit?: number, style?: keyof refusals }} [batch] calls that one request may have at most, and how more are refused; a limit of 1 is a server that has no batches
 * @property {string[]} [off] methods that it does not have
 * @property {Record<string, Function>} [methods] more methods: `(chain, ...params) => result`
 * @property {number} [endpoints] how many ports it listens on; for clients that share the load, and
 *   for browsers, which open at most six connections to each
 * @property {number} [slots] that one call may ask for
 * @property {number} [concurrency] how many requests it takes at a time; more get 429
 * @property {object[]} [faults] see `faults.mjs`
 * @property {number} [seed] of the faults' draws
 * @property {boolean} [cors] whether pages of other origins may ask
 */

/** @param {Options} options */
export async function openRpcServer({
  states,
  head,
  latency = 0,
  batch = {},
  off = [],
  methods = {},
  endpoints = 1,
  slots = mostSlots,
  concurrency = Number.POSITIVE_INFINITY,
  faults = [],
  seed = seedOfRun(),
  cors = true,
}) {
  const chain = new Chain(states, head)
  const log = new RequestLog()
  const now = { latency, batch, off: new Set(off), plan: new FaultPlan(faults, seed) }
  let busy = 0

  async function answer(request, response, endpoint) {
    const headers = cors ? crossOrigin(request) : {}
    if (request.method === 'OPTIONS') {
      const entry = watch(
        log.add({ kind: 'preflight', endpoint, status: cors ? 204 : 403 }),
        response,
      )
      await pause(now.latency)
      return response.writeHead(entry.status, headers).end()
    }
    busy += 1
    response.once('close', () => {
      busy -= 1
    })
    const crowded = busy > concurrency
    const body = await bodyOf(request)
    const asked = body === undefined ? { calls: [] } : parse(body)
    const calls = asked.calls ?? []
    const entry = watch(
      log.add({
        endpoint,
        body: body ?? '',
        bytesIn: Buffer.byteLength(body ?? ''),
        calls,
        batch: asked.batch ?? false,
      }),
      response,
    )
    const found = now.plan.at(entry)
    entry.faults = found.names
    const send = (status, content, more = {}) => {
      const text = typeof content === 'string' ? content : JSON.stringify(content)
      entry.status = status
      entry.bytesOut = Buffer.byteLength(text)
      // Before anybody can have read it and asked again.
      entry.ended = log.now()
      const type = typeof content === 'string' ? 'text/plain' : 'application/json'
      response.writeHead(status, { 'Content-Type': type, ...headers, ...more }).end(text)
    }
    await pause(now.latency + found.delay)
    if (response.destroyed) return
    if (body === undefined) return send(413, 'Request Entity Too Large')
    if (crowded) return send(429, 'Too Many Requests')
    if (asked.refused) return send(200, asked.refused)
    const refuse = (style = 'object') => {
      const refusal = refusals[style](calls)
      send(refusal.status, refusal.body)
    }
    const limit = now.batch.limit ?? Number.POSITIVE_INFINITY
    if (asked.batch && (calls.length > limit || limit === 1)) return refuse(now.batch.style)
    const rule = found.inPlace
    if (rule?.fault === 'refuse-batch' && asked.batch) return refuse(rule.style)
    const answers = await answersTo({
      calls,
      chain,
      off: now.off,
      more: methods,
      slots,
      faults: found,
    })
    const content = asked.batch ? answers : (answers[0] ?? '')
    if (rule && rule.fault !== 'refuse-batch') {
      if (rule.fault !== 'hang') entry.ended = log.now()
      return misbehave(rule, { response, entry, headers, text: JSON.stringify(content) })
    }
    send(200, content)
  }

  const listening = (endpoint) =>
    listen((request, response) => {
      answer(request, response, endpoint).catch((error) => {
        // Who asked has gone away in the middle of the question.
        if (error.code === 'ECONNRESET') return
        // A mistake of the server itself must not look like a fault that was asked for.
        console.error('rpc server:', error)
        response.destroy()
      })
    })
  const servers = await Promise.all(
    Array.from({ length: endpoints }, (_, endpoint) => listening(endpoint)),
  )
  const urls = servers.map((server) => `http://127.0.0.1:${server.address().port}/`)

  function watch(entry, response) {
    response.once('close', () => {
      entry.ended ??= log.now()
    })
    return entry
  }

  return {
    url: urls[0],
    /** Of all endpoints. */
    urls,
    chain,
    log,
    /** Print it where faults are drawn. */
    seed,
    setHead: (place) => chain.setHead(place),
    setLatency(milliseconds) {
      now.latency = milliseconds
    },
    setBatch(changed) {
      now.batch = changed
    },
    setOff(changed) {
      now.off = new Set(changed)
    },
    /** Replaces all rules. They count requests from the log's beginning. */
    setFaults(rules) {
      now.plan = new FaultPlan(rules, seed)
    },
    async close() {
      await Promise.all(
        servers.map((server) => {
          const closed = once(server, 'close')
          server.close()
          server.closeAllConnections()
          return closed
        }),
      )
    },
  }
}

/** A server on a port that was free. */
async function listen(handler) {
  const server = createServer(handler)
  // Longer than any test: who reuses a connection must not find it just closed.
  server.keepAliveTimeout = 600_000
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server
}

/** What lets a page of another origin ask, also one that is isolated and one on another network. */
function crossOrigin(request) {
  return {
    'Access-Control-Allow-Origin': '*',
    'Access-Control-Allow-Methods': 'POST, OPTIONS',
    'Access-Control-Allow-Headers':
      request.headers['access-control-request-headers'] ?? 'content-type',
    'Access-Control-Allow-Private-Network': 'true',
    'Access-Control-Expose-Headers': 'Retry-After',
    'Access-Control-Max-Age': '7200',
    'Cross-Origin-Resource-Policy': 'cross-origin',
  }
}

const pause = (milliseconds) =>
  milliseconds > 0 ? new Promise((resolve) => setTimeout(resolve, milliseconds)) : undefined

/** The body, or undefined where it is too long. */
async function bodyOf(request) {
  const parts = []
  let length = 0
  for await (const part of request) {
    length += part.length
    if (length <= largestBody) parts.push(part)
  }
  return length <= largestBody ? Buffer.concat(parts).toString() : undefined
}
