// Runs in the browser: the client of the benchmark, operated from outside.

import * as forerun from '/dist/index.js'
import { offer } from '/support/page/operations.js'
import { unpack } from '/support/page/quantities.js'
import { asking } from './ask.js'
import { openClient } from './client.js'

const client = openClient({
  forerun,
  openOracle() {
    const worker = new Worker('./oracle.js', { type: 'module' })
    return asking({
      post: (message) => worker.postMessage(message),
      listen(receive, fail) {
        worker.onmessage = ({ data }) => receive(data)
        worker.onerror = ({ message }) => fail(new Error(message))
      },
      end: () => worker.terminate(),
    })
  },
})

const { origin } = location
const files = { dist: `${origin}/dist/`, glue: `${origin}/glue/forerun.js` }

/** Blocks are large, so requests are fetched. */
async function fetched({ requestUrl, ...parameters }) {
  if (requestUrl === undefined) return parameters
  return { ...parameters, request: unpack(await (await fetch(requestUrl)).text()) }
}

const operations = {
  ...client,
  /** Asks each server once, since a browser asks each whether it may ask before it does. */
  async greet({ urls }) {
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_chainId', params: [] })
    const headers = { 'content-type': 'application/json' }
    const asked = urls.map((url) => fetch(url, { method: 'POST', headers, body }))
    for (const answer of await Promise.all(asked)) await answer.text()
  },
  async openOracle(parameters) {
    const module = await WebAssembly.compileStreaming(fetch('/dist/forerun-single.wasm'))
    await client.openOracle({ ...parameters, ...files, module })
  },
}

/** By name; requests among the parameters are fetched first. */
const onFetched = (name) => [
  name,
  async (parameters) => operations[name](await fetched(parameters)),
]

offer(Object.fromEntries(Object.keys(operations).map(onFetched)))
