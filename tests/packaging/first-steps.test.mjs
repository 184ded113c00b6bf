// What README.md has a stranger write first, character by character, in a new project of Vite: in the
// server for development and built.

import assert from 'node:assert/strict'
import { availableParallelism } from 'node:os'
import { after, before, describe, it } from 'node:test'
import { browsers, openBrowser } from '../support/browsers.mjs'
import { installPackage } from '../support/packaging/installed.mjs'
import { fileInReadme } from '../support/packaging/readme.mjs'
import { textOf, wasmAskedFor } from './consumers/visit.mjs'
import { openDevelopment, openPreview, viteVersions } from './consumers/vite-server.mjs'

const example = fileInReadme('src/main.js')
const config = fileInReadme('vite.config.js')

// As the template has it, as far as the example is concerned.
const html = `<!doctype html>
<html lang="en">
  <head><meta charset="UTF-8" /><title>vanilla</title></head>
  <body><div id="app"></div><script type="module" src="/src/main.js"></script></body>
</html>
`

/** A payment costs 21,000; threads need a second core as well as the headers. */
const result = 'success 21000, success 21000'
const isolated = `${availableParallelism() > 1 ? 'threads' : 'single'}: ${result}`

const servers = { development: openDevelopment, preview: openPreview }

describe('the first example of README.md', { timeout: 600_000 }, () => {
  let installed
  const opened = {}
  before(async () => {
    installed = await installPackage()
    for (const name of browsers) opened[name] = await openBrowser(name)
  })
  after(async () => {
    await Promise.allSettled(Object.values(opened).map(({ quit }) => quit()))
    await installed?.remove()
  })

  /** What the page says in a browser, and which wasm it asked for. */
  async function look(browser, open, version, files) {
    const folder = await installed.project({ 'index.html': html, 'src/main.js': example, ...files })
    const site = await open(version, folder)
    try {
      const { driver } = opened[browser]
      const text = await textOf(driver, site.url, 'document.body.innerText.trim()')
      return { text, wasm: await wasmAskedFor(site, installed) }
    } finally {
      await site.close()
    }
  }

  it('has less than ten lines', () => {
    const own = example.split('\n').filter((line) => line !== '' && !line.startsWith('//'))
    assert.ok(own.length < 10, `${own.length} lines`)
  })

  for (const version of viteVersions)
    for (const [name, open] of Object.entries(servers))
      for (const browser of browsers) {
        const place = `in ${version}, ${name}, and ${browser}`
        it(`simulates ${place}, with the configuration beside it`, async () => {
          const files = { 'vite.config.js': config }
          const { text, wasm } = await look(browser, open, version, files)
          assert.equal(text, isolated)
          assert.equal(wasm.length, 1, wasm.join())
        })

        // Vite 7's server for development needs the plugin.
        if (version === 'Vite 8' || name === 'preview')
          it(`simulates ${place}, without any configuration`, async () => {
            const { text, wasm } = await look(browser, open, version, {})
            assert.equal(text, `single: ${result}`)
            assert.deepEqual(wasm, ['forerun-single.wasm'])
          })
      }
})
