// The life of a simulator in a real browser: two at once on different states, and its end.

import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { browsers, openBrowser } from '../support/browsers.mjs'
import { openPage, openTestSite, thrownBy } from '../support/harness.mjs'
import { alice, bob, payment, snapshot } from '../support/small-chain.mjs'

/** Creation code that ends with the balance of `address` as its output. */
const balanceProbe = (address) => `0x73${address.slice(2)}315f5260205ff3`

for (const name of browsers) {
  for (const isolate of [true, false]) {
    describe(`simulators in ${name}, ${isolate ? 'threads' : 'one thread'}`, {
      timeout: 300_000,
    }, () => {
      let browser
      let site
      let perform
      before(async () => {
        browser = await openBrowser(name)
        site = await openTestSite({ isolate })
        perform = await openPage(browser.driver, site.url)
      })
      after(async () => {
        await browser?.quit()
        await site?.close()
      })

      const create = (state = snapshot) => perform('create', { state, threads: 2 })
      const balanceOf = async (id, address) => {
        const probe = { from: alice.address, data: balanceProbe(address), gas: 200_000n }
        const { transactions } = await perform('simulateBundle', { id, transactions: [probe] })
        assert.equal(transactions[0].status, 'success')
        return BigInt(transactions[0].output)
      }

      it('keeps two states apart, asked in turns', async () => {
        const rich = {
          ...snapshot,
          accounts: { ...snapshot.accounts, [bob]: { balance: '0x7b', nonce: '0x0' } },
        }
        const [first, second] = [await create(), await create(rich)]
        for (let round = 0; round < 3; round++) {
          assert.equal(await balanceOf(first.id, bob), 1n)
          assert.equal(await balanceOf(second.id, bob), 123n)
        }
        await perform('dispose', { id: first.id })
        assert.equal(await balanceOf(second.id, bob), 123n)
        await perform('dispose', { id: second.id })
      })

      it('does not change the state by simulating', async () => {
        const { id } = await create()
        await perform('simulateBundle', { id, transactions: [payment({ value: 1000n })] })
        assert.equal(await balanceOf(id, bob), 1n)
        await perform('dispose', { id })
      })

      it('shows a later transaction what an earlier one did', async () => {
        const { id } = await create()
        const probe = { from: alice.address, data: balanceProbe(bob), gas: 200_000n }
        const { transactions } = await perform('simulateBundle', {
          id,
          transactions: [payment({ value: 1000n }), probe],
        })
        assert.equal(BigInt(transactions[1].output), 1001n)
        await perform('dispose', { id })
      })

      it('rejects calls after dispose, and dispose again does nothing', async () => {
        const { id } = await create()
        await perform('dispose', { id })
        await perform('dispose', { id })
        const error = await thrownBy(perform('simulateBundle', { id, transactions: [payment()] }))
        assert.equal(error.code, 'DISPOSED')
      })

      it('rejects the call that is under way when it is disposed of', async () => {
        const { id } = await create()
        const error = await thrownBy(
          perform('disposeDuringCall', { id, transactions: [payment()] }),
        )
        assert.equal(error.code, 'DISPOSED')
      })

      it('can be created and disposed of twenty times', { timeout: 120_000 }, async () => {
        for (let round = 0; round < 20; round++) {
          const { id } = await create()
          assert.equal(await balanceOf(id, bob), 1n)
          await perform('dispose', { id })
        }
      })
    })
  }
}
