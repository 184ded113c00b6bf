// What a server does that does not answer as it should.

const json = { 'Content-Type': 'application/json' }
const page = '<!doctype html><title>Bad gateway</title><h1>Please try again</h1>'
const dripEvery = 20

/**
 * @param {object} rule
 * @param {{ response: import('node:http').ServerResponse, entry: object, headers: object, text: string }} parts `text` is the answer that should have been
 */
export function misbehave(rule, parts) {
  actions[rule.fault](rule, parts)
}

/** @type {Record<string, (rule: object, parts: object) => void>} */
const actions = {
  status({ status, retryAfter, body = 'try again', cors = true }, { headers, ...parts }) {
    const after = retryAfter === undefined ? {} : { 'Retry-After': String(retryAfter) }
    end(parts, status, { ...(cors ? headers : {}), ...after }, body)
  },
  malformed: (_, { headers, text, ...parts }) =>
    end(parts, 200, { ...headers, ...json }, half(text)),
  content: (_, { headers, ...parts }) =>
    end(parts, 200, { ...headers, 'Content-Type': 'text/html' }, page),
  cut({ where = 'headers' }, parts) {
    if (where === 'body') {
      begin(parts)
      // Not before the beginning has gone out.
      parts.response.write(half(parts.text), () => parts.response.destroy())
    } else parts.response.destroy()
  },
  hang({ where = 'headers' }, parts) {
    if (where === 'headers') return
    const { response, text } = parts
    if (where === 'body') {
      begin(parts)
      return response.write(half(text))
    }
    response.writeHead(200, { ...json, ...parts.headers })
    const drip = setInterval(() => response.write(' '), dripEvery)
    response.once('close', () => clearInterval(drip))
  },
}

const half = (text) => text.slice(0, Math.ceil(text.length / 2))

function begin({ response, entry, headers, text }) {
  entry.status = 200
  response.writeHead(200, { ...json, ...headers, 'Content-Length': Buffer.byteLength(text) })
}

function end({ response, entry }, status, headers, text) {
  entry.status = status
  entry.bytesOut = Buffer.byteLength(text)
  response.writeHead(status, { 'Content-Type': 'text/plain', ...headers }).end(text)
}
