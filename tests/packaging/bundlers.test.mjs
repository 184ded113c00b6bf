// The packed package under each bundler, and under none: nothing that it loads gets lost or comes twice,
// and the built page simulates in real browsers, on threads where it is isolated.

import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { browsers, openBrowser } from '../support/browsers.mjs'
import { installPackage } from '../support/packaging/installed.mjs'
import { phraseInReadme } from '../support/packaging/readme.mjs'
import { openSite } from '../support/site.mjs'
import { holdsEachOnce } from './consumers/built.mjs'
import { onOne, onThreads } from './consumers/outcomes.mjs'
import { projects } from './consumers/projects.mjs'
import { outcomeOf, wasmAskedFor } from './consumers/visit.mjs'

let installed
const opened = {}
before(
  async () => {
    installed = await installPackage()
    for (const name of browsers) opened[name] = await openBrowser(name)
  },
  { timeout: 300_000 },
)
after(async () => {
  await Promise.allSettled(Object.values(opened).map(({ quit }) => quit()))
  await installed?.remove()
})

/** Serves a built page for one visit. */
async function visit(browser, folder, options) {
  const site = await openSite({ folders: { '/': folder }, ...options })
  try {
    const outcome = await outcomeOf(opened[browser].driver, `${site.url}/index.html`)
    return { outcome, wasm: await wasmAskedFor(site, installed) }
  } finally {
    await site.close()
  }
}

for (const project of projects)
  describe(project.name, { timeout: 300_000 }, () => {
    let output
    before(async () => {
      output = await project.build(await installed.project(project.files))
    })

    it('has each wasm file and the worker file once', () => holdsEachOnce(output, installed))

    for (const browser of browsers) {
      it(`simulates on threads in ${browser} where the page is isolated`, async () => {
        const { outcome, wasm } = await visit(browser, output, { isolate: true })
        assert.deepEqual(outcome, onThreads)
        assert.deepEqual(wasm, ['forerun-threads.wasm'])
      })

      it(`simulates on one thread in ${browser} where it is not`, async () => {
        const { outcome, wasm } = await visit(browser, output, { isolate: false })
        assert.deepEqual(outcome, onOne)
        assert.deepEqual(wasm, ['forerun-single.wasm'])
      })

      // Without a bundler the page has a script within its HTML, the import map.
      if (project.name !== 'no bundler')
        it(`runs threads in ${browser} under the policy that README.md gives`, async () => {
          const policy = phraseInReadme(/^default-src 'none';/)
          const { outcome } = await visit(browser, output, {
            headers: { 'Content-Security-Policy': policy },
          })
          assert.deepEqual(outcome, onThreads)
        })
    }
  })
