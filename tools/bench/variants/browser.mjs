// A browser page on which builds of ours run beside builds without what makes them fast.

import { fileURLToPath } from 'node:url'
import { plainPlace } from '../../build/wasm.mjs'
import { repository } from '../../setup/places.mjs'
import { openBench } from '../runtimes/browser.mjs'

const page = fileURLToPath(new URL('page', import.meta.url))

/** The two variants of a build, by the names under which their figures come back. */
const variantsOf = (build) => [
  { name: 'ours', glue: `/pkg/${build}/forerun.js`, wasm: `/pkg/${build}/forerun_bg.wasm` },
  { name: 'plain', glue: `/plain/${build}/forerun.js`, wasm: `/plain/${build}/forerun_bg.wasm` },
]

/**
 * Opens the page in a browser with both variants of a build.
 * @param {string} browser
 * @param {'single' | 'threads'} build
 */
export async function openVariants(browser, build) {
  const { folders } = await import('../../../tests/support/harness.mjs')
  const answers = {}
  const bench = await openBench(browser, {
    folders: {
      ...folders,
      '/page/': page,
      '/pkg/': `${repository}/pkg`,
      '/plain/': `${repository}/${plainPlace('')}`,
    },
    answers,
  })
  try {
    await bench.perform('load', { variants: variantsOf(build) })
  } catch (error) {
    await bench.close()
    throw error
  }
  return {
    versions: bench.versions,
    /** Makes a case the one that is measured. */
    async take(subject) {
      answers['/case.json'] = { body: JSON.stringify(subject), type: 'application/json' }
      await bench.perform('take', { caseUrl: '/case.json' })
    },
    /** See the page's own `measure`. */
    measure: (options) => bench.perform('measure', options),
    close: () => bench.close(),
  }
}
