// Workers that die in the middle of a call, in real browsers: the page notices, the call rejects with
// what ran, and the next call is right, on a new engine that nobody had to ask for. And calls that are
// aborted at any time.

import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { browsers, openBrowser } from '../support/browsers.mjs'
import { openPage, openTestSite } from '../support/harness.mjs'
import { longBundle, longState } from '../support/long-bundle.mjs'
import { randomFrom, seedOfRun } from '../support/rpc-server/random.mjs'

// Each over both browsers, with and without threads: 100 of each.
const kills = 25
const traps = 25
const aborts = 25
// Far above what it takes: within a second of a worker's end, which Chromium puts off for two seconds
// where the worker is in wasm, and some milliseconds for an abort. The figures are printed; a busy machine
// must not make this fail.
const noticedWithin = 15_000
const abortedWithin = 5_000
const told = (what, times) => {
  const sorted = [...times].sort((a, b) => a - b).map(Math.round)
  console.log(`${what}: median ${sorted[sorted.length >> 1]} ms, at most ${sorted.at(-1)} ms`)
}

for (const name of browsers)
  for (const threads of [1, 2])
    describe(`faults at random times in ${name}, ${threads} threads`, { timeout: 600_000 }, () => {
      let browser
      let site
      let perform
      let reference
      before(async () => {
        browser = await openBrowser(name)
        site = await openTestSite()
        const path = '/page/faults.html'
        perform = await openPage(browser.driver, site.url, { path, limit: 300_000 })
        reference = await perform('run', { state: longState, request: longBundle, threads })
        assert.equal(reference.mode, threads === 1 ? 'single' : 'threads')
        assert.equal(reference.outputs.length, longBundle.transactions.length)
        assert.equal(new Set(reference.outputs).size, 1)
      })
      after(async () => {
        await browser?.quit()
        await site?.close()
      })

      const seed = seedOfRun()
      const random = randomFrom(seed)
      const bundle = { state: longState, request: longBundle, threads }
      /** Sometimes after the call has ended, too. */
      const anyTime = () => Math.floor(random() * reference.milliseconds * 1.1)
      const isRight = (end) => assert.deepEqual(end.outputs, reference.outputs, `seed ${seed}`)

      it('a worker is killed', async () => {
        console.log(`kills in ${name}: FORERUN_SEED=${seed}`)
        const rounds = Array.from({ length: kills }, () => ({
          after: anyTime(),
          worker: Math.floor(random() * 100),
        }))
        const ends = await perform('kill', { ...bundle, rounds })
        assert.equal(ends.length, kills)
        for (const end of ends) {
          isRight(end.next)
          if (end.outputs) isRight(end)
          else {
            assert.equal(end.error.code, 'WORKER_LOST', `seed ${seed}`)
            assert.deepEqual(end.error.calls, ['simulateBundle'])
          }
        }
        const lost = ends.filter(({ error }) => error)
        assert.ok(lost.length > 0, `seed ${seed}: none was killed in time`)
        told(
          'noticed',
          ends.map(({ noticed }) => noticed),
        )
        assert.ok(
          ends.every(({ noticed }) => noticed < noticedWithin),
          JSON.stringify(ends),
        )
      })

      it('the engine traps', async () => {
        console.log(`traps in ${name}: FORERUN_SEED=${seed}`)
        // On one thread the clock is asked at the beginning of the work and at its end.
        const asked = threads === 1 ? 2 : 20
        let trapped = 0
        for (let round = 0; round < traps; round++) {
          const after = 1 + Math.floor(random() * asked)
          const run = await perform('trap', { ...bundle, after })
          assert.equal(run.status, 'ready')
          if (run.trapped) {
            const [{ error }] = run.ends.splice(-2, 1)
            assert.equal(error.code, 'ENGINE', `seed ${seed}`)
            assert.match(error.details, /the clock broke/)
            assert.deepEqual(error.calls, ['simulateBundle'])
            trapped += 1
          }
          run.ends.forEach(isRight)
        }
        assert.ok(trapped > 0, `seed ${seed}: none trapped`)
      })

      it('a call is aborted', async () => {
        console.log(`aborts in ${name}: FORERUN_SEED=${seed}`)
        const rounds = Array.from({ length: aborts }, anyTime)
        const ends = await perform('abort', { ...bundle, rounds })
        for (const end of ends) {
          assert.ok(['reason', 'result'].includes(end.settled), JSON.stringify(end))
          isRight(end.next)
        }
        const ended = ends.filter(({ settled }) => settled === 'reason')
        assert.ok(ended.length > 0, `seed ${seed}: none was aborted in time`)
        told(
          'rejected',
          ended.map(({ late }) => late),
        )
        assert.ok(
          ended.every(({ late }) => late < abortedWithin),
          JSON.stringify(ended),
        )
      })
    })
