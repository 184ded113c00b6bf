// The demo page in real browsers: it runs its bundle by itself, in parallel where the page is isolated
// and on one thread where it is not, and what it shows is right by the contracts' own rules.

import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { browsers, openBrowser } from '../support/browsers.mjs'
import { addressOf, bundle, pairs, snapshot, swapOf, transactions } from '../support/demo-data.mjs'
import { followPools, reservesIn } from '../support/exchange.mjs'
import { openTestSite } from '../support/harness.mjs'

const runLimit = 60_000

/** Opens the page and waits until it says how it ended. */
async function openDemo(driver, url) {
  await driver.get(`${url}/demo/index.html`)
  await driver.wait(
    () => driver.executeScript('return document.documentElement.dataset.state !== "running"'),
    runLimit,
    'the page did not end its run',
  )
  return driver.executeScript(
    'return { state: document.documentElement.dataset.state, facts: window.__forerun, text: document.body.innerText, rows: [...document.querySelectorAll("#rows tr")].map((row) => row.innerText) }',
  )
}

/** What came out in whichever way, to be compared across modes and browsers. */
const results = {}

for (const name of browsers) {
  describe(`the demo page in ${name}`, { timeout: 300_000 }, () => {
    let browser
    before(async () => {
      browser = await openBrowser(name)
    })
    after(() => browser?.quit())

    /** Serves the site for the time of one test. */
    const withSite = (options, use) => async () => {
      const site = await openTestSite(options)
      try {
        await use(site.url)
      } finally {
        await browser.driver.get('about:blank')
        await site.close()
      }
    }

    describe('isolated', () => {
      let site
      let page
      before(async () => {
        site = await openTestSite({ isolate: true })
        page = await openDemo(browser.driver, site.url)
        results[`${name} parallel`] = page.facts.parallel
        results[`${name} sequential`] = page.facts.sequential
      })
      after(async () => {
        await browser.driver.get('about:blank')
        await site?.close()
      })

      it('runs on several threads', () => {
        assert.equal(page.facts.error, undefined)
        assert.equal(page.state, 'done')
        assert.equal(page.facts.mode, 'threads')
        assert.ok(page.facts.threads > 1, `threads: ${page.facts.threads}`)
        assert.ok(
          page.facts.report.threads > 1,
          `threads that took part: ${page.facts.report.threads}`,
        )
        assert.equal(page.facts.fallbackReason ?? null, null)
        assert.match(page.text, /parallel, \d+ threads/)
      })

      it('comes to the same result in parallel as in sequence', () => {
        assert.deepEqual(page.facts.parallel, page.facts.sequential)
      })

      it('shows a row for each of at least thirty transactions', () => {
        assert.ok(bundle.transactions.length >= 30)
        assert.equal(page.facts.parallel.transactions.length, bundle.transactions.length)
        assert.equal(page.rows.length, bundle.transactions.length)
        for (const [index, { sender, title }] of bundle.transactions.entries())
          assert.ok(page.rows[index].includes(`${sender} ${title}`), page.rows[index])
      })

      it('lets just those fail that must, for the reason that the contract gives', () => {
        const failed = page.facts.parallel.transactions
          .filter(({ status }) => status !== 'success')
          .map(({ index, status, error }) => [bundle.transactions[index].title, status, error])
        assert.deepEqual(
          failed.map(([title, status]) => [title, status]),
          [
            ['sends 1000000 BSL to Ada', 'reverted'],
            ['swaps 500 BSL for AZR, wants at least 100000', 'reverted'],
            ['wraps 1 ETH, with too little gas', 'halted'],
            ['moves fossil 3 from Dan to Nia', 'reverted'],
          ],
        )
        const [transfer, swap, wrap, fossil] = failed.map(([, , error]) => error)
        assert.match(transfer.message, /ERC20: transfer amount exceeds balance/)
        assert.match(swap.message, /UniswapV2Router: INSUFFICIENT_OUTPUT_AMOUNT/)
        assert.equal(wrap.kind, 'outOfGas')
        assert.match(fossil.message, /ERC721: caller is not token owner or approved/)
        assert.ok(page.text.includes('INSUFFICIENT_OUTPUT_AMOUNT'), 'the reason stands on the page')
      })

      it('trades at the price that the pools’ reserves give at that place in the order', () => {
        const done = page.facts.parallel.transactions
        const swaps = followPools(done, reservesIn(snapshot, pairs))
        let asked = 0
        for (const [index, transaction] of transactions.entries()) {
          const wanted = swapOf(transaction)
          if (!wanted || done[index].status !== 'success') continue
          const hops = swaps.filter((swap) => swap.transaction === index)
          assert.equal(hops.length, wanted.path.length - 1, `hops of transaction ${index}`)
          assert.equal(hops[0].amountIn, wanted.amountIn, `first amount of transaction ${index}`)
          for (const [hop, { amountIn }] of hops.entries())
            if (hop > 0) assert.equal(amountIn, hops[hop - 1].amountOut, `hop ${hop} of ${index}`)
          asked += hops.length
        }
        assert.equal(swaps.length, asked, 'swaps that nobody asked for')
        assert.ok(asked >= 30, `only ${asked} swaps`)
      })

      it('charges 21000 gas for a payment and never more than the limit', () => {
        const done = page.facts.parallel.transactions
        const payments = transactions.flatMap(({ data }, index) => (data === '0x' ? [index] : []))
        assert.ok(payments.length >= 4)
        for (const index of payments) assert.equal(done[index].gasUsed, '21000')
        for (const [index, { gas }] of transactions.entries())
          assert.ok(BigInt(done[index].gasUsed) <= gas, `gas of transaction ${index}`)
        const sum = done.reduce((total, { gasUsed }) => total + BigInt(gasUsed), 0n)
        assert.equal(page.facts.parallel.gasUsed, sum.toString())
      })

      it('charges all gas for a transaction that ran out of it', () => {
        const index = bundle.transactions.findIndex(({ title }) => title.includes('too little gas'))
        const { gasUsed } = page.facts.parallel.transactions[index]
        assert.equal(BigInt(gasUsed), transactions[index].gas)
      })

      it('stands on the block after the snapshot’s', () => {
        const { block } = page.facts.parallel
        assert.equal(BigInt(block.number), BigInt(snapshot.block.number) + 1n)
        assert.equal(BigInt(block.timestamp), BigInt(snapshot.block.timestamp) + 12n)
        // EIP-1559, for a parent that used less than its target.
        const [fee, used, limit] = ['baseFeePerGas', 'gasUsed', 'gasLimit'].map((field) =>
          BigInt(snapshot.block[field]),
        )
        const target = limit / 2n
        assert.equal(BigInt(block.baseFeePerGas), fee - (fee * (target - used)) / target / 8n)
      })

      it('creates the contracts that the bundle asks for', () => {
        const done = page.facts.parallel.transactions
        const creations = transactions.flatMap(({ to }, index) => (to ? [] : [index]))
        assert.equal(creations.length, 1)
        assert.match(done[creations[0]].contractAddress, /^0x[0-9a-f]{40}$/i)
        const created = done
          .flatMap(({ logs }) => logs)
          .filter(({ address }) => address.toLowerCase() === addressOf['Pair factory'])
        assert.equal(created.length, 1, 'PairCreated')
      })
    })

    it(
      'runs on one thread where the page is not isolated, says why, and comes to the same result',
      withSite({ isolate: false }, async (url) => {
        const page = await openDemo(browser.driver, url)
        assert.equal(page.state, 'done', JSON.stringify(page.facts.error))
        assert.equal(page.facts.mode, 'single')
        assert.equal(page.facts.threads, 1)
        assert.equal(page.facts.fallbackReason, 'not-isolated')
        assert.match(page.text, /cross-origin isolation/)
        assert.deepEqual(page.facts.sequential, results[`${name} parallel`])
      }),
    )

    it(
      'works under a policy that allows only its own files and wasm',
      withSite(
        {
          headers: {
            'Content-Security-Policy':
              "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self'",
          },
        },
        async (url) => {
          const page = await openDemo(browser.driver, url)
          assert.equal(page.state, 'done', JSON.stringify(page.facts.error))
          assert.equal(page.facts.mode, 'threads')
        },
      ),
    )

    it(
      'shows an error instead of nothing where wasm is forbidden',
      withSite({ headers: { 'Content-Security-Policy': "script-src 'self'" } }, async (url) => {
        const page = await openDemo(browser.driver, url)
        assert.equal(page.state, 'failed')
        assert.equal(page.facts.error.code, 'START_FAILED')
        const flat = (text) => text.replace(/\s+/g, ' ')
        assert.ok(flat(page.text).includes(flat(page.facts.error.message)), page.text)
      }),
    )
  })
}

describe('the browsers', () => {
  it('agree with one another', () => {
    assert.equal(Object.keys(results).length, 2 * browsers.length)
    const [first, ...others] = Object.values(results)
    for (const other of others) assert.deepEqual(other, first)
  })
})
