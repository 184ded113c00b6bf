// wasm-opt, from the npm package binaryen: the one that wasm-pack would fetch is too old for what
// the compiler emits today. Seen to take a quarter off the file, a twelfth off what gzip makes of
// it, and two in a hundred off the time of a bundle.

import { renameSync } from 'node:fs'
import { join } from 'node:path'
import { repository } from '../setup/places.mjs'
import { run } from '../setup/run.mjs'

const level = '-O3'

/** What the compiler may have used; anything else in the file is refused. */
const features = [
  'bulk-memory',
  'bulk-memory-opt',
  'call-indirect-overlong',
  'multivalue',
  'mutable-globals',
  'nontrapping-float-to-int',
  'reference-types',
  'sign-ext',
  'simd',
]

/** Optimises a file in place. */
export async function optimise(file, build) {
  const script = join(repository, 'node_modules', 'binaryen', 'bin', 'wasm-opt')
  const enabled = build === 'threads' ? [...features, 'threads'] : features
  const options = [script, level, ...enabled.map((feature) => `--enable-${feature}`)]
  const output = `${file}.optimised`
  const result = await run(process.execPath, [...options, file, '-o', output], { show: true })
  if (!result.ok) throw new Error(`wasm-opt refused the ${build} build, see above`)
  renameSync(output, file)
}
