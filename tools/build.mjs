// Builds everything that a page needs: both wasm builds, the npm package's files in web/dist and
// the demo in demo/dist. Steps whose inputs have not changed are skipped. With --plain also what
// benchmarks compare with, in target/plain.

import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { printSizes } from './build/sizes.mjs'
import { unlessDone } from './build/stamp.mjs'
import {
  allocationPlace,
  buildAllocation,
  buildPlain,
  builds,
  buildWasm,
  plainPlace,
  wasmFacts,
} from './build/wasm.mjs'
import { repository } from './setup/places.mjs'
import { run } from './setup/run.mjs'
import { seconds } from './setup/step.mjs'
import { setUpOrExit } from './setup.mjs'

/** What makes wasm, besides sources. */
export const recipe = [
  'tools/build',
  'tools/setup/versions.mjs',
  'node_modules/binaryen/package.json',
]

/** Crates that are in neither wasm build. */
const elsewhere = ['bench-wasm', 'cli', 'conformance', 'conformance-wasm']

/** The sources of both wasm builds. */
export const wasmInputs = [
  'Cargo.toml',
  'Cargo.lock',
  ...readdirSync(join(repository, 'crate'))
    .filter((crate) => !elsewhere.includes(crate))
    .sort()
    .flatMap((crate) => [`crate/${crate}/Cargo.toml`, `crate/${crate}/src`]),
]

/** Builds what has changed; throws where a step fails. */
export async function buildAll() {
  const started = performance.now()
  console.log('Build')
  const facts = await wasmFacts()
  await sideBySide(
    builds.map((build) =>
      unlessDone(
        `wasm-${build}`,
        { inputs: [...wasmInputs, ...recipe], outputs: [`pkg/${build}`], facts },
        () => buildWasm(build),
      ),
    ),
  )
  await unlessDone(
    'web',
    {
      inputs: ['web', 'pkg', 'package.json', 'package-lock.json'],
      ignore: /^web\/(dist|test|node_modules)\//,
      outputs: ['web/dist'],
    },
    () => node('web/build.mjs'),
  )
  if (existsSync(join(repository, 'demo', 'index.html')))
    await unlessDone(
      'demo',
      {
        inputs: ['demo', 'web/dist', 'package-lock.json'],
        ignore: /^demo\/(dist|node_modules)\//,
        outputs: ['demo/dist'],
      },
      () => node('node_modules/vite/bin/vite.js', 'build', 'demo'),
    )
  printSizes(builds.map((build) => [build, join(repository, 'pkg', build, 'forerun_bg.wasm')]))
  console.log(`Build done (${seconds(performance.now() - started)})`)
}

/** Builds what benchmarks compare with: both wasm builds again, without the feature `fast`. */
export async function buildPlainOnes() {
  const facts = await wasmFacts()
  const inputs = [...wasmInputs, ...recipe]
  await sideBySide(
    builds.map((build) =>
      unlessDone(`wasm-plain-${build}`, { inputs, outputs: [plainPlace(build)], facts }, () =>
        buildPlain(build),
      ),
    ),
  )
}

/** Builds the modules in which benchmarks allocate: with the feature `fast`, and without. */
export async function buildAllocationOnes() {
  const facts = await wasmFacts()
  const sources = ['bench-wasm', 'allocator'].flatMap((crate) => [
    `crate/${crate}/Cargo.toml`,
    `crate/${crate}/src`,
  ])
  const inputs = ['Cargo.toml', 'Cargo.lock', ...sources, ...recipe]
  await sideBySide(
    [false, true].map((plain) =>
      unlessDone(
        `wasm-allocation${plain ? '-plain' : ''}`,
        { inputs, outputs: [allocationPlace(plain)], facts },
        () => buildAllocation(plain),
      ),
    ),
  )
}

/** While one is optimised, which takes one core, the other is compiled. */
async function sideBySide(steps) {
  for (const { reason } of await Promise.allSettled(steps)) if (reason) throw reason
}

/** `buildAll`, or another build, for a command line: says what failed and ends. */
export async function buildOrExit(build = buildAll) {
  try {
    await build()
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
  if (process.argv.includes('--plain')) await buildOrExit(buildPlainOnes)
}
