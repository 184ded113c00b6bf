// What a benchmark says must follow from what was measured. Nothing here measures anything: speed is
// never judged in a test.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { benches, growthRows } from '../../tools/bench/benches.mjs'
import { names, parse, Refusal } from '../../tools/bench/options.mjs'
import {
  boundsInWords,
  geomeanRow,
  modelRows,
  timeRows,
  wasmOverNativeRows,
} from '../../tools/bench/rows.mjs'
import { geomean, measured, median, summary, turnsFor } from '../../tools/bench/statistics.mjs'
import { head, linesOf } from '../../tools/bench/table.mjs'

const near = (found, expected) => assert.ok(Math.abs(found - expected) < 1e-3, `${found}`)

/** As many turns, each with these times. */
const turns = (count, parallel, sequential) => Array(count).fill({ parallel, sequential })
const result = (runs, executions = 150) => ({ runs, transactions: 100, report: { executions } })
const at = (name, runtime = 'native', threads = 2) => ({
  bench: 'blocks',
  case: name,
  runtime,
  threads,
})

test('a median is the middle one, or between the two in the middle', () => {
  assert.equal(median([9, 1, 5]), 5)
  assert.equal(median([10, 9, 1, 2]), 5.5)
  assert.throws(() => median([]), /no numbers/)
})

test('a geometric mean of a ratio and its reverse is one', () => {
  near(geomean([0.5, 2]), 1)
  near(geomean([1, 10, 100]), 10)
  assert.equal(geomean([0, 5]), 0)
  assert.throws(() => geomean([]), /no numbers/)
  assert.throws(() => geomean([1, Number.NaN]), /NaN/)
  assert.throws(() => geomean([1, -1]), /-1/)
})

test('a summary keeps the order of the numbers it was given', () => {
  const numbers = [3, 1, 2]
  assert.deepEqual(summary(numbers), { runs: 3, median: 2, min: 1, max: 3 })
  assert.deepEqual(numbers, [3, 1, 2])
})

test('the first turns do not count, and at least fifteen do', () => {
  const { parallel, sequential } = measured([...turns(3, 99, 99), ...turns(15, 2, 3)])
  assert.deepEqual([parallel, sequential], [Array(15).fill(2), Array(15).fill(3)])
  assert.throws(() => measured(turns(3, 1, 1)), /3 turns/)
  assert.equal(turnsFor(1), 30)
  assert.equal(turnsFor(500), 15)
})

test('a row has the form that the report promises', () => {
  const rows = timeRows(at('15199017'), result([...turns(3, 99, 99), ...turns(15, 20, 30)]))
  assert.deepEqual(rows[0], {
    bench: 'blocks',
    case: '15199017',
    runtime: 'native',
    threads: 2,
    metric: 'time',
    unit: 'ms',
    runs: 15,
    median: 20,
    min: 20,
    max: 20,
    against: 'sequential',
    ratio: 1.5,
  })
  assert.deepEqual(
    rows.map(({ metric, median: figure }) => [metric, figure]),
    [
      ['time', 20],
      ['sequential_time', 30],
      ['executions_per_transaction', 1.5],
    ],
  )
})

test('a clock that is too coarse gives no ratio', () => {
  const [row] = timeRows(at('46147'), result(turns(18, 0, 0)))
  assert.equal(row.median, 0)
  assert.ok(!('ratio' in row))
  assert.ok(!('ratio' in geomeanRow([row])))
  assert.doesNotThrow(() => linesOf([row]))
})

test('a summary row is of geometric means', () => {
  const [a] = timeRows(at('1'), result(turns(18, 10, 5)))
  const [b] = timeRows(at('2'), result(turns(33, 40, 80)))
  const row = geomeanRow([a, b])
  assert.deepEqual(
    [row.case, row.runs, row.metric, row.against],
    ['geomean', 15, 'time', 'sequential'],
  )
  near(row.median, 20)
  near(row.ratio, 1)
})

test('wasm is compared with native by the same case and executor', () => {
  const rows = [
    ...timeRows(at('1'), result(turns(18, 1, 10))),
    ...timeRows(at('2'), result(turns(18, 1, 10))),
    ...timeRows(at('1', 'chromium'), result(turns(18, 1, 20))),
    ...timeRows(at('2', 'chromium'), result(turns(18, 1, 80))),
    // Not measured natively, so there is nothing to compare.
    ...timeRows(at('3', 'chromium'), result(turns(18, 1, 1000))),
    ...timeRows(at('1', 'chromium', 4), result(turns(18, 1, 1000))),
  ]
  const found = wasmOverNativeRows(rows)
  assert.equal(found.length, 1)
  const [row] = found
  assert.deepEqual(
    [row.case, row.runtime, row.threads, row.runs, row.min, row.max],
    ['wasm-over-native', 'chromium', 2, 2, 2, 8],
  )
  near(row.median, 4)
  near(row.ratio, 4)
  assert.deepEqual(wasmOverNativeRows(rows.filter(({ runtime }) => runtime === 'native')), [])
})

test('a line of the table stands for all rows of a case', () => {
  const lines = linesOf(timeRows(at('15199017'), result(turns(18, 20, 30))))
  assert.equal(lines.length, 1)
  for (const figure of ['15199017', 'native', '20.000', '30.000', '1.50', '1.500'])
    assert.ok(lines[0].includes(figure), `${figure} in ${lines[0]}`)
  assert.match(head('blocks'), /^\nblocks\ncase/)
})

test('bytes are told in a unit that can be read', () => {
  const row = { ...at('erc20-350'), metric: 'peak_memory', unit: 'bytes', runs: 3 }
  assert.match(linesOf([{ ...row, median: 2_097_152, min: 1, max: 1 }])[0], / 2048 KiB /)
  assert.match(linesOf([{ ...row, median: 1234, min: 1, max: 1 }])[0], / 1234 B /)
})

test('memory grows by what a further transaction adds', () => {
  const peak = (size, threads, median) => ({
    ...at(`erc20-${size}`, 'native', threads),
    bench: 'memory',
    metric: 'peak_memory',
    unit: 'bytes',
    ...{ runs: 3, median, min: median, max: median, against: 'sequential', ratio: 1 },
  })
  const rows = growthRows([peak(350, 1, 500), peak(350, 2, 1000), peak(1400, 2, 106_000)], 'erc20')
  assert.equal(rows.length, 1)
  const [{ metric, threads, median: growth, ratio }] = rows
  assert.deepEqual(
    [metric, threads, growth, ratio],
    ['peak_memory_per_transaction', 2, 100, undefined],
  )
})

test('a model gives a row for each number of workers, and says what bounds them', () => {
  const of = (asked, runs, bound) => ({ asked, runs, speedUp: runs[2], bound })
  const rows = modelRows('15199017', {
    models: [of(2, [1, 1.7, 1.8, 1.9, 2], 'work'), of(16, [1, 3, 4, 5, 6], 'driver')],
  })
  assert.deepEqual(rows[0], {
    ...{ bench: 'model', case: '15199017', runtime: 'native', threads: 2 },
    ...{ metric: 'modelled_speed_up', unit: 'x', runs: 5, median: 1.8, min: 1, max: 2 },
    ...{ against: 'sequential', ratio: 1.8, bound: 'work' },
  })
  near(geomeanRow([rows[1], { ...rows[1], ratio: 9 }]).ratio, 6)
  const words = boundsInWords([rows[0], rows[1], rows[1]])
  assert.match(words, /^2 of 3 are bound by what one worker does alone, 1 of 3 .* the work itself$/)
})

test('every benchmark that is named is there, and none is that has no name', () => {
  assert.deepEqual(
    benches.map(({ name }) => name),
    names,
  )
})

test('options are read in either form', () => {
  const found = parse(
    ['--runtime', 'node,firefox', '--threads=1,4', '--only', 'hot', '--blocks=bench.test.mjs'],
    fileURLToPath(new URL('.', import.meta.url)),
  )
  assert.deepEqual(found.runtimes, ['node', 'firefox'])
  assert.deepEqual(found.threads, [1, 4])
  assert.deepEqual(found.only, ['hot'])
  assert.deepEqual(found.blocks, [fileURLToPath(import.meta.url)])
  assert.deepEqual(parse([], '/').only, names)
  assert.deepEqual(parse([], '/').builds, ['single'])
  assert.deepEqual(parse(['--build', 'threads,single'], '/').builds, ['threads', 'single'])
})

test('options that make no sense are refused by name', () => {
  for (const [words, named] of [
    [['--runtime', 'safari'], /safari: not one of native/],
    [['--runtime'], /--runtime: a value is missing/],
    [['--threads', '0'], /"0" is not 1 to 64/],
    [['--threads', '1,'], /"" is not 1 to 64/],
    [['--threads', '65'], /"65"/],
    [['--only', 'cold'], /cold: not one of blocks, blocks-one/],
    [['--build', 'plain'], /plain: not one of single, threads/],
    [['--blocks', 'no-such-pack.tar.gz'], /no-such-pack/],
    [['--turn', '1'], /--turn is not an option/],
    [['blocks'], /blocks is not an option/],
  ])
    assert.throws(
      () => parse(words, '/'),
      (error) => error instanceof Refusal && named.test(error.message),
      words.join(' '),
    )
})
