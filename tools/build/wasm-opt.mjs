// wasm-opt, from the npm package binaryen: the one that wasm-pack would fetch is too old for what
// the compiler emits today. Seen to take a quarter off the file, a twelfth off what gzip makes of
// it, and two in a hundred off the time of a bundle.

import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { repository } from '../setup/places.mjs'
import { run } from '../setup/run.mjs'
import { outlineWaits } from './atomic-waits.mjs'
import { replaceCopies } from './copies.mjs'
import { named } from './function-order.mjs'

const level = '-O3'

/**
 * Puts functions in order of their names. By default the most called ones come first, which gzip makes
 * less of. Those of the compiler come first: generic code that was compiled for several types stands
 * together then. From there the order goes by likeness (`function-order.mjs`). 29 kB less in all,
 * compressed, and the code stays as it is.
 */
const byName = '--reorder-functions-by-name'

/** Once more after all else, by a search that takes longer: 0.8 kB less, compressed. */
const fewerLocals = ['--coalesce-locals-learning', '--reorder-locals', '--vacuum']

/** What is tried for `common` of `named`, one after the other. */
const orders = [1000, 300, 1000, 300]

/** The names of functions begin so that are put in here, and have to stay functions. */
const keptFunctions = '__forerun_'

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

/**
 * Optimises a file in place.
 * @param {string} file
 * @param {'threads' | 'single'} build
 * @param {{ plain: boolean }} options `plain`: leaves copies as the compiler made them
 */
export async function optimise(file, build, { plain }) {
  const enabled = build === 'threads' ? [...features, 'threads'] : features
  const binaryen = async (tool, ...options) => {
    const script = join(repository, 'node_modules', 'binaryen', 'bin', tool)
    const switches = enabled.map((feature) => `--enable-${feature}`)
    const ran = await run(process.execPath, [script, ...switches, ...options], { show: true })
    if (!ran.ok) throw new Error(`${tool} refused the ${build} build, see above`)
  }
  const [text, output] = [`${file}.wat`, `${file}.optimised`]
  await binaryen('wasm-dis', file, '-o', text)
  const steps = [...(plain ? [] : [replaceCopies]), ...(build === 'threads' ? [outlineWaits] : [])]
  const changed = steps.reduce((module, step) => step(module), readFileSync(text, 'utf8'))
  writeFileSync(text, changed)
  const passes = [level, ...fewerLocals, byName]
  await binaryen('wasm-opt', `--no-inline=${keptFunctions}*`, ...passes, text, '-o', output)
  // Several orders, each made from the one before, in which calls have other numbers already. Which of
  // them gzip makes least of nobody can tell beforehand.
  let least = Number.POSITIVE_INFINITY
  for (const common of orders) {
    writeFileSync(text, named(readFileSync(output), common))
    await binaryen('wasm-opt', byName, text, '-o', output)
    const bytes = readFileSync(output)
    const { length } = gzipSync(bytes, { level: 9 })
    if (length >= least) continue
    least = length
    writeFileSync(file, bytes)
  }
  for (const step of [text, output]) rmSync(step)
}
