// `npm run conformance -- KIND PATH... [--threads N] [--method M] [--sample N] [--seed S] [--json]
// [--runtime native|node|chromium|firefox] [--fast]`: runs test suites of Ethereum's execution clients.
// A line a failure, then how many passed, failed and were skipped, and why; ends with 1 where anything
// failed, 2 where the command makes no sense.

import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { buildOrExit } from './build.mjs'
import { environment, repository } from './setup/places.mjs'
import { run } from './setup/run.mjs'
import { setUpOrExit } from './setup.mjs'

const usage = `npm run conformance -- KIND PATH... [options]

  KIND         state-tests, blockchain-tests, tracers or rpc
  PATH         a file of tests, a folder (with all below it), or a .tar.gz of such a folder;
               of rpc a folder with genesis.json, chain.rlp and vectors, or a .tar.gz of it
  --threads N  how many cases of state-tests and tracers run at once, or how many workers
               execute a block of the others, 1 to 64 (default 2)
  --method M   of rpc, the vectors whose path holds M
  --sample N   runs N of the cases; of rpc N of each PATH
  --seed S     which ones, a number (default 0)
  --json       one JSON object a failure, and one with the sums
  --runtime R  native, node, or a real browser: chromium or firefox (default native); in node
               only rpc has more than one thread
  --fast       natively, the interpreter of the wasm builds and not revm's own
`
const kinds = ['state-tests', 'blockchain-tests', 'tracers', 'rpc']
const runtimes = ['native', 'node', 'chromium', 'firefox']
const buildLimit = 1_800_000
/** The largest suite takes minutes on a slow machine; single cases of it take more than one. */
const runLimit = 3_600_000

const options = parse(process.argv.slice(2))
process.exit(options.runtime === 'native' ? await runNatively(options) : await runModule(options))

async function runNatively({ kind, paths, threads, sample, seed, json, fast, method }) {
  await setUpOrExit()
  const words = ['build', '--release', '--locked', '--package', 'forerun-cli']
  if (fast) words.push('--features', 'fast-interpreter')
  const built = await run('cargo', words, { show: true, limit: buildLimit })
  if (!built.ok) {
    process.stderr.write('conformance: the native binary could not be built, see above\n')
    return 1
  }
  const binary = join(
    process.env.CARGO_TARGET_DIR ?? join(repository, 'target'),
    'release',
    'forerun',
  )
  const command = ['conformance', kind, ...paths, '--threads', threads, '--seed', seed]
  if (sample !== undefined) command.push('--sample', sample)
  if (json) command.push('--json')
  if (method !== undefined) command.push('--method', method)
  const ran = await run(binary, command, { show: true, env: environment(), limit: runLimit })
  if (ran.timedOut)
    process.stderr.write(`conformance: not done in ${runLimit / 60_000} min, so it was ended\n`)
  return ran.ok ? 0 : ran.code === 2 ? 2 : 1
}

/** In a browser, or in Node. */
async function runModule({ threads, sample, runtime, ...rest }) {
  await setUpOrExit({ tests: runtime !== 'node' })
  await buildOrExit()
  // Only now: they need what the set-up has installed and what the build has made.
  const { buildModule } = await import('./conformance/module.mjs')
  const { NoTests } = await import('./conformance/files.mjs')
  try {
    await buildModule()
  } catch (error) {
    process.stderr.write(`conformance: ${error.message}\n`)
    return 1
  }
  const options = { ...rest, threads: Number(threads), sample: sample && Number(sample) }
  try {
    if (rest.kind === 'rpc') {
      const { runVectors } = await import('./conformance/vectors.mjs')
      return (await runVectors({ ...options, runtime })) ? 0 : 1
    }
    const { runCases } = await import('./conformance/cases.mjs')
    return (await runCases(options, await placeOf(runtime, options.threads))) ? 0 : 1
  } catch (error) {
    process.stderr.write(`conformance: ${error.message}\n`)
    return error instanceof NoTests ? 2 : 1
  }
}

async function placeOf(runtime, threads) {
  if (runtime === 'node') return new (await import('./conformance/node.mjs')).NodeModule()
  return new (await import('./conformance/browser.mjs')).Page(runtime, threads)
}

function parse(words) {
  // npm runs scripts in the repository; paths are meant from where it was typed.
  const here = process.env.npm_lifecycle_event === 'conformance' ? process.env.INIT_CWD : undefined
  const found = { kind: undefined, paths: [], threads: '2', seed: '0', runtime: 'native' }
  while (words.length > 0) {
    const word = words.shift()
    const [name, inline] = word.startsWith('--') ? word.split(/=(.*)/s) : [word]
    const value = () => inline ?? words.shift()
    if (name === '--help') {
      process.stdout.write(usage)
      process.exit(0)
    } else if (name === '--runtime') {
      found.runtime = value()
      if (!runtimes.includes(found.runtime))
        refuse(`--runtime ${found.runtime}: not one of ${runtimes.join(', ')}`)
    } else if (name === '--method') {
      found.method = value()
      if (!found.method) refuse('--method: a part of a path is missing')
    } else if (name === '--json' || name === '--fast') {
      found[name.slice(2)] = true
    } else if (name === '--threads' || name === '--sample' || name === '--seed') {
      found[name.slice(2)] = wholeNumber(name, value())
    } else if (name.startsWith('--')) {
      refuse(`unknown option ${name}`)
    } else if (found.kind === undefined) {
      if (!kinds.includes(word)) refuse(`${word}: not one of ${kinds.join(', ')}`)
      found.kind = word
    } else {
      const path = resolve(here ?? process.cwd(), word)
      if (!existsSync(path)) refuse(`${word}: no such file or folder`)
      found.paths.push(path)
    }
  }
  if (found.kind === undefined) refuse('the kind of tests is missing')
  if (found.paths.length === 0) refuse('a path is missing')
  if (found.method !== undefined && found.kind !== 'rpc') refuse('--method is for rpc')
  return found
}

function wholeNumber(name, text) {
  if (!/^\d{1,15}$/.test(text ?? '')) refuse(`${name} ${text}: not a whole number`)
  if (name === '--threads' && (Number(text) < 1 || Number(text) > 64))
    refuse(`${name} ${text}: not a whole number from 1 to 64`)
  return text
}

function refuse(problem) {
  process.stderr.write(`conformance: ${problem}\n\n${usage}`)
  process.exit(2)
}
