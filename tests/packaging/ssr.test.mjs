// The packed package in a framework that renders on a server first. To import it there does nothing;
// the page simulates once it is hydrated.

import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { repository } from '../../tools/setup/places.mjs'
import { run } from '../../tools/setup/run.mjs'
import { openBrowser } from '../support/browsers.mjs'
import { installPackage } from '../support/packaging/installed.mjs'
import { holdsEachOnce } from './consumers/built.mjs'
import { onOne, onThreads } from './consumers/outcomes.mjs'
import { files, tools } from './consumers/sveltekit.mjs'
import { outcomeOf, wasmAskedFor } from './consumers/visit.mjs'
import { openBuilt } from './consumers/vite-server.mjs'

const buildLimit = 120_000

/** The headers that a host sends with every file. SvelteKit's own server sends none with files. */
const isolating = {
  name: 'isolating',
  configurePreviewServer({ middlewares }) {
    middlewares.use((_, response, next) => {
      response.setHeader('Cross-Origin-Opener-Policy', 'same-origin')
      response.setHeader('Cross-Origin-Embedder-Policy', 'require-corp')
      next()
    })
  },
}

describe('SvelteKit', { timeout: 300_000 }, () => {
  const home = process.cwd()
  let installed
  let browser
  let folder
  before(async () => {
    installed = await installPackage()
    browser = await openBrowser('chromium')
    folder = await installed.project(files, { tools })
    const vite = join(repository, 'node_modules/vite/bin/vite.js')
    const { ok, output } = await run(process.execPath, [vite, 'build'], {
      cwd: folder,
      limit: buildLimit,
    })
    assert.ok(ok, output)
    // Where SvelteKit looks for its configuration.
    process.chdir(folder)
  })
  after(async () => {
    process.chdir(home)
    await browser?.quit()
    await installed?.remove()
  })

  const withSite = (plugins, use) => async () => {
    const site = await openBuilt('Vite 8', folder, { plugins })
    try {
      await use(site)
    } finally {
      await site.close()
    }
  }

  it('has each wasm file and the worker file once for the browser', () =>
    holdsEachOnce(join(folder, '.svelte-kit/output/client'), installed))

  it(
    'renders on the server without starting anything',
    withSite([], async (site) => {
      const response = await fetch(site.url, { signal: AbortSignal.timeout(30_000) })
      assert.match(await response.text(), /createSimulator is a function/)
    }),
  )

  it(
    'simulates on threads where the page is isolated',
    withSite([isolating], async (site) => {
      assert.deepEqual(await outcomeOf(browser.driver, site.url), onThreads)
      assert.deepEqual(await wasmAskedFor(site, installed), ['forerun-threads.wasm'])
    }),
  )

  it(
    'simulates on one thread where it is not',
    withSite([], async (site) => {
      assert.deepEqual(await outcomeOf(browser.driver, site.url), onOne)
      assert.deepEqual(await wasmAskedFor(site, installed), ['forerun-single.wasm'])
    }),
  )
})
