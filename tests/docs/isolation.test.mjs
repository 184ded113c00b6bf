// What the guide says of headers is so: which of them give threads, and in which browser.

import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { browsers, openBrowser } from '../support/browsers.mjs'
import { folders, openPage, openTestSite, thrownBy } from '../support/harness.mjs'
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

/** @type {[string, Record<string, string>, 'there' | 'gone'][]} what a pop-up knows of who opened it */
const popups = [
  ['COOP and COEP part a page from pop-ups', both, 'gone'],
  ['COOP for pop-ups does not', { ...both, [opener]: 'same-origin-allow-popups' }, 'there'],
  ['document isolation does not', { [alone]: 'isolate-and-credentialless' }, 'there'],
]

/** Opens a pop-up of another origin, as a wallet's is, which tells its server whether it has an opener. */
async function openerOfPopup(driver, headers) {
  const body = '<!doctype html><script>fetch(window.opener ? "/there" : "/gone")</script>'
  const answers = { '/popup.html': { type: 'text/html', body } }
  const wallet = await openTestSite({ isolate: false, answers })
  const site = await openTestSite({ isolate: false, headers })
  try {
    await openPage(driver, site.url)
    const page = await driver.getWindowHandle()
    await driver.executeScript('window.open(arguments[0])', `${wallet.url}/popup.html`)
    const said = () => ['there', 'gone'].find((word) => wallet.requested.includes(`/${word}`))
    await driver.wait(() => said() !== undefined, 30_000, 'the pop-up said nothing')
    for (const handle of await driver.getAllWindowHandles())
      if (handle !== page) {
        await driver.switchTo().window(handle)
        await driver.close()
      }
    await driver.switchTo().window(page)
    return said()
  } finally {
    await site.close()
    await wallet.close()
  }
}

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

    for (const [words, headers, expected] of popups)
      it(words, async () => {
        assert.equal(await openerOfPopup(browser.driver, headers), expected)
      })

    it('a worker file that lacks the header of its page is an error that says so', async () => {
      const file = `${folders['/page/']}/index.html`
      const site = await openTestSite({
        isolate: false,
        answers: { '/page/index.html': { file, headers: both } },
      })
      try {
        const perform = await openPage(browser.driver, site.url)
        const error = await thrownBy(perform('create', { state: snapshot, threads: 2 }))
        assert.deepEqual([error.code, error.step], ['START_FAILED', 'worker'])
        assert.match(error.details, /Cross-Origin-Embedder-Policy/)
      } finally {
        await site.close()
      }
    })
  })
