// wasm-opt, from the npm package binaryen: the one that wasm-pack would fetch is too old for what
// the compiler emits today. Seen to take a quarter off the file, a twelfth off what gzip makes of
// it, and two in a hundred off the time of a bundle.

import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { repository } from '../setup/places.mjs'
import { run } from '../setup/run.mjs'
import { outlineWaits, waitFunctions } from './atomic-waits.mjs'

const level = '-O3'

/**
 * At the end the functions are put in order of their names, which are those of the compiler: what is
 * generic and was compiled for several types stands together then, near enough for gzip, which looks
 * back 32 KiB. By default the most called ones come first. 18 kB less of what gzip makes of the file;
 * it does nothing to the code.
 */
const order = '--reorder-functions-by-name'

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
  const enabled = build === 'threads' ? [...features, 'threads'] : features
  const binaryen = async (tool, ...options) => {
    const script = join(repository, 'node_modules', 'binaryen', 'bin', tool)
    const switches = enabled.map((feature) => `--enable-${feature}`)
    const ran = await run(process.execPath, [script, ...switches, ...options], { show: true })
    if (!ran.ok) throw new Error(`${tool} refused the ${build} build, see above`)
  }
  const output = `${file}.optimised`
  if (build === 'threads') {
    const text = `${file}.wat`
    await binaryen('wasm-dis', file, '-o', text)
    writeFileSync(text, outlineWaits(readFileSync(text, 'utf8')))
    await binaryen('wasm-opt', `--no-inline=${waitFunctions}*`, level, order, text, '-o', output)
    rmSync(text)
  } else {
    await binaryen('wasm-opt', level, order, file, '-o', output)
  }
  renameSync(output, file)
}
