// The cache of remote state in the IndexedDB of real browsers.

import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'
import { browsers, openBrowser } from '../support/browsers.mjs'
import { openPage } from '../support/harness.mjs'
import { openSite } from '../support/site.mjs'

const hex = (value, digits) => `0x${value.toString(16).padStart(digits, '0')}`
const word = (value) => hex(value, 64)
const token = hex(0xa1, 40)
const block = (number) => ({ chainId: 1, blockHash: word(number), blockNumber: hex(number, 1) })
const nothing = { accounts: {}, storage: {}, codes: {}, blockHashes: {} }
const storage = (slots) => ({ ...nothing, storage: { [token]: slots } })
const asked = (slots) => ({ accounts: [], storage: { [token]: slots }, codes: [], blockHashes: [] })

async function bundlePage() {
  const built = await build({
    configFile: false,
    logLevel: 'warn',
    build: {
      write: false,
      minify: false,
      target: 'es2022',
      lib: {
        entry: fileURLToPath(new URL('cache-page/page.mjs', import.meta.url)),
        formats: ['es'],
        fileName: () => 'page.js',
      },
    },
  })
  return [built].flat()[0].output[0].code
}

const page = await bundlePage()

for (const name of browsers) {
  describe(`the cache in ${name}`, { timeout: 300_000 }, () => {
    let browser
    let site
    before(async () => {
      browser = await openBrowser(name)
      const body = '<!doctype html><script type="module" src="page.js"></script>'
      site = await openSite({
        folders: {},
        answers: {
          '/': { type: 'text/html', body },
          '/page.js': { type: 'text/javascript', body: page },
        },
      })
    })
    after(async () => {
      await browser?.quit()
      await site?.close()
    })

    const load = () => openPage(browser.driver, site.url, { path: '/' })

    it('knows after the page was loaded again what was kept before', async () => {
      const size = { accounts: 200, slots: 3_000 }
      let perform = await load()
      await perform('open', { name: 'reload' })
      for (const number of [1, 2]) {
        await perform('keepMany', { place: block(number), size })
        await perform('flush')
      }
      perform = await load()
      await perform('open', { name: 'reload' })
      for (const number of [1, 2]) {
        const { isRight, milliseconds } = await perform('lookMany', { place: block(number), size })
        console.log(`${name}: 3,000 slots of 200 accounts in ${milliseconds.toFixed(1)} ms`)
        assert.equal(isRight, true)
      }
      assert.equal((await perform('statistics')).failures, 0)
      await perform('close')
    })

    it('lets two tabs write to one account at the same time', async () => {
      const { driver } = browser
      const tabs = []
      for (let index = 0; index < 2; index++) {
        if (index > 0) await driver.switchTo().newWindow('tab')
        const perform = await load()
        await perform('open', { name: 'tabs' })
        tabs.push(await driver.getWindowHandle())
      }
      const slotsOf = (index) => Array.from({ length: 30 }, (_, at) => word(at * 2 + index))
      for (const [index, tab] of tabs.entries()) {
        await driver.switchTo().window(tab)
        const all = slotsOf(index).map((slot) => storage({ [slot]: word(index + 1) }))
        await driver.executeScript(
          'window.written = window.perform("keepAll", arguments[0])',
          JSON.stringify({ place: block(1), all }),
        )
      }
      for (const tab of tabs) {
        await driver.switchTo().window(tab)
        const answer = await driver.executeAsyncScript('window.written.then(arguments[0])')
        assert.deepEqual(JSON.parse(answer), { value: null })
      }
      const expected = {}
      for (const [index] of tabs.entries())
        for (const slot of slotsOf(index)) expected[slot] = word(index + 1)
      for (const tab of tabs) {
        await driver.switchTo().window(tab)
        const parameters = { place: block(1), keys: asked(Object.keys(expected)) }
        const answer = await driver.executeAsyncScript(
          'window.perform("look", arguments[0]).then(arguments[1])',
          JSON.stringify(parameters),
        )
        assert.deepEqual(JSON.parse(answer).value.known, storage(expected))
      }
      await driver.close()
      await driver.switchTo().window(tabs[0])
    })

    it('lets the database be deleted under it, and goes on in a new one', async () => {
      const perform = await load()
      await perform('open', { name: 'deleted' })
      await perform('keep', { place: block(1), values: storage({ [word(1)]: word(1) }) })
      await perform('flush')
      await perform('delete', { name: 'deleted' })
      await perform('keep', { place: block(1), values: storage({ [word(2)]: word(2) }) })
      await perform('flush')
      const looked = await perform('look', { place: block(1), keys: asked([word(1), word(2)]) })
      assert.deepEqual(looked, { known: storage({ [word(2)]: word(2) }), predicted: nothing })
      assert.equal((await perform('statistics')).failures, 0)
      await perform('close')
    })

    it('stays within its bytes', async () => {
      const perform = await load()
      await perform('open', { name: 'full', maximumBytes: 2 ** 20 })
      for (let number = 1; number <= 5; number++) {
        // A hundred codes of 16 kB each do not fit, so the later ones push out the earlier.
        const size = { accounts: number * 20, slots: 400 }
        await perform('keepMany', { place: block(number), size })
        await perform('flush')
      }
      const { failures, evicted } = await perform('statistics')
      assert.equal(failures, 0)
      assert.ok(evicted > 30, `${evicted} records were evicted`)
      await perform('close')
    })
  })
}
