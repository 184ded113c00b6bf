// A small web server for a folder, with or without the headers that let a page share memory between
// threads. For the demo on this machine; it listens on the loopback interface only.

import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { createServer } from 'node:http'
import { extname, join, resolve, sep } from 'node:path'
import { pipeline } from 'node:stream/promises'

const types = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  // Browsers compile while they load only under this type.
  '.wasm': 'application/wasm',
}

const isolation = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'same-origin',
}

/**
 * Serves a folder until `close` is called.
 *
 * - `root`: the folder; a path that ends with a slash stands for the index.html in it
 * - `isolate`: whether to send the isolation headers
 * - `port`: 0 takes any that is free
 * - `headers`: more headers for every answer
 * - `routes`: functions `(request, response) => void | Promise<void>` by path, before files
 */
export async function serveFolder({ root, isolate = true, port = 0, headers = {}, routes = {} }) {
  const folder = resolve(root)
  const server = createServer((request, response) => {
    answer(request, response).catch((error) => {
      // The page has gone away in the middle of an answer, or a file is unreadable.
      if (!response.headersSent) response.writeHead(500, { 'Content-Type': 'text/plain' })
      response.end(`${error.message}\n`)
    })
  })

  async function answer(request, response) {
    const always = { 'Cache-Control': 'no-cache', ...(isolate ? isolation : {}), ...headers }
    const refuse = (status, text) => {
      response.writeHead(status, { ...always, 'Content-Type': 'text/plain; charset=utf-8' })
      response.end(`${text}\n`)
    }
    let path
    try {
      path = decodeURIComponent(new URL(request.url ?? '/', 'http://localhost').pathname)
    } catch {
      return refuse(400, 'That is no path.')
    }
    const route = Object.hasOwn(routes, path) ? routes[path] : undefined
    if (route) {
      for (const [name, value] of Object.entries(always)) response.setHeader(name, value)
      return route(request, response)
    }
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return refuse(405, 'Only GET and HEAD.')
    const file = resolve(join(folder, path.endsWith('/') ? `${path}index.html` : path))
    const inside = file.startsWith(folder + sep)
    const found =
      inside && !path.includes('\0') ? await stat(file).catch(() => undefined) : undefined
    if (!found?.isFile()) return refuse(404, `There is no ${path} here.`)
    response.writeHead(200, {
      ...always,
      'Content-Type': types[extname(file)] ?? 'application/octet-stream',
      'Content-Length': found.size,
    })
    if (request.method === 'HEAD') return response.end()
    return pipeline(createReadStream(file), response)
  }

  await new Promise((done, failed) => {
    server.once('error', failed)
    server.listen(port, '127.0.0.1', done)
  })
  return {
    url: `http://127.0.0.1:${server.address().port}/`,
    async close() {
      const closed = new Promise((done) => server.close(done))
      server.closeAllConnections()
      await closed
    },
  }
}
