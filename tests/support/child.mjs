// Runs a module in a Node of its own, or a command, which has to end by itself.

import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const limit = 30_000
const repository = fileURLToPath(new URL('../..', import.meta.url))

/** The code and the output of the Node that runs `source`; `code` is null where it had to be ended. */
export async function runModule(source, { folder = repository } = {}) {
  const words = ['--input-type=module', '--eval', source]
  const { code, output } = await runCommand(process.execPath, words, { folder })
  return { code, output: output.trim() }
}

/**
 * The code of a command and what it has written, to each stream and to both; `code` is null where a
 * signal ended it. `input` is what it reads, and `during` is handed its process.
 */
export function runCommand(command, words, { folder = repository, input = '', during } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, words, { cwd: folder, stdio: ['pipe', 'pipe', 'pipe'] })
    const written = { stdout: '', stderr: '', output: '' }
    for (const name of ['stdout', 'stderr'])
      child[name].setEncoding('utf8').on('data', (text) => {
        written[name] += text
        written.output += text
      })
    const timer = setTimeout(() => child.kill('SIGKILL'), limit)
    let failure
    child.on('error', (error) => {
      clearTimeout(timer)
      reject(error)
    })
    child.on('close', (code) => {
      clearTimeout(timer)
      if (failure === undefined) resolve({ code, ...written })
      else reject(failure)
    })
    // Whoever has ended may not have read it.
    child.stdin.on('error', () => {})
    child.stdin.end(input)
    Promise.resolve(during?.(child)).catch((error) => {
      failure = error
      child.kill('SIGKILL')
    })
  })
}
