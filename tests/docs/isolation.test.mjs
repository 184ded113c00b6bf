// What the guide says of headers is so: which of them give threads, and in which browser.

import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { browsers, openBrowser } from '../support/browsers.mjs'
import { openPage, openTestSite } from '../support/harness.mjs'
import { payment, snapshot } from '../support/small-chain.mjs'

const opener = 'Cross-Origin-Opener-Policy'
const embedder = 'Cross-Origin-Embedder-Policy'
const alone = 'Document-Isolation-Policy'
const both = { [opener]: 'same-origin', [embedder]: 'require-corp' }

/** @type {[string, Record<string, string>, readonly string[]][]} headers, and where they isolate */
const cases = [
  ['no headers', {}, []],
  ['COOP and COEP', both, browsers],
  ['COEP credentialless', { ...both, [embedder]: 'credentialless' }, browsers],
  ['COOP for pop-ups', { ...both, [opener]: 'same-origin-allow-popups' }, []],
  [
    'COOP for pop-ups, COEP credentialless',
    { [opener]: 'same-origin-allow-popups', [embedder]: 'credentialless' },
    [],
  ],
  ['document isolation, credentialless', { [alone]: 'isolate-and-credentialless' }, ['chromium']],
  ['document isolation, require-corp', { [alone]: 'isolate-and-require-corp' }, ['chromium']],
  [
    'the content policy of the guide',
    {
      ...both,
      'Content-Security-Policy':
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self' https://rpc.example",
    },
    browsers,
  ],
]

for (const name of browsers)
  describe(`headers in ${name}`, { timeout: 300_000 }, () => {
    let browser
    before(async () => {
      browser = await openBrowser(name)
    })
    after(() => browser?.quit())

    for (const [words, headers, isolating] of cases) {
      const isolates = isolating.includes(name)
      it(`${words}: ${isolates ? 'threads' : 'one thread'}`, async () => {
        const site = await openTestSite({ isolate: false, headers })
        try {
          const perform = await openPage(browser.driver, site.url)
          const { id, mode, fallbackReason } = await perform('create', {
            state: snapshot,
            threads: 2,
          })
          assert.equal(mode, isolates ? 'threads' : 'single')
          assert.equal(fallbackReason, isolates ? undefined : 'not-isolated')
          const { gasUsed } = await perform('simulateBundle', { id, transactions: [payment()] })
          assert.equal(gasUsed, 21_000n)
          await perform('dispose', { id })
        } finally {
          await site.close()
        }
      })
    }
  })
