// What the set-up prints: a line for each step, saying whether it was skipped and how long it took.

import { join } from 'node:path'
import { logs } from './places.mjs'
import { run } from './run.mjs'

/** Something that set-up cannot install. The message names it and says how to get it. */
export class SetupError extends Error {
  name = 'SetupError'
}

export const logFile = join(logs, 'setup.log')

export function seconds(milliseconds) {
  return `${(milliseconds / 1000).toFixed(1)} s`
}

/**
 * Makes sure of one thing. `present` says what is there already (a text) or undefined; `install`
 * brings it and returns what is there then.
 */
export async function step(name, { present, install }) {
  const started = performance.now()
  const there = await present()
  if (there) {
    console.log(`  ${name}: there already, ${there}`)
    return
  }
  console.log(`  ${name}: installing ...`)
  const now = await install()
  console.log(`  ${name}: installed, ${now} (${seconds(performance.now() - started)})`)
}

/** Runs a command of an installation; where it fails, the end of what it printed is shown. */
export async function installWith(command, options, settings, sentence) {
  const result = await run(command, options, { log: logFile, limit: 1_800_000, ...settings })
  if (result.ok) return result
  const tail = result.output.trimEnd().split('\n').slice(-15).join('\n')
  const ending = result.timedOut ? 'did not end in time' : `ended with code ${result.code}`
  throw new SetupError(
    `${sentence}\n("${command} ${options.join(' ')}" ${ending}; all it printed is in ${logFile})\n${tail}`,
  )
}
