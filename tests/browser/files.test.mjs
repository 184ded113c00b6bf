// Worker file and wasm files from elsewhere than beside the package, in real browsers.

import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { browsers, openBrowser } from '../support/browsers.mjs'
import { folders, onSite, openPage, openTestSite, thrownBy } from '../support/harness.mjs'
import { payment, snapshot } from '../support/small-chain.mjs'

const path = '/page/options.html'
const missing = { status: 404, type: 'text/html; charset=utf-8', body: '<h1>404</h1>' }
const bytes = (name) => ({ file: `${folders['/dist/']}/${name}`, type: 'application/octet-stream' })

const answers = {
  // Nothing is where it would be looked for.
  '/dist/forerun-threads.wasm': missing,
  '/dist/forerun-single.wasm': missing,
  '/elsewhere/threads.bin': bytes('forerun-threads.wasm'),
  '/elsewhere/single.bin': bytes('forerun-single.wasm'),
}
const scripts = {
  '/dist/worker.js': missing,
  '/elsewhere/worker.js': { ...bytes('worker.js'), type: 'text/javascript; charset=utf-8' },
}

const question = { state: snapshot, request: { transactions: [payment()] } }

for (const name of browsers)
  describe(`files from elsewhere in ${name}`, { timeout: 180_000 }, () => {
    let browser
    before(async () => {
      browser = await openBrowser(name)
    })
    after(() => browser?.quit())

    const on = (options, use) => onSite(browser.driver, { path, ...options }, use)

    it('are taken by URL, as bytes and compiled, for each build or for one', () =>
      on({ answers }, async (perform) => {
        for (const way of ['url', 'bytes', 'module'])
          for (const options of [
            { threads: 2 },
            { threads: 1 },
            { threads: 2, requireThreads: true, only: 'threads' },
            { threads: 1, only: 'single' },
          ]) {
            const { mode, gasUsed } = await perform('run', { way, ...question, ...options })
            assert.equal(mode, options.threads === 1 ? 'single' : 'threads', way)
            assert.deepEqual(gasUsed, [21_000n], way)
          }
      }))

    it('are those beside the package where none are given', () =>
      on({ answers }, async (perform, site) => {
        const error = await thrownBy(perform('run', { way: 'standard', ...question, threads: 2 }))
        assert.equal(error.code, 'START_FAILED')
        assert.equal(error.url, `${site.url}/dist/forerun-threads.wasm`)
      }))

    it('are refused by name and build where they are of the other build', () =>
      on({ answers }, async (perform) => {
        const swapped = { ...question, threads: 1, only: 'threads' }
        const compiled = await thrownBy(perform('run', { way: 'module', ...swapped }))
        assert.equal(compiled.code, 'INVALID_REQUEST')
        assert.equal(compiled.field, 'wasmModule')
        const raw = await thrownBy(perform('run', { way: 'bytes', ...swapped }))
        assert.equal(raw.code, 'START_FAILED')
        assert.equal(raw.step, 'wasm')
        assert.equal(raw.url, 'wasmBytes')
        assert.match(raw.details, /not of the build "single"/)
      }))

    for (const way of ['workerUrl', 'bundler'])
      it(`run a worker file that is there by ${way}`, () =>
        on({ answers: scripts }, async (perform) => {
          for (const threads of [1, 2]) {
            const { mode, gasUsed } = await perform('run', { way, ...question, threads })
            assert.equal(mode, threads === 1 ? 'single' : 'threads')
            assert.deepEqual(gasUsed, [21_000n])
          }
        }))
  })

describe('a policy that demands trusted types, in chromium', { timeout: 120_000 }, () => {
  const headers = {
    'Content-Security-Policy':
      "require-trusted-types-for 'script'; trusted-types forerun-test; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'",
  }

  it('is met by createWorker, and is named without', async () => {
    const browser = await openBrowser('chromium')
    const site = await openTestSite({ headers })
    try {
      const perform = await openPage(browser.driver, site.url, { path })
      const error = await thrownBy(perform('run', { way: 'standard', ...question, threads: 2 }))
      assert.equal(error.code, 'START_FAILED')
      assert.equal(error.step, 'worker')
      assert.match(error.details, /TrustedScriptURL/)
      const { mode, gasUsed } = await perform('run', { way: 'trusted', ...question, threads: 2 })
      assert.equal(mode, 'threads')
      assert.deepEqual(gasUsed, [21_000n])
    } finally {
      await browser.quit()
      await site.close()
    }
  })
})
