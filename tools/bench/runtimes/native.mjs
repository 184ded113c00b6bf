// The native command line as a runtime: a process for each measurement, so that none inherits the
// heap of another.

import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { repository, target } from '../../setup/places.mjs'
import { run } from '../../setup/run.mjs'

const buildLimit = 1_800_000
const caseLimit = 300_000

const binaries = join(process.env.CARGO_TARGET_DIR ?? join(repository, 'target'), 'release')
/** Runs blocks of transactions and prints the state they leave behind. */
export const deployBinary = join(binaries, 'examples', 'deploy')
const memoryBinary = join(binaries, 'examples', 'memory')

/** Builds the command line and its examples; throws where that fails. */
export async function buildNative() {
  const options = ['build', '--release', '--locked', '--package', 'forerun-cli']
  options.push('--no-default-features')
  const built = await run('cargo', [...options, '--bins', '--examples'], {
    show: true,
    limit: buildLimit,
  })
  if (!built.ok) throw new Error('the native binaries could not be built, see above')
}

export async function openNative() {
  const folder = join(target, 'bench', 'running')
  mkdirSync(folder, { recursive: true })
  const file = join(folder, 'case.json')

  async function perform(binary, options) {
    const ran = await run(binary, options, { limit: caseLimit })
    const json = /^\{.*\}$/m.exec(ran.output)?.[0]
    if (ran.timedOut) throw new Error(`nothing after ${caseLimit / 1000} s`)
    // A result that differs comes with its JSON, and with code 1.
    if (json === undefined) throw new Error(ran.output.trim() || `ended with code ${ran.code}`)
    return JSON.parse(json)
  }

  return {
    name: 'native',
    versions: {},
    /** Measures a case; how many turns follows from a first result, where it is no number. */
    async measure({ state, request }, threads, turns) {
      writeFileSync(file, JSON.stringify({ state, request }))
      const bench = (count) =>
        perform(join(binaries, 'forerun'), [
          'bench',
          file,
          ...['--threads', String(threads)],
          ...['--turns', String(count)],
        ])
      return bench(typeof turns === 'number' ? turns : turns(await bench(0)))
    },
    /** The same with bytes at the peak instead of milliseconds. */
    async measureMemory({ state, request }, threads) {
      writeFileSync(file, JSON.stringify({ state, request }))
      return perform(memoryBinary, [file, String(threads)])
    },
    /** How long the sequential loop takes alone, and two of them at once. */
    async ceiling({ state, request }, turns) {
      writeFileSync(file, JSON.stringify({ state, request }))
      const options = ['--turns', String(turns), '--ceiling']
      return perform(join(binaries, 'forerun'), ['bench', file, ...options])
    },
    /** Estimates how a case would run with these numbers of workers. */
    async model({ state, request }, workers) {
      writeFileSync(file, JSON.stringify({ state, request }))
      return perform(join(binaries, 'forerun'), ['bench', file, '--model', workers.join()])
    },
    async close() {
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
