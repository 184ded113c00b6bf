// Runs a command to its end: with a time limit, with its output kept (and shown as it comes, where
// asked for), and with everything that it started ended together with it.

import { spawn } from 'node:child_process'
import { createWriteStream, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { environment, repository } from './places.mjs'

const groups = new Set()

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
  process.once(signal, () => {
    for (const group of groups) end(group, 'SIGTERM')
    process.exit(130)
  })

/**
 * Resolves in any case, also where the command could not be started.
 *
 * - `limit`: milliseconds until it is ended
 * - `show`: whether its output is passed on as it comes
 * - `log`: a file that receives its output
 * - `onOutput`: is called with each piece of text and with a function that sets a new limit
 */
export function run(command, options, settings = {}) {
  const {
    cwd = repository,
    env = environment(),
    limit = 600_000,
    show = false,
    log,
    onOutput,
  } = settings
  return new Promise((resolve) => {
    const started = performance.now()
    // A group of its own, so that ending it ends the compilers and browsers below it too.
    const child = spawn(command, options, {
      cwd,
      env,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    if (log) mkdirSync(dirname(log), { recursive: true })
    const file = log && createWriteStream(log, { flags: 'a' })
    // A log that cannot be written is no reason to stop.
    file?.on('error', () => {})
    file?.write(`$ ${command} ${options.join(' ')}\n`)
    let output = ''
    let timedOut = false
    let failure
    let killing
    let leaving
    const stop = () => {
      timedOut = true
      end(child.pid, 'SIGTERM')
      killing = setTimeout(() => {
        end(child.pid, 'SIGKILL')
        // Something that left the group may hold the pipes open for ever.
        child.stdout.destroy()
        child.stderr.destroy()
      }, 5_000)
    }
    let timer = setTimeout(stop, limit)
    const setLimit = (milliseconds) => {
      clearTimeout(timer)
      timer = setTimeout(stop, milliseconds)
    }
    const take = (stream) => (bytes) => {
      const text = bytes.toString()
      output += text
      file?.write(text)
      if (show) stream.write(text)
      onOutput?.(text, setLimit)
    }
    child.stdout.on('data', take(process.stdout))
    child.stderr.on('data', take(process.stderr))
    if (child.pid !== undefined) groups.add(child.pid)
    child.on('error', (error) => {
      failure = error
      if (child.pid === undefined) finish(null)
    })
    child.on('exit', () => {
      // What the command left behind may hold the pipes open; it gets a moment to end by itself.
      leaving = setTimeout(() => end(child.pid, 'SIGKILL'), 5_000)
    })
    child.on('close', finish)
    function finish(code) {
      clearTimeout(timer)
      clearTimeout(killing)
      clearTimeout(leaving)
      groups.delete(child.pid)
      // A server or browser that the command has left behind goes with it.
      end(child.pid, 'SIGKILL')
      file?.end()
      if (failure) output += String(failure.message)
      const milliseconds = performance.now() - started
      resolve({ ok: code === 0 && !timedOut, code, output, timedOut, milliseconds })
    }
  })
}

function end(pid, signal) {
  if (pid === undefined) return
  try {
    process.kill(-pid, signal)
  } catch {
    // Already gone.
  }
}
