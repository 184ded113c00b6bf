// The server of `npm start`.

import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { serveFolder } from '../../tools/serve.mjs'

let outer
let root

before(async () => {
  outer = await mkdtemp(join(tmpdir(), 'forerun-serve-'))
  await writeFile(join(outer, 'secret.txt'), 'not for the page')
  root = await mkdtemp(join(outer, 'root-'))
  await writeFile(join(root, 'index.html'), '<!doctype html>')
  await writeFile(join(root, 'a.wasm'), '')
  await writeFile(join(root, 'a.mjs'), '')
})

after(() => rm(outer, { recursive: true, force: true }))

async function serving(options, use) {
  const site = await serveFolder({ root, ...options })
  try {
    await use(site.url)
  } finally {
    await site.close()
  }
}

/** Asks for a path as it stands; `fetch` would tidy it first. */
function status(url, path) {
  return new Promise((resolve, reject) => {
    const { port } = new URL(url)
    request({ host: '127.0.0.1', port, path }, (response) => {
      response.resume()
      resolve(response.statusCode)
    })
      .on('error', reject)
      .end()
  })
}

test('sends the isolation headers, or does not', () =>
  serving({ isolate: true }, async (url) => {
    const isolated = await fetch(url)
    assert.equal(isolated.headers.get('cross-origin-opener-policy'), 'same-origin')
    assert.equal(isolated.headers.get('cross-origin-embedder-policy'), 'require-corp')
    await serving({ isolate: false }, async (plainUrl) => {
      const plain = await fetch(plainUrl)
      assert.equal(plain.headers.get('cross-origin-opener-policy'), null)
      assert.equal(plain.headers.get('cross-origin-embedder-policy'), null)
    })
  }))

test('names the types that browsers insist on', () =>
  serving({}, async (url) => {
    const type = async (path) => (await fetch(url + path)).headers.get('content-type')
    assert.equal(await type('a.wasm'), 'application/wasm')
    assert.match(await type('a.mjs'), /^text\/javascript/)
    assert.match(await type(''), /^text\/html/)
  }))

test('serves nothing outside its folder', () =>
  serving({}, async (url) => {
    for (const path of ['/../secret.txt', '/%2e%2e/secret.txt', '/..%2fsecret.txt', '/%00'])
      assert.equal(await status(url, path), 404, path)
    assert.equal(await status(url, '/%'), 400)
    assert.equal(await status(url, '/nothing'), 404)
  }))

test('a route goes before files', () =>
  serving({ routes: { '/a.mjs': (_, response) => response.end('routed') } }, async (url) => {
    assert.equal(await (await fetch(`${url}a.mjs`)).text(), 'routed')
  }))
