// The benchmarks of one thread: our build beside the plain one and beside native.

import { buildPlainOnes } from '../../build.mjs'
import { eachBlock } from '../cases/blocks.mjs'
import { kept } from '../cases/cache.mjs'
import { programCases, seedOf } from '../programs/cases.mjs'
import { eachVariant, emptyRows, firstRows, warmRows } from './compare.mjs'
import { nativeRow } from './rows.mjs'
import { comparisonHead } from './table.mjs'

const milliseconds = { unit: 'ms' }

/** A block whose transactions are taken as sent by whom they say: finding signers is not measured. */
function unsigned({ state, request }) {
  const transactions = request.block.transactions.map(({ raw: _, ...transaction }) => transaction)
  return { state, request: { ...request, block: { ...request.block, transactions } } }
}

/**
 * Real blocks on one thread.
 * @param {number} leastGas blocks of less are too short to measure
 * @param {(bench: object) => boolean} missing says so where there are no blocks
 */
export const blocksOne = (leastGas, missing) => ({
  name: 'blocks-one',
  builds: buildPlainOnes,
  head: comparisonHead('blocks-one', 'ms', { cold: true }),
  async run(bench) {
    if (missing(bench)) return
    const how = { turns: 3, warmUp: 2, nativeTurns: 6, repeat: 2, fresh: true }
    await eachVariant(bench, (measure) =>
      eachBlock(bench.options.blocks, async ({ name, case: block, gas }) => {
        if (gas < leastGas) return
        await measure(name, unsigned(block), how, (where, found) => [
          ...firstRows(where, found, milliseconds, 'cold_'),
          ...emptyRows(where, found, milliseconds),
          ...warmRows(where, found, milliseconds),
        ])
      }),
    )
  },
})

/** Opcodes and precompiles, a loop each. */
export const interpreter = {
  name: 'interpreter',
  builds: buildPlainOnes,
  head: comparisonHead('interpreter', 'ns a repetition'),
  async run(bench) {
    const cases = await kept('interpreter', programCases)
    const how = { turns: 7, warmUp: 6, nativeTurns: 5, repeat: 0, fresh: false, seeds: seedOf }
    await eachVariant(bench, async (measure) => {
      for (const { name, operations, ...subject } of cases) {
        const figures = { unit: 'ns', scale: 1e6 / operations }
        await measure(name, subject, how, (where, found) => [
          ...firstRows(where, found, figures),
          ...(found.native ? [nativeRow(where, found.native, figures)] : []),
        ])
      }
    })
  },
}
