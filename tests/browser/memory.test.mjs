// The memory of an engine: what is reserved, what becomes of a reservation that the browser refuses, and
// what the simulator says of it.

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { browsers, withBrowser } from '../support/browsers.mjs'
import { openPage, thrownBy } from '../support/harness.mjs'
import { siteIn } from '../support/site-in.mjs'
import { alice, snapshot } from '../support/small-chain.mjs'

const path = '/page/options.html'
const mebibyte = 2 ** 20
const page = 65_536

/** Writes a byte behind 3 MiB of memory, which the EVM has to set up before. */
const wide = { from: alice.address, data: '0x60016230000053', gas: 30_000_000n }
const request = { transactions: [wide] }

for (const name of browsers)
  describe(`memory in ${name}`, { timeout: 180_000 }, () => {
    const opened = siteIn(name)
    let perform
    const open = async () => {
      perform = await openPage(opened.driver, opened.url, { path })
    }

    for (const threads of [1, 2])
      it(`is told as it grows, ${threads} threads`, async () => {
        await open()
        const { memory } = await perform('open', { state: snapshot, threads })
        assert.equal(memory.maximumBytes, threads === 1 ? undefined : 1_024 * mebibyte)
        assert.equal(memory.bytes % page, 0)
        const grown = await perform('grow', { request })
        assert.equal(grown.status, 'success')
        assert.ok(grown.memory.bytes >= memory.bytes + 3 * mebibyte, JSON.stringify(grown.memory))
        assert.equal(await perform('close'), 'none')
      })

    it('has the maximum that was asked for', async () => {
      await open()
      for (const maximumPages of [4_096, 65_536]) {
        const options = { state: snapshot, threads: 2, memory: { maximumPages } }
        const { mode, memory } = await perform('open', options)
        assert.equal(mode, 'threads')
        assert.equal(memory.maximumBytes, maximumPages * page)
        await perform('close')
      }
    })

    it('has half of it, and half of that, where the browser has no room', async () => {
      await open()
      const { mode, memory } = await perform('startTight', {
        state: snapshot,
        threads: 2,
        room: 5_000,
      })
      assert.equal(mode, 'threads')
      assert.equal(memory.maximumBytes, 256 * mebibyte)
    })

    it('is that of one thread, with the reason, where there is room for nothing', async () => {
      await open()
      const tight = { state: snapshot, threads: 2, room: 0 }
      const { mode, fallbackReason, memory } = await perform('startTight', tight)
      assert.equal(mode, 'single')
      assert.equal(fallbackReason, 'memory')
      assert.equal(memory.maximumBytes, undefined)
      const error = await thrownBy(perform('startTight', { ...tight, requireThreads: true }))
      assert.equal(error.code, 'THREADS_UNAVAILABLE')
      assert.equal(error.reason, 'memory')
    })

    // In a browser of its own: what earlier pages had reserved could come free in between.
    it('is known to be the reason when the browser has really used up its room', async () => {
      await withBrowser(name, async (driver) => {
        const alone = await openPage(driver, opened.url, { path })
        assert.ok((await alone('exhaust')) > 0)
        const required = { state: snapshot, threads: 2, requireThreads: true }
        const error = await thrownBy(alone('open', required))
        assert.equal(error.code, 'THREADS_UNAVAILABLE')
        assert.equal(error.reason, 'memory')
      })
    })
  })
