// Debian packages, for what neither cargo nor npm can bring. One installation at a time, since apt
// has one lock; what several steps ask for meanwhile waits in line.

import { readFileSync } from 'node:fs'
import { environment, findCommand } from './places.mjs'
import { run } from './run.mjs'
import { installWith, logFile, SetupError } from './step.mjs'

/** Why nothing can be installed here, or undefined. */
export function canInstall() {
  let release = ''
  try {
    release = readFileSync('/etc/os-release', 'utf8')
  } catch {
    // Not a system that says what it is: the same as a foreign one.
  }
  if (!/^ID(_LIKE)?=.*debian/m.test(release) || !findCommand('apt-get'))
    return 'this is not Debian, whose packages this script knows'
  if (process.getuid?.() !== 0 && !findCommand('sudo'))
    return 'installing Debian packages needs root or sudo'
  return undefined
}

/** Runs a command with the rights of root; fails rather than ask for a password. */
export function privileged(command, options) {
  const root = process.getuid?.() === 0
  const [program, all] = root ? [command, options] : ['sudo', ['-n', command, ...options]]
  return installWith(
    program,
    all,
    { env: environment({ DEBIAN_FRONTEND: 'noninteractive' }) },
    `"${command} ${options.join(' ')}" failed: run it yourself with the rights of root, then run this again.`,
  )
}

let last = Promise.resolve()

/** Installs packages, after those that were asked for before. */
export function install(packages) {
  const mine = last.then(() => installNow(packages))
  last = mine.catch(() => {})
  return mine
}

async function installNow(packages) {
  const obstacle = canInstall()
  if (obstacle)
    throw new SetupError(
      `${packages.join(', ')} cannot be installed, ${obstacle}: install what your system calls ${packages.join(', ')}, then run this again.`,
    )
  if (!(await allKnown(packages))) await privileged('apt-get', ['update'])
  const options = ['install', '-y', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=300']
  try {
    await privileged('apt-get', [...options, ...packages])
  } catch {
    // Lists that are out of date name files which are no longer there.
    await privileged('apt-get', ['update'])
    await privileged('apt-get', [...options, ...packages])
  }
}

async function allKnown(packages) {
  const found = await run('apt-cache', ['policy', ...packages], { log: logFile })
  const candidates = found.output.match(/^ {2}Candidate: (?!\(none\)).+/gm) ?? []
  return candidates.length === packages.length
}
