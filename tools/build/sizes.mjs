// How large the wasm files are: as they are, and as a server would send them.

import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { target } from '../setup/places.mjs'

/** What was measured last, by content: brotli at its best takes seconds. */
const known = join(target, 'stamps', 'sizes.json')

/** Prints a table; `files` is a list of name and path. */
export function printSizes(files) {
  const before = measuredBefore()
  const now = {}
  const rows = files.map(([name, path]) => {
    const bytes = readFileSync(path)
    const digest = createHash('sha256').update(bytes).digest('hex')
    now[digest] = before[digest] ?? measure(bytes)
    return [name, ...now[digest].map((size) => size.toLocaleString('en-US'))]
  })
  mkdirSync(dirname(known), { recursive: true })
  writeFileSync(known, JSON.stringify(now))
  rows.unshift(['wasm (bytes)', 'raw', 'gzip -9', 'brotli 11'])
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)))
  for (const [first, ...rest] of rows)
    console.log(
      `  ${first.padEnd(widths[0])}${rest.map((cell, index) => cell.padStart(widths[index + 1] + 3)).join('')}`,
    )
}

function measuredBefore() {
  try {
    return JSON.parse(readFileSync(known, 'utf8'))
  } catch {
    return {}
  }
}

function measure(bytes) {
  const params = {
    [constants.BROTLI_PARAM_QUALITY]: 11,
    [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
  }
  return [
    bytes.length,
    gzipSync(bytes, { level: 9 }).length,
    brotliCompressSync(bytes, { params }).length,
  ]
}
