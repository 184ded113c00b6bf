// Replays blocks one after the other, wherever the package runs, and judges what comes out. Where a block
// does not end in time, what it ran in is replaced and the rest goes on.

import { basename } from 'node:path'
import { within } from '../../tests/support/limit.mjs'
import { readBlock, withPack } from './blocks.mjs'
import { Table } from './table.mjs'

/** Before Byzantium a receipt held a state root, which cannot be had from a part of the state. */
const withoutReceiptsRoot = new Set(['FRONTIER', 'HOMESTEAD', 'TANGERINE', 'SPURIOUS_DRAGON'])

/**
 * Replays all blocks at the paths; whether all were right.
 * @param {object} options `open` makes a session with `replay(block, threads)`, which resolves to a result,
 *   `quit()`, and `survives(error)`: whether it can go on after what `replay` threw
 */
export async function replayEach({ paths, threads, limit, open }) {
  const table = new Table()
  let session
  try {
    table.head()
    for (const path of paths)
      await withPack(path, async ({ files, codes }) => {
        for (const file of files) {
          const label = basename(file, '.json')
          try {
            session ??= await open()
            const block = readBlock(file, codes)
            const result = await within(limit, `block ${label}`, session.replay(block, threads))
            table.row(block.fork, result, isRight(block, result))
          } catch (error) {
            table.broken(label, error.message)
            if (session?.survives(error)) continue
            // It may still be busy with it.
            await session?.quit().catch(() => {})
            session = undefined
          }
        }
      })
  } finally {
    await session?.quit()
  }
  table.foot(threads)
  return table.failed === 0
}

/** Nothing may be wrong, and nothing that the header gives may be left unchecked. */
function isRight({ fork, request }, { checks, identical }) {
  const { header } = request.block
  const right = (name) =>
    checks[name] === true || (checks[name] === null && header[name] === undefined)
  return (
    identical === true &&
    right('gasUsed') &&
    right('logsBloom') &&
    checks.requestsHash !== false &&
    (right('receiptsRoot') || (checks.receiptsRoot === null && withoutReceiptsRoot.has(fork)))
  )
}
