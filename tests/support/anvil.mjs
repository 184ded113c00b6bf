// anvil, the node of others that our results are compared with: the binary of its npm package,
// started on a free port of the loopback interface and ended with whoever started it.

import { execFileSync, spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { within } from './limit.mjs'

const startLimit = 30_000
const callLimit = 30_000
const endLimit = 10_000

// npm installs that one of its packages which has this system's binary; nothing is downloaded here.
const systems = { darwin: 'darwin', linux: 'linux', win32: 'win32' }
const processors = { x64: 'amd64', arm64: 'arm64' }

function binary() {
  const system = systems[process.platform]
  const processor = processors[process.arch]
  const name = `@foundry-rs/anvil-${system}-${processor}`
  const file = process.platform === 'win32' ? 'anvil.exe' : 'anvil'
  return createRequire(import.meta.url).resolve(`${name}/bin/${file}`)
}

/** Why anvil does not run here, in words for a skipped test, or undefined where it does. */
export function noAnvil() {
  let path
  try {
    path = binary()
  } catch {
    return `anvil's package has no binary for ${process.platform} ${process.arch}, or is not installed`
  }
  try {
    execFileSync(path, ['--version'], { timeout: startLimit, stdio: 'ignore' })
  } catch (error) {
    return `anvil does not run here: ${error.message}`
  }
}

/**
 * Starts a chain that mines only when told to.
 * @param {string[]} [options] of anvil's command line
 */
export async function openAnvil(options = []) {
  const words = ['--host', '127.0.0.1', '--port', '0', '--no-mining', '--order', 'fifo', ...options]
  const child = spawn(binary(), words, { stdio: ['ignore', 'pipe', 'pipe'] })
  const end = () => child.kill('SIGKILL')
  process.once('exit', end)
  const ended = new Promise((resolve) => child.once('close', resolve))
  const close = async () => {
    process.off('exit', end)
    end()
    await within(endLimit, 'end of anvil', ended)
  }
  let url
  try {
    url = await within(startLimit, 'start of anvil', listening(child))
  } catch (error) {
    await close()
    throw error
  }
  let id = 0

  /** One call; throws where the answer is an error. */
  async function rpc(method, ...params) {
    id += 1
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', id, method, params }),
      signal: AbortSignal.timeout(callLimit),
    })
    const { result, error } = await response.json()
    if (error) throw new Error(`${method}: ${error.code} ${error.message}`)
    return result
  }

  return { url, rpc, close }
}

/** Where it listens, from what it prints. */
function listening(child) {
  return new Promise((resolve, reject) => {
    let printed = ''
    const read = (part) => {
      printed += part
      const address = /Listening on ([\d.]+:\d+)/.exec(printed)
      if (address) resolve(`http://${address[1]}/`)
    }
    child.stdout.setEncoding('utf8').on('data', read)
    child.stderr.setEncoding('utf8').on('data', read)
    child.once('error', reject)
    child.once('close', (code) => reject(new Error(`anvil ended with ${code}: ${printed.trim()}`)))
  })
}
