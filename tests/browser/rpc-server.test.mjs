// The test server as pages meet it: an isolated page of another origin, and a worker of it.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { browsers, withBrowser } from '../support/browsers.mjs'
import { openRpcServer } from '../support/rpc-server/server.mjs'
import { stateOfSnapshot } from '../support/rpc-server/state.mjs'
import { openSite } from '../support/site.mjs'
import { snapshot } from '../support/small-chain.mjs'

/** Asks from the page, or from a worker, and says what came of it. */
const script = `
  const [url, where, done] = arguments
  const ask = async (url) => {
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_chainId', params: [] }),
      })
      const text = await response.text()
      return { status: response.status, text, after: response.headers.get('retry-after') }
    } catch (error) {
      return { error: error.name }
    }
  }
  if (where === 'page') ask(url).then(done)
  else {
    const code = 'const ask = ' + ask + '; onmessage = async ({ data }) => postMessage(await ask(data))'
    const worker = new Worker(URL.createObjectURL(new Blob([code])))
    worker.onmessage = ({ data }) => done(data)
    worker.postMessage(url)
  }
`

let site
let server

before(async () => {
  site = await openSite({
    folders: {},
    answers: { '/': { body: '<!doctype html><title>page</title>', type: 'text/html' } },
  })
  server = await openRpcServer({ states: [stateOfSnapshot(snapshot)], seed: 1 })
})

after(async () => {
  await server?.close()
  await site?.close()
})

for (const browser of browsers)
  test(`an isolated page and its worker can ask, and see faults as they are: ${browser}`, () =>
    withBrowser(browser, async (driver) => {
      server.log.clear()
      await driver.get(`${site.url}/`)
      assert.equal(await driver.executeScript('return crossOriginIsolated'), true)
      const ask = (where) => driver.executeAsyncScript(script, server.url, where)
      for (const where of ['page', 'worker']) {
        server.setFaults([])
        const { status, text } = await ask(where)
        assert.equal(status, 200, where)
        assert.equal(JSON.parse(text).result, '0x1cbd')
        // A browser remembers that it may ask, for its workers as well.
        if (where === 'page') assert.equal(server.log.summary().preflights, 1)
        server.log.clear()
        server.setFaults([
          { fault: 'status', status: 429, retryAfter: 3, requests: [1] },
          { fault: 'cut', where: 'body', requests: [2] },
          { fault: 'cut', from: 3 },
        ])
        assert.deepEqual(await ask(where), { status: 429, text: 'try again', after: '3' })
        assert.deepEqual(await ask(where), { error: 'TypeError' }, where)
        assert.deepEqual(await ask(where), { error: 'TypeError' }, where)
        // Firefox asks again by itself where a connection that it kept open is cut.
        assert.ok(server.log.summary().requests >= 3)
      }
    }))
