// The packed package in an application that Vite serves and builds, with the plugin and nothing else
// in its configuration.

import assert from 'node:assert/strict'
import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { build, createServer, preview } from 'vite'
import { openBrowser } from '../support/browsers.mjs'
import { folders, openPage } from '../support/harness.mjs'
import { installPackage } from '../support/packaging/installed.mjs'
import { payment, snapshot } from '../support/small-chain.mjs'

const files = {
  'vite.config.mjs': `
    import { forerun } from 'forerun/vite'
    export default { plugins: [forerun()], logLevel: 'error', clearScreen: false }
  `,
  'index.html': `
    <!doctype html>
    <link rel="icon" href="data:,">
    <script type="module" src="/main.js"></script>
  `,
  'main.js': `
    import { createSimulator, snapshot } from 'forerun'
    import { none } from 'forerun/cache'
    import { offer } from './support/operations.js'

    offer({
      run: async ({ state, request }) => {
        const simulator = await createSimulator({ source: snapshot(state), threads: 2 })
        const { transactions } = await simulator.simulateBundle(request)
        await simulator.dispose()
        const gasUsed = transactions.map((transaction) => transaction.gasUsed)
        return { mode: simulator.mode, gasUsed, cache: none() }
      },
    })
  `,
}

const local = { host: '127.0.0.1', port: 0 }

/** How an application is served, and what ends that. */
const servers = {
  'in development': async (root) => {
    const server = await createServer({ root, server: local })
    await server.listen()
    return server
  },
  built: async (root) => {
    await build({ root })
    return preview({ root, preview: local })
  },
}

describe('an application of Vite', { timeout: 300_000 }, () => {
  let packed
  let root
  let browser
  before(async () => {
    packed = await installPackage()
    root = await packed.project(files)
    await cp(join(folders['/support/'], 'page'), join(root, 'support'), { recursive: true })
    browser = await openBrowser('chromium')
  })
  after(async () => {
    await browser?.quit()
    await packed?.remove()
  })

  for (const [name, serve] of Object.entries(servers))
    it(`simulates on threads, ${name}`, async () => {
      const server = await serve(root)
      try {
        const { port } = server.httpServer.address()
        const perform = await openPage(browser.driver, `http://127.0.0.1:${port}`, { path: '/' })
        const request = { transactions: [payment(), payment()] }
        assert.deepEqual(await perform('run', { state: snapshot, request }), {
          mode: 'threads',
          gasUsed: [21_000n, 21_000n],
          cache: { type: 'none' },
        })
      } finally {
        // Vite waits for connections that the browser keeps.
        await browser.driver.get('about:blank')
        await server.close()
      }
    })
})
