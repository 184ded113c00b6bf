// Recorded blocks of mainnet, from the pack that some checkouts have beside them.

import { existsSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { withPack } from '../../../tools/replay/blocks.mjs'
import { stateBeforeBlock } from './state.mjs'

const pack = fileURLToPath(new URL('../../../../shared/fixtures/blocks.tar.gz', import.meta.url))

/** Why there are none here, in words for a skipped test, or undefined where they are. */
export const noRecordedBlocks = existsSync(pack)
  ? undefined
  : '../shared/fixtures/blocks.tar.gz is not there'

/**
 * Calls `use` with the files of recorded blocks, and with the codes of their accounts. The files are gone
 * afterwards.
 * @template T
 * @param {number[]} numbers
 * @param {(paths: string[], codes: Record<string, string>) => T | Promise<T>} use
 */
export const withRecordedFiles = (numbers, use) =>
  withPack(pack, async ({ files, codes }) => {
    const fileOf = (number) => {
      const file = files.find((path) => basename(path, '.json') === String(number))
      if (!file) throw new Error(`the pack has no block ${number}`)
      return file
    }
    return use(numbers.map(fileOf), codes)
  })

/**
 * Calls `use` with recorded blocks, `{ block, state }` each: the block as the pack has it, and the
 * state before it.
 * @template T
 * @param {number[]} numbers
 * @param {(blocks: { block: object, state: import('./state.mjs').State }[]) => T | Promise<T>} use
 */
export const withRecordedBlocks = (numbers, use) =>
  withRecordedFiles(numbers, (paths, codes) =>
    use(
      paths.map((path) => {
        const block = JSON.parse(readFileSync(path, 'utf8'))
        return { block, state: stateBeforeBlock(block, codes) }
      }),
    ),
  )
