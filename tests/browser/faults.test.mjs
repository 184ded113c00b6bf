// Starts that cannot succeed: each ends with a typed error that names the step and the file, or with the
// single-threaded build and a reason, and always within the time limit.

import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { browsers, openBrowser } from '../support/browsers.mjs'
import { onSite, thrownBy } from '../support/harness.mjs'
import { payment, snapshot } from '../support/small-chain.mjs'

const startTimeout = 10_000
/** A start may take as long as it was given, and then a little to say so. */
const patience = startTimeout + 5_000

const html = { body: '<!doctype html><title>Not found</title>', type: 'text/html; charset=utf-8' }
const missing = { status: 404, type: 'text/html; charset=utf-8', body: '<h1>404</h1>' }
const policy = (value) => ({ headers: { 'Content-Security-Policy': value } })

/** Sites on which no build can start, and the facts that the error must have. */
const hopeless = [
  {
    what: 'the worker file is missing',
    site: { answers: { '/dist/worker.js': missing } },
    facts: { code: 'START_FAILED', step: 'worker', path: '/dist/worker.js', status: 404 },
  },
  {
    what: 'the worker file is served as HTML',
    site: { answers: { '/dist/worker.js': { type: 'text/html; charset=utf-8' } } },
    facts: {
      code: 'START_FAILED',
      step: 'worker',
      path: '/dist/worker.js',
      contentType: /text\/html/,
    },
  },
  {
    what: 'the worker file never comes',
    site: { answers: { '/dist/worker.js': { hang: true } } },
    facts: { code: 'TIMEOUT', step: 'worker', path: '/dist/worker.js' },
  },
  {
    what: 'the wasm file is missing',
    site: { answers: { '/dist/forerun-threads.wasm': missing } },
    facts: { code: 'START_FAILED', step: 'wasm', path: '/dist/forerun-threads.wasm', status: 404 },
  },
  {
    what: 'HTML stands in for the wasm file',
    site: { answers: { '/dist/forerun-threads.wasm': html } },
    facts: {
      code: 'START_FAILED',
      step: 'wasm',
      path: '/dist/forerun-threads.wasm',
      contentType: /text\/html/,
    },
  },
  {
    what: 'something that is no wasm comes with the type of wasm',
    site: {
      answers: { '/dist/forerun-threads.wasm': { body: 'not wasm', type: 'application/wasm' } },
    },
    facts: { code: 'START_FAILED', step: 'wasm', path: '/dist/forerun-threads.wasm' },
  },
  {
    what: 'the wasm file never comes',
    site: { answers: { '/dist/forerun-threads.wasm': { hang: true } } },
    facts: { code: 'TIMEOUT', step: 'wasm', path: '/dist/forerun-threads.wasm' },
  },
  {
    what: 'the single-threaded wasm file is missing where the page is not isolated',
    site: { isolate: false, answers: { '/dist/forerun-single.wasm': missing } },
    facts: { code: 'START_FAILED', step: 'wasm', path: '/dist/forerun-single.wasm', status: 404 },
  },
  {
    what: 'a policy forbids workers',
    site: policy("worker-src 'none'"),
    facts: { code: 'START_FAILED', step: 'worker', path: '/dist/worker.js' },
  },
  {
    what: 'a policy forbids wasm',
    site: policy("script-src 'self'"),
    facts: { code: 'START_FAILED', step: 'wasm', path: '/dist/forerun-threads.wasm' },
  },
]

for (const name of browsers) {
  describe(`starts that cannot succeed, in ${name}`, { timeout: 600_000 }, () => {
    let browser
    before(async () => {
      browser = await openBrowser(name)
    })
    after(() => browser?.quit())

    const on = (options, use) => onSite(browser.driver, options, use)

    for (const { what, site: options, facts } of hopeless) {
      it(`${what}: a typed error in time`, { timeout: 60_000 }, () =>
        on(options, async (perform, site) => {
          const started = performance.now()
          const error = await thrownBy(
            perform('create', { state: snapshot, threads: 2, startTimeout }),
          )
          const took = performance.now() - started
          assert.ok(error.isForerunError, JSON.stringify(error))
          assert.equal(error.code, facts.code, error.message)
          assert.equal(error.step, facts.step, error.message)
          assert.equal(error.url, `${site.url}${facts.path}`)
          if (facts.status !== undefined) assert.equal(error.status, facts.status)
          if (facts.contentType !== undefined) assert.match(error.contentType, facts.contentType)
          assert.ok(took < patience, `took ${Math.round(took)} ms`)
        }),
      )
    }

    it(
      'falls back to one thread, with the reason, where only threads are out of reach',
      { timeout: 60_000 },
      () =>
        on({ isolate: false }, async (perform) => {
          const simulator = await perform('create', { state: snapshot, threads: 2 })
          assert.equal(simulator.mode, 'single')
          assert.equal(simulator.threads, 1)
          assert.equal(simulator.fallbackReason, 'not-isolated')
          const result = await perform('simulateBundle', {
            id: simulator.id,
            transactions: [payment()],
          })
          assert.equal(result.transactions[0].gasUsed, 21_000n)
        }),
    )

    it('throws instead of falling back where threads are required', { timeout: 60_000 }, () =>
      on({ isolate: false }, async (perform) => {
        const error = await thrownBy(
          perform('create', { state: snapshot, threads: 2, requireThreads: true }),
        )
        assert.equal(error.code, 'THREADS_UNAVAILABLE')
        assert.equal(error.reason, 'not-isolated')
      }),
    )

    it('starts after all once the fault is mended', { timeout: 60_000 }, () => {
      const answers = { '/dist/worker.js': missing }
      return on({ answers }, async (perform) => {
        const error = await thrownBy(
          perform('create', { state: snapshot, threads: 2, startTimeout }),
        )
        assert.equal(error.code, 'START_FAILED')
        delete answers['/dist/worker.js']
        const simulator = await perform('create', { state: snapshot, threads: 2 })
        assert.equal(simulator.mode, 'threads')
      })
    })
  })
}
