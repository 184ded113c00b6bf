// Real blocks as cases.

import { existsSync } from 'node:fs'
import { basename, join } from 'node:path'
import { readBlock, withPack } from '../../replay/blocks.mjs'
import { repository } from '../../setup/places.mjs'

/** Where recorded blocks are, in checkouts that have them beside them. */
const usual = join(repository, '..', 'shared', 'fixtures', 'blocks.tar.gz')

/** The packs that were asked for, or the usual one if it is there. */
export const packs = (paths) => (paths.length > 0 ? paths : [usual].filter(existsSync))

/**
 * Calls `use` with each block that has transactions, one after the other, since they are large.
 * @param {string[]} paths
 * @param {(measured: { name: string, case: object, transactions: number, gas: number }) => Promise<void>} use
 * @param {string[]} [only] names of blocks
 */
export async function eachBlock(paths, use, only) {
  for (const path of packs(paths))
    await withPack(path, async ({ files, codes }) => {
      for (const file of files) {
        const name = basename(file, '.json')
        if (only !== undefined && !only.includes(name)) continue
        const { state, request } = readBlock(file, codes)
        const { header, transactions } = request.block
        if (transactions.length === 0) continue
        await use({
          name,
          case: { state, request },
          transactions: transactions.length,
          gas: Number(header.gasUsed),
        })
      }
    })
}
