// Bad input through the real border between page and worker: each mistake is a typed error that names
// the field, and the same simulator answers correctly afterwards.

import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { browsers, openBrowser } from '../support/browsers.mjs'
import { openPage, openTestSite, thrownBy } from '../support/harness.mjs'
import {
  alice,
  aliceNonce,
  bob,
  chainId,
  payment,
  signedPayment,
  snapshot,
  stranger,
} from '../support/small-chain.mjs'

const wei = 10n ** 18n

for (const name of browsers) {
  for (const isolate of [true, false]) {
    describe(`bad input in ${name}, ${isolate ? 'threads' : 'one thread'}`, {
      timeout: 300_000,
    }, () => {
      let browser
      let site
      let perform
      let simulator
      before(async () => {
        browser = await openBrowser(name)
        site = await openTestSite({ isolate })
        perform = await openPage(browser.driver, site.url)
        simulator = await perform('create', { state: snapshot, threads: 2 })
        assert.equal(simulator.mode, isolate ? 'threads' : 'single')
      })
      after(async () => {
        await browser?.quit()
        await site?.close()
      })

      const simulate = (transactions, more = {}) =>
        perform('simulateBundle', { id: simulator.id, transactions, ...more })

      /** The simulator still works: numbers worked out by hand. */
      async function stillAnswers() {
        const { status, gasUsed, transactions } = await simulate([
          await signedPayment(),
          payment({ value: 2n }),
        ])
        assert.equal(status, 'success')
        assert.equal(gasUsed, 42_000n)
        assert.deepEqual(
          transactions.map(({ index, from, to, status: each, gasUsed: gas }) => [
            index,
            from.toLowerCase(),
            to.toLowerCase(),
            each,
            gas,
          ]),
          [0, 1].map((index) => [index, alice.address.toLowerCase(), bob, 'success', 21_000n]),
        )
      }

      /** Bundles that must be refused; which transaction, which field, and what was found there. */
      const bundles = [
        {
          what: 'bytes that are no transaction',
          transactions: async () => [await signedPayment(), '0x02deadbeef'],
          facts: { code: 'INVALID_TRANSACTION', index: 1 },
        },
        {
          what: 'text that is not hex',
          transactions: () => ['0xnothex'],
          facts: { code: 'INVALID_TRANSACTION', index: 0 },
          value: /nothex/,
        },
        {
          what: 'a signature for another chain',
          transactions: async () => [await signedPayment({ chainId: 1 })],
          facts: { code: 'INVALID_TRANSACTION', index: 0, field: 'chainId' },
          value: /^(1|0x1)$/,
          expected: [String(chainId), `0x${chainId.toString(16)}`],
        },
        {
          what: 'a nonce gap',
          transactions: async () => [
            await signedPayment(),
            await signedPayment({ nonce: aliceNonce + 2 }),
          ],
          facts: { code: 'INVALID_TRANSACTION', index: 1, field: 'nonce' },
          value: /^(7|0x7)$/,
          expected: ['6', '0x6'],
        },
        {
          what: 'a nonce that was used',
          transactions: async () => [await signedPayment({ nonce: aliceNonce - 1 })],
          facts: { code: 'INVALID_TRANSACTION', index: 0, field: 'nonce' },
          value: /^(4|0x4)$/,
          expected: ['5', '0x5'],
        },
        {
          what: 'a sender who cannot pay',
          transactions: () => [
            payment({
              from: stranger,
              value: wei,
              maxFeePerGas: 2_000_000_000n,
              maxPriorityFeePerGas: 1n,
            }),
          ],
          facts: { code: 'INVALID_TRANSACTION', index: 0 },
        },
        {
          what: 'a field that does not exist',
          transactions: () => [payment({ gasLimit: 21_000n })],
          facts: {},
          field: /gasLimit$/,
        },
      ]

      for (const { what, transactions, facts, value, expected, field } of bundles) {
        it(`refuses ${what} by name and goes on`, async () => {
          const error = await thrownBy(simulate(await transactions()))
          assert.ok(error.isForerunError, JSON.stringify(error))
          for (const [fact, wanted] of Object.entries(facts))
            assert.equal(error[fact], wanted, error.message)
          assert.match(error.code, /^INVALID_(REQUEST|TRANSACTION)$/)
          assert.ok(error.field, 'the field is named')
          if (field) assert.match(error.field, field)
          if (value) assert.match(String(error.value), value)
          if (expected)
            assert.ok(expected.includes(String(error.expected)), `expected ${error.expected}`)
          await stillAnswers()
        })
      }

      for (const threads of [0, 10_000]) {
        it(`refuses ${threads} threads for a call and goes on`, async () => {
          const error = await thrownBy(simulate([payment()], { threads }))
          assert.equal(error.code, 'INVALID_REQUEST')
          assert.equal(error.field, 'threads')
          assert.equal(Number(error.value), threads)
          await stillAnswers()
        })

        it(`refuses a simulator of ${threads} threads`, async () => {
          const error = await thrownBy(perform('create', { state: snapshot, threads }))
          assert.equal(error.code, 'INVALID_REQUEST')
          assert.equal(error.field, 'threads')
          assert.equal(error.value, threads)
          await stillAnswers()
        })
      }

      it('refuses a bundle without transactions and goes on', async () => {
        const error = await thrownBy(simulate([]))
        assert.equal(error.code, 'INVALID_REQUEST')
        assert.equal(error.field, 'transactions')
        await stillAnswers()
      })

      /** Snapshots that must be refused. */
      const snapshots = [
        {
          what: 'an unknown fork',
          change: { fork: 'ATLANTIS' },
          field: /^fork$/,
          value: /ATLANTIS/,
        },
        {
          what: 'a balance that is not hex',
          change: { accounts: { [bob]: { balance: '0xzz', nonce: '0x0' } } },
          field: new RegExp(`^accounts\\.${bob}\\.balance$`, 'i'),
          value: /0xzz/,
        },
        {
          what: 'a code that does not match its hash',
          change: {
            accounts: { [bob]: { balance: '0x0', nonce: '0x1', codeHash: `0x${'ab'.repeat(32)}` } },
            codes: { [`0x${'ab'.repeat(32)}`]: '0x6001' },
          },
          field: /codes?/,
          value: /./,
        },
      ]

      for (const { what, change, field, value } of snapshots) {
        it(`refuses a snapshot with ${what} by name`, async () => {
          const error = await thrownBy(
            perform('create', { state: { ...snapshot, ...change }, threads: 2 }),
          )
          assert.ok(error.isForerunError, JSON.stringify(error))
          assert.equal(error.code, 'INVALID_SNAPSHOT')
          assert.match(error.field, field)
          assert.match(String(error.value), value)
          await stillAnswers()
        })
      }
    })
  }
}
