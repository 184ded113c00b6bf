// How large the wasm files are: as they are, and as a server would send them.

import { readFileSync } from 'node:fs'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'

/** Prints a table; `files` is a list of name and path. */
export function printSizes(files) {
  const rows = files.map(([name, path]) => {
    const bytes = readFileSync(path)
    const gzip = gzipSync(bytes, { level: 9 }).length
    const brotli = brotliCompressSync(bytes, {
      params: {
        [constants.BROTLI_PARAM_QUALITY]: 11,
        [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
      },
    }).length
    return [name, bytes.length, gzip, brotli].map((cell) =>
      typeof cell === 'number' ? cell.toLocaleString('en-US') : cell,
    )
  })
  rows.unshift(['wasm (bytes)', 'raw', 'gzip -9', 'brotli 11'])
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)))
  for (const [first, ...rest] of rows)
    console.log(
      `  ${first.padEnd(widths[0])}${rest.map((cell, index) => cell.padStart(widths[index + 1] + 3)).join('')}`,
    )
}
