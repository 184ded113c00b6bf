#!/usr/bin/env node
// The command `forerun`: what concerns the process. What the commands do is in files of their own.

import { type Command, parseCommand } from './arguments.js'
import { codeOfError, exitCodes } from './exit-codes.js'
import { help, version } from './help.js'
import { describeError, errorDocument } from './messages.js'
import { ProgressLine } from './progress-line.js'
import { replay } from './replay.js'
import { simulate } from './simulate.js'
import type { Surroundings } from './surroundings.js'

// By the custom of shells: 128 and the number of the signal.
const signals = { SIGINT: exitCodes.interrupted, SIGTERM: 143, SIGHUP: 129 } as const

const ending = new AbortController()
// Once: a second one ends the process on the spot.
for (const [signal, code] of Object.entries(signals)) process.once(signal, () => ending.abort(code))

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // Whoever reads may have seen enough, as `head` has.
  if (error.code === 'EPIPE') return
  process.stderr.write(`forerun: standard output: ${error.message}\n`)
  process.exit(exitCodes.engine)
})

const progress = new ProgressLine(process.stderr)
const surroundings: Surroundings = {
  stdin: process.stdin,
  write: (text) => {
    progress.clear()
    process.stdout.write(text)
  },
  onProgress: progress.isShown ? (each) => progress.show(each) : undefined,
  signal: ending.signal,
}

const perform = (command: Command): Promise<number> | number => {
  switch (command.name) {
    case 'help':
      surroundings.write(help)
      return exitCodes.success
    case 'version':
      surroundings.write(`forerun ${version()}\n`)
      return exitCodes.success
    case 'simulate':
      return simulate(command, surroundings)
    case 'replay':
      return replay(command, surroundings)
  }
}

const words = process.argv.slice(2)
try {
  process.exitCode = await perform(parseCommand(words))
} catch (error) {
  progress.clear()
  if (ending.signal.aborted) process.exitCode = ending.signal.reason as number
  else {
    process.stderr.write(`forerun: ${describeError(error)}\n`)
    // A command line that cannot be read has no options either.
    if (words.includes('--json')) surroundings.write(errorDocument(error))
    process.exitCode = codeOfError(error)
  }
} finally {
  progress.clear()
}
