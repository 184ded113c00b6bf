// `npm run replay -- PATH... [--threads N] [--runtime native|node|chromium|firefox]`: replays real blocks,
// each in parallel and one transaction after another, and compares both with one another and with the
// block's header. A line a block; ends with 1 where anything differs, 2 where the command makes no sense.

import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { buildOrExit } from './build.mjs'
import { environment, repository } from './setup/places.mjs'
import { run } from './setup/run.mjs'
import { setUpOrExit } from './setup.mjs'

const usage = `npm run replay -- PATH... [--threads N] [--runtime native|node|chromium|firefox]

  PATH         a block as JSON, a folder of blocks, or a .tar.gz of such a folder;
               a codes.json beside the blocks holds the contracts' codes
  --threads N  how many threads execute, 1 to 64 (default 2)
  --runtime R  the command line, the package in Node, or a real browser (default native)
`
const runtimes = ['native', 'node', 'chromium', 'firefox']
/** With nothing heard for so long something hangs, and is ended. */
const silence = 120_000

const options = parse(process.argv.slice(2))
const ok =
  options.runtime === 'native' ? await replayNatively(options) : await replayPackage(options)
process.exit(ok ? 0 : 1)

function parse(words) {
  // npm runs scripts in the repository; paths are meant from where it was typed.
  const here = process.env.npm_lifecycle_event === 'replay' ? process.env.INIT_CWD : undefined
  const found = { paths: [], threads: 2, runtime: 'native' }
  while (words.length > 0) {
    const word = words.shift()
    const [name, inline] = word.startsWith('--') ? word.split(/=(.*)/s) : [word]
    const value = () => inline ?? words.shift()
    if (name === '--help') {
      process.stdout.write(usage)
      process.exit(0)
    } else if (name === '--threads') {
      const text = value()
      found.threads = Number(text)
      if (!/^\d+$/.test(text ?? '') || found.threads < 1 || found.threads > 64)
        refuse(`--threads ${text}: not a whole number from 1 to 64`)
    } else if (name === '--runtime') {
      found.runtime = value()
      if (!runtimes.includes(found.runtime))
        refuse(`--runtime ${found.runtime}: not one of ${runtimes.join(', ')}`)
    } else if (name.startsWith('--')) {
      refuse(`unknown option ${name}`)
    } else {
      const path = resolve(here ?? process.cwd(), word)
      if (!existsSync(path)) refuse(`${word}: no such file or folder`)
      found.paths.push(path)
    }
  }
  if (found.paths.length === 0) refuse('a path is missing')
  return found
}

function refuse(problem) {
  process.stderr.write(`replay: ${problem}\n\n${usage}`)
  process.exit(2)
}

async function replayNatively({ paths, threads }) {
  await setUpOrExit()
  const built = await run('cargo', ['build', '--release', '--locked', '--package', 'forerun-cli'], {
    show: true,
    limit: 1_800_000,
  })
  if (!built.ok) {
    process.stderr.write('replay: the native binary could not be built, see above\n')
    return false
  }
  const binary = join(
    process.env.CARGO_TARGET_DIR ?? join(repository, 'target'),
    'release',
    'forerun',
  )
  const ran = await run(binary, ['replay', ...paths, '--threads', String(threads)], {
    show: true,
    env: environment(),
    limit: silence,
    onOutput: (_, setLimit) => setLimit(silence),
  })
  if (ran.timedOut)
    process.stderr.write(`replay: nothing came for ${silence / 1000} s, so it was ended\n`)
  return ran.ok
}

async function replayPackage({ paths, threads, runtime }) {
  await setUpOrExit({ tests: runtime !== 'node' })
  await buildOrExit()
  const options = { paths, threads, limit: silence }
  // Only now: they need what the set-up has installed and what the build has made.
  if (runtime === 'node') {
    const { replayInNode } = await import('./replay/node.mjs')
    return replayInNode(options)
  }
  const { replayInBrowser } = await import('./replay/browser.mjs')
  return replayInBrowser({ ...options, browser: runtime })
}
