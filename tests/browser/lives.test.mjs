// A page on which simulators come and go must not keep anything of those that are gone. What counts is
// the memory of its process, in which the workers run too.

import assert from 'node:assert/strict'
import { platform } from 'node:os'
import { describe, it } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { browsers, collectGarbage, withBrowser } from '../support/browsers.mjs'
import { openPage, openTestSite } from '../support/harness.mjs'
import { memoryOfPage } from '../support/process-memory.mjs'
import { payment, snapshot } from '../support/small-chain.mjs'

const early = 5
const late = 50
const allowance = 1.2
/** Workers that were ended in wasm take up to two seconds to go, and what they had goes bit by bit. */
const pause = 500
const patience = 90_000

const mebibytes = (bytes) => `${(bytes / 2 ** 20).toFixed(1)} MiB`

for (const name of browsers)
  describe(`simulators that come and go in ${name}`, { timeout: 600_000 }, () => {
    it(`have left no more behind after ${late} rounds than after ${early}, but for a fifth`, {
      skip: platform() !== 'linux' && 'memory is read as Linux tells it',
    }, async (test) => {
      await withBrowser(name, async (driver) => {
        const site = await openTestSite()
        try {
          const perform = await openPage(driver, site.url, { path: '/page/options.html' })
          const rounds = (count) =>
            perform('rounds', {
              count,
              state: snapshot,
              request: { transactions: [payment()] },
              threads: 2,
              requireThreads: true,
            })
          /** Memory as soon as it is enough, or after some time. */
          const rest = async (isEnough) => {
            const until = performance.now() + patience
            let last = Number.POSITIVE_INFINITY
            for (;;) {
              await collectGarbage(name, driver)
              await wait(pause)
              const now = await memoryOfPage(driver)
              if (isEnough(now, last) || performance.now() > until) return now
              last = now
            }
          }
          await rounds(early)
          // Still to within a hundredth from one look to the next.
          const base = await rest((now, last) => now > last * 0.99)
          await rounds(late - early)
          const end = await rest((now) => now <= base * allowance)
          test.diagnostic(
            `after ${early} rounds ${mebibytes(base)}, after ${late} ${mebibytes(end)}`,
          )
          assert.ok(end <= base * allowance, `${mebibytes(base)}, then ${mebibytes(end)}`)
        } finally {
          await site.close()
        }
      })
    })
  })
