// Builds everything that a page needs: both wasm builds, the npm package's files in web/dist and
// the demo in demo/dist. Steps whose inputs have not changed are skipped.

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { printSizes } from './build/sizes.mjs'
import { unlessDone } from './build/stamp.mjs'
import { builds, buildWasm, wasmFacts } from './build/wasm.mjs'
import { repository } from './setup/places.mjs'
import { run } from './setup/run.mjs'
import { seconds } from './setup/step.mjs'
import { setUpOrExit } from './setup.mjs'

/** What makes a build, besides sources. */
export const recipe = ['tools/build', 'tools/setup/versions.mjs', 'package-lock.json']

/** The sources of both wasm builds. */
export const wasmInputs = [
  'Cargo.toml',
  'Cargo.lock',
  'crate/allocator/Cargo.toml',
  'crate/allocator/src',
  'crate/executor/Cargo.toml',
  'crate/executor/src',
  'crate/simulator/Cargo.toml',
  'crate/simulator/src',
  'crate/wasm/Cargo.toml',
  'crate/wasm/src',
]

/** Builds what has changed; throws where a step fails. */
export async function buildAll() {
  const started = performance.now()
  console.log('Build')
  const facts = await wasmFacts()
  // Side by side: while one is optimised, which takes one core, the other is compiled.
  const outcomes = await Promise.allSettled(
    builds.map((build) =>
      unlessDone(
        `wasm-${build}`,
        { inputs: [...wasmInputs, ...recipe], outputs: [`pkg/${build}`], facts },
        () => buildWasm(build),
      ),
    ),
  )
  for (const { reason } of outcomes) if (reason) throw reason
  await unlessDone(
    'web',
    {
      inputs: ['web', 'pkg', 'package.json', ...recipe],
      ignore: /^web\/(dist|test|node_modules)\//,
      outputs: ['web/dist'],
    },
    () => node('web/build.mjs'),
  )
  if (existsSync(join(repository, 'demo', 'index.html')))
    await unlessDone(
      'demo',
      {
        inputs: ['demo', 'web/dist', ...recipe],
        ignore: /^demo\/(dist|node_modules)\//,
        outputs: ['demo/dist'],
      },
      () => node('node_modules/vite/bin/vite.js', 'build', 'demo'),
    )
  printSizes(builds.map((build) => [build, join(repository, 'pkg', build, 'forerun_bg.wasm')]))
  console.log(`Build done (${seconds(performance.now() - started)})`)
}

/** `buildAll` for a command line: says what failed and ends. */
export async function buildOrExit() {
  try {
    await buildAll()
  } catch (error) {
    console.error(`\nThe build failed: ${error.message}`)
    process.exit(1)
  }
}

async function node(script, ...options) {
  const result = await run(process.execPath, [join(repository, script), ...options], { show: true })
  if (!result.ok)
    throw new Error(
      `node ${[script, ...options].join(' ')} ${result.timedOut ? 'did not end' : `ended with code ${result.code}`}`,
    )
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await setUpOrExit()
  await buildOrExit()
}
