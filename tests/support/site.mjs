// A web server for tests: folders under prefixes, with isolation headers or without, and with answers of its own:
// a file that is missing, has the wrong type, has other content, or never comes.

import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { extname, join, normalize, sep } from 'node:path'

const types = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
}

const isolation = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
}

/**
 * What a path answers with instead of its file: a text, or another file. `hang` never answers.
 * @typedef {{ status?: number, type?: string, body?: string, file?: string, hang?: boolean, headers?: Record<string, string> }} Answer
 */

/**
 * Serves folders on a free port of the loopback interface.
 * @param {object} options
 * @param {Record<string, string>} options.folders path prefix (`/dist/`) to folder
 * @param {boolean} [options.isolate] whether to send the isolation headers
 * @param {Record<string, string>} [options.headers] headers of every answer
 * @param {Record<string, Answer>} [options.answers] by exact path
 */
export async function openSite({ folders, isolate = true, headers = {}, answers = {} }) {
  const requested = []
  const server = createServer((request, response) => {
    answer(request, response).catch((error) => {
      response.destroy(error)
    })
  })

  async function answer(request, response) {
    const path = decodeURIComponent(new URL(request.url ?? '/', 'http://localhost').pathname)
    requested.push(path)
    const own = answers[path]
    if (own?.hang) return
    const file = own?.body === undefined ? fileOf(path, own?.file) : undefined
    const body = own?.body ?? (await file?.read())
    const status = own?.status ?? (body === undefined ? 404 : 200)
    response.writeHead(status, {
      'Content-Type': own?.type ?? file?.type ?? 'text/plain; charset=utf-8',
      'Cache-Control': 'no-store',
      ...(isolate ? isolation : {}),
      ...headers,
      ...own?.headers,
    })
    response.end(body ?? 'not found')
  }

  function fileOf(path, other) {
    if (other !== undefined) return readable(other)
    const prefix = Object.keys(folders)
      .sort((a, b) => b.length - a.length)
      .find((candidate) => path.startsWith(candidate))
    if (prefix === undefined) return undefined
    const rest = path.slice(prefix.length) || 'index.html'
    const file = normalize(join(folders[prefix], rest))
    if (!file.startsWith(normalize(folders[prefix]) + sep)) return undefined
    return readable(file)
  }

  function readable(file) {
    const read = () =>
      readFile(file).catch((error) => {
        if (error.code === 'ENOENT' || error.code === 'EISDIR') return undefined
        throw error
      })
    return { type: types[extname(file)] ?? 'application/octet-stream', read }
  }

  await new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.address()
  return {
    url: `http://127.0.0.1:${port}`,
    /** The paths asked for so far. */
    requested,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
