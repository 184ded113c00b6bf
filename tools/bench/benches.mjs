// The benchmarks by name. Each gets a way to measure a case on everything that was asked for, and
// says which cases there are and which of them a summary is made of.
//
// A benchmark is `{ name, runtimes?, head?, builds?, native?, run(bench) }`. `runtimes` names those it
// can run in, where that is not native and all browsers, `head` is what its table opens with, where that
// is one of its own, `builds` what has to be built for it beside the package, and `native: false` says
// that it needs nothing of the native executor. `bench` is
// - `time(name, case)`: measures on every runtime and thread count, prints and keeps the rows, and
//   returns them
// - `memory(name, case)`: the same with bytes at the peak; natively only
// - `add(rows, lines?)`: keeps rows, and prints them, or `lines` in their place; `print(line)`: prints
//   what is no row
// - `guard(name, work)`: does work of which an error is a failed case
// - `summarise(rows)`: adds rows of geometric means over the times in these rows
// - `runtimes`, `options`: what was asked for

import { allocation } from './allocation/bench.mjs'
import { eachBlock, packs } from './cases/blocks.mjs'
import { kept } from './cases/cache.mjs'
import * as make from './cases/synthetic.mjs'
import { arithmetic, hashes, tokenFromNothing } from './peers/cases.mjs'
import { comparePeers } from './peers/compare.mjs'
import { remote } from './remote/bench.mjs'
import { boundsInWords, ceilingRow, geomeanRow, modelRows, rounded } from './rows.mjs'
import { start } from './start/bench.mjs'
import { blocksOne, interpreter } from './variants/benches.mjs'

/** What a block has to have to stand for others: room for more than one thread. */
const leastGas = 4_000_000
const leastTransactions = 12

const blocks = {
  name: 'blocks',
  async run(bench) {
    if (missing(bench)) return
    const counted = []
    await eachBlock(bench.options.blocks, async ({ name, case: block, transactions, gas }) => {
      const rows = await bench.time(name, block)
      if (gas >= leastGas && transactions >= leastTransactions) counted.push(...rows)
    })
    bench.summarise(counted)
  },
}

const selfdestruct = {
  name: 'selfdestruct',
  async run(bench) {
    const counted = []
    if (!missing(bench))
      await eachBlock(
        bench.options.blocks,
        async ({ name, case: block }) => counted.push(...(await bench.time(name, block))),
        ['11114732', '12159808'],
      )
    counted.push(...(await bench.time('come-and-go', await kept('come-and-go', make.comeAndGo))))
    bench.summarise(counted)
  },
}

/**
 * A benchmark of generated cases: their names, and what makes them. `also` is done with each of them
 * afterwards.
 */
const generated = (name, cases, also = async () => {}) => ({
  name,
  async run(bench) {
    const counted = []
    for (const [label, maker] of Object.entries(cases)) {
      const subject = await kept(`${name}-${label}`, maker)
      counted.push(...(await bench.time(label, subject)))
      await also(bench, label, subject)
    }
    bench.summarise(counted)
  },
})

const independent = generated(
  'independent',
  {
    transfers: () => make.transfers(),
    erc20: async () => (await make.erc20Transfers([1000]))[0],
    swaps: () => make.swapsApart(),
  },
  ceiling,
)

const ceilingTurns = 25

/** What two threads are worth on this machine where they have nothing to do with one another. */
async function ceiling(bench, name, subject) {
  const native = bench.runtimes.find((runtime) => runtime.name === 'native')
  if (!native) return
  await bench.guard(name, async () =>
    bench.add([ceilingRow(name, await native.ceiling(subject, ceilingTurns))]),
  )
}

const hot = generated('hot', {
  pool: () => make.swapsInOnePool(),
  counter: () => make.oneCounter(),
  'erc20-recipient': () => make.erc20ToOne(),
})

const chain = generated('chain', {
  payments: () => make.paymentChain(),
  erc20: () => make.erc20Chain(),
})

const memorySizes = [350, 700, 1400]

const memory = {
  name: 'memory',
  runtimes: ['native'],
  async run(bench) {
    const cases = await kept('memory-erc20', () => make.erc20Transfers(memorySizes))
    const peaks = []
    for (const [index, size] of memorySizes.entries())
      peaks.push(...(await bench.memory(`erc20-${size}`, cases[index])))
    bench.add(growthRows(peaks, 'erc20'))
  },
}

/** What each further transaction adds to the peak, from the smallest to the largest case. */
export function growthRows(peaks, prefix) {
  const threads = [...new Set(peaks.map((row) => row.threads))]
  const [least, most] = [Math.min(...memorySizes), Math.max(...memorySizes)]
  return threads.flatMap((count) => {
    const of = (size) =>
      peaks.find((row) => row.threads === count && row.case === `${prefix}-${size}`)
    const [small, large] = [of(least), of(most)]
    if (!small || !large) return []
    const { against: _, ratio: __, ...row } = small
    const growth = (large.median - small.median) / (most - least)
    return [
      {
        ...row,
        case: `${prefix}-growth`,
        metric: 'peak_memory_per_transaction',
        ...rounded({ median: growth, min: growth, max: growth }),
      },
    ]
  })
}

/** A block in which its gas is right, which not all are. */
const blockForPeers = '15752489'

const peers = {
  name: 'peers',
  runtimes: ['chromium'],
  async run(bench) {
    const compare = (name, subject, options) =>
      bench.guard(name, async () => bench.add(await comparePeers(name, subject, options)))
    for (const [name, maker] of Object.entries({ arithmetic, hashes, erc20: tokenFromNothing }))
      await compare(name, await kept(`peers-${name}`, maker), { calls: true })
    const [transfers] = await kept('peers-erc20-transfers', () => make.erc20Transfers([200]))
    await compare('erc20-200', transfers)
    if (packs(bench.options.blocks).length === 0) return
    const one = ({ name, case: block }) => compare(name, block)
    await eachBlock(bench.options.blocks, one, [blockForPeers])
  },
}

const modelledWorkers = [1, 2, 4, 8, 16]

const model = {
  name: 'model',
  runtimes: ['native'],
  async run(bench) {
    bench.print(
      '  Not measured but modelled: one thread plays all workers in virtual time, without',
    )
    bench.print(
      '  cache, memory bandwidth or lock contention. Figures are times as fast as in order.',
    )
    if (missing(bench)) return
    const counted = []
    await eachBlock(bench.options.blocks, async ({ name, case: block, transactions, gas }) => {
      await bench.guard(name, async () => {
        const modelled = await bench.runtimes[0].model(block, modelledWorkers)
        if (modelled.identical !== true)
          throw new Error('the modelled and the sequential result differ')
        const rows = bench.add(modelRows(name, modelled))
        if (gas >= leastGas && transactions >= leastTransactions) counted.push(...rows)
      })
    })
    for (const workers of modelledWorkers.filter((count) => count > 1)) {
      const rows = counted.filter(({ threads }) => threads === workers)
      if (rows.length === 0) continue
      bench.add([geomeanRow(rows)])
      bench.print(`  with ${workers} workers ${boundsInWords(rows)}`)
    }
  },
}

/** In the order in which they run. */
export const benches = [
  blocks,
  blocksOne(leastGas, missing),
  interpreter,
  selfdestruct,
  independent,
  hot,
  chain,
  memory,
  peers,
  allocation,
  start,
  remote,
  model,
]

/** Says so, and once, where there is no real block. */
function missing({ options }) {
  if (packs(options.blocks).length > 0) return false
  console.log('  no recorded blocks here: name some with --blocks PATH')
  return true
}
