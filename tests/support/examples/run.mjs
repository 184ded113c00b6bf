// Runs an example in this process: with the names that it may use, and with a server of the tests in the
// place of every server that it names. What it prints goes out line by line as JSON.

import { readFile, writeFile } from 'node:fs/promises'
import { inspect } from 'node:util'
import { createSimulator, http } from 'forerun'
import { providerOf } from '../remote/page/simulator.js'
import { values } from './chain.mjs'

/** What examples name: servers of nobody, and the node on one's own machine. */
const servers = /https:\/\/([\w-]+\.example)\b|http:\/\/127\.0\.0\.1:8545/g

const shown = (value) =>
  inspect(value, { breakLength: Number.POSITIVE_INFINITY, depth: 9, maxStringLength: 200 })

/** @param {{ file: string, url: string }} what the compiled example, and where the server is */
export async function runExample({ file, url }) {
  const text = await readFile(file, 'utf8')
  const module = file.replace(/\.js$/, '.run.js')
  await writeFile(
    module,
    text.replaceAll(servers, (_, host = 'local') => `${url}${host}`),
  )
  const given = { ...values }
  const uses = (name) => new RegExp(`\\b${name}\\b`).test(text)
  const own = /\b(?:const|using) simulator\b/.test(text)
  if (uses('simulator') && !own) given.simulator = await createSimulator({ source: http(url) })
  // Libraries take a process with a window for a page.
  if (uses('window')) given.window = { ethereum: providerOf(url) }
  Object.assign(globalThis, given)
  const write = console.log
  console.log = (line, ...printed) =>
    write(JSON.stringify({ line, printed: printed.map(shown).join(' ') }))
  try {
    await import(module)
  } finally {
    await given.simulator?.dispose()
  }
}
