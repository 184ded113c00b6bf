// Runs a module in a Node of its own, which has to end by itself.

import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const limit = 30_000
const repository = fileURLToPath(new URL('../..', import.meta.url))

/** The code and the output of the Node that runs `source`; `code` is null where it had to be ended. */
export function runModule(source, { folder = repository } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--input-type=module', '--eval', source], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let output = ''
    child.stdout.on('data', (data) => {
      output += data
    })
    child.stderr.on('data', (data) => {
      output += data
    })
    const timer = setTimeout(() => child.kill('SIGKILL'), limit)
    child.on('error', reject)
    child.on('close', (code) => {
      clearTimeout(timer)
      resolve({ code, output: output.trim() })
    })
  })
}
