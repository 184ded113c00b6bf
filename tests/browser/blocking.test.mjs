// The page's own thread must stay free while a simulator works: everything long is done in workers, and
// what arrives from there must not take long to take in. A thousand transactions with three logs each,
// as a bundle and by JSON-RPC.

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { browsers } from '../support/browsers.mjs'
import { openPage } from '../support/harness.mjs'
import { siteIn } from '../support/site-in.mjs'
import { alice, snapshot } from '../support/small-chain.mjs'

const count = 1_000
const logs = 3
const rounds = 6

const shouter = '0x0000000000000000000000000000000000000517'
// CALLER to word 0; each log has 64 bytes and three topics (NUMBER, GAS, CALLER).
const shout = '335a4360405fa3'
const state = {
  ...snapshot,
  accounts: {
    ...snapshot.accounts,
    [shouter]: { nonce: '0x1', code: `0x335f52${shout.repeat(logs)}00` },
  },
}

const gasLimit = 100_000_000n
const questions = {
  simulateBundle: {
    transactions: Array.from({ length: count }, () => ({
      from: alice.address,
      to: shouter,
      gas: 60_000n,
    })),
    block: { gasLimit },
  },
  eth_simulateV1: [
    {
      blockStateCalls: [
        {
          blockOverrides: { gasLimit: `0x${gasLimit.toString(16)}` },
          calls: Array.from({ length: count }, () => ({
            from: alice.address,
            to: shouter,
            gas: '0xea60',
          })),
        },
      ],
    },
    'latest',
  ],
}

const shown = (milliseconds) => milliseconds.map((each) => each.toFixed(0)).join(', ')

for (const name of browsers)
  describe(`the page's thread in ${name}`, { timeout: 300_000 }, () => {
    const opened = siteIn(name)

    for (const [ask, request] of Object.entries(questions))
      for (const threads of [1, 2])
        it(`is free during ${ask}, ${threads} threads`, async (test) => {
          const perform = await openPage(opened.driver, opened.url, { path: '/page/blocking.html' })
          const { start, calls } = await perform('run', {
            state,
            ask,
            request,
            count: rounds,
            threads,
          })
          for (const call of calls) {
            assert.equal(call.transactions, count)
            assert.equal(call.logs, count * logs)
          }
          const longest = calls.map((call) => call.longest)
          const tasks = calls.flatMap((call) => call.tasks)
          test.diagnostic(
            `at most ${shown(longest)} ms in calls of ${shown(calls.map((call) => call.milliseconds))} ms; ` +
              `${start.longest.toFixed(0)} ms in the start; ` +
              (start.isObserved
                ? `long tasks: ${shown(tasks) || 'none'}`
                : 'long tasks are not told'),
          )
          // How long the thread was busy at a time is printed and not judged: a busy machine stops any
          // thread for a while. That it had its turns while the call went on is what must hold.
          for (const call of calls) assert.ok(call.ticks > 1, 'the page had no turn during a call')
        })
  })
