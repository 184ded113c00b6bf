// The package in Node and in Chromium, operated in one way: each is a client with the operations of
// `page/client.js`.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { Worker } from 'node:worker_threads'
import { pack } from '../../../tests/support/page/quantities.js'
import { repository } from '../../setup/places.mjs'
import { asking } from './page/ask.js'
import { openClient } from './page/client.js'

const page = fileURLToPath(new URL('page', import.meta.url))
const glue = join(repository, 'pkg', 'single')
const dist = join(repository, 'web', 'dist')
const asUrl = (path) => pathToFileURL(path).href

/**
 * How many ports the server has. A browser opens no more than six connections to each where the
 * server speaks HTTP/1.1, as ours does and as no provider does: over HTTP/2 a hundred requests and
 * more share one. Node opens as many as it needs.
 */
const endpoints = { node: 1, chromium: 16 }

/** The package in this process. */
export async function openNodeClient() {
  const forerun = await import(asUrl(join(dist, 'node', 'index.js')))
  // Both are held as long as the client is: whoever compiles the same bytes again gets what is compiled. No
  // engine of this process is measured while it is being compiled, and none beside one that is.
  const [module, threads] = await Promise.all(
    ['single', 'threads'].map((build) =>
      WebAssembly.compile(readFileSync(join(dist, `forerun-${build}.wasm`))),
    ),
  )
  const client = openClient({
    forerun,
    openOracle() {
      const worker = new Worker(join(page, 'oracle.js'))
      return asking({
        post: (message) => worker.postMessage(message),
        listen(receive, fail) {
          worker.on('message', receive)
          worker.on('error', fail)
        },
        end: () => worker.terminate(),
      })
    },
  })
  const files = { dist: `${asUrl(dist)}/`, glue: asUrl(join(glue, 'forerun.js')) }
  return {
    name: 'node',
    endpoints: endpoints.node,
    held: [module, threads],
    async begin() {},
    greet: async () => {},
    create: (parameters) => client.create(parameters),
    run: (parameters) => client.run(parameters),
    move: () => client.move(),
    openOracle: (parameters) => client.openOracle({ ...parameters, ...files, module }),
    rehearse: (parameters) => client.rehearse(parameters),
    foretold: (parameters) => client.foretold(parameters),
    /** What a bundle comes to on a state that is all there. */
    async complete({ snapshot, request }) {
      const simulator = await forerun.createSimulator({
        source: forerun.snapshot(snapshot),
        threads: 1,
      })
      try {
        const { transactions } = await simulator.simulateBundle(request)
        return transactions.map(({ status, gasUsed }) => ({ status, gasUsed }))
      } finally {
        await simulator.dispose()
      }
    },
    close: () => client.close(),
    async end() {},
  }
}

/** The package on a page. */
export async function openChromiumClient() {
  const { openBrowser } = await import('../../../tests/support/browsers.mjs')
  const { openPage, openTestSite } = await import('../../../tests/support/harness.mjs')
  const answers = {}
  const more = { '/page/': page, '/glue/': glue }
  const site = await openTestSite({ more, answers })
  const browser = await openBrowser('chromium').catch(async (error) => {
    await site.close()
    throw error
  })
  let perform
  /** The request goes where the page fetches it. */
  const placed = ({ request, ...parameters }) => {
    answers['/request.json'] = { body: pack(request), type: 'application/json' }
    return { ...parameters, requestUrl: '/request.json' }
  }
  return {
    name: 'chromium',
    endpoints: endpoints.chromium,
    /** Loads the page, again if need be: whatever it had in memory is gone then. */
    async begin() {
      perform = await openPage(browser.driver, site.url)
    },
    greet: (parameters) => perform('greet', parameters),
    create: (parameters) => perform('create', parameters),
    run: (parameters) => perform('run', placed(parameters)),
    move: () => perform('move'),
    openOracle: (parameters) => perform('openOracle', placed(parameters)),
    rehearse: (parameters) => perform('rehearse', parameters),
    foretold: (parameters) => perform('foretold', parameters),
    close: () => perform('close'),
    async end() {
      try {
        await browser.quit()
      } finally {
        await site.close()
      }
    },
  }
}
