// Benchmarks of one thread, of start and of memory: programs must do what their names say, and figures
// must follow from what was measured. Nothing here measures anything.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { allocationRows } from '../../tools/bench/allocation/bench.mjs'
import { creationOf } from '../../tools/bench/cases/world.mjs'
import { peerRows } from '../../tools/bench/peers/compare.mjs'
import { assemble, loop } from '../../tools/bench/programs/assembly.mjs'
import { seedOf } from '../../tools/bench/programs/cases.mjs'
import { opcodePrograms } from '../../tools/bench/programs/opcodes.mjs'
import { precompileProgram, precompiles } from '../../tools/bench/programs/precompiles.mjs'
import { checkFetched, startRows } from '../../tools/bench/start/bench.mjs'
import { comparisonRows, nativeRow, quotient } from '../../tools/bench/variants/rows.mjs'
import { comparisonHead, comparisonLine } from '../../tools/bench/variants/table.mjs'
import { growth, isFlat } from '../../tools/soak/flat.mjs'
import { bundleOf } from '../../tools/soak/page/bundles.js'

const where = { bench: 'b', case: 'c', runtime: 'chromium', threads: 1, build: 'single' }

test('words become the bytes that the Yellow Paper gives them', () => {
  assert.equal(assemble('1 2 ADD'), '0x6001600201')
  assert.equal(assemble('0 300 0x00ff'), '0x5f61012c6100ff')
  assert.equal(assemble('DUP1 DUP16 SWAP1 SWAP16 LOG4'), '0x808f909fa4')
  // To the JUMPDEST at 4, pushed in two bytes.
  assert.equal(assemble('@end JUMP', ':end STOP'), '0x610004565b00')
  assert.throws(() => assemble('ADDD'), /ADDD is no opcode/)
  assert.throws(() => assemble('@nowhere'), /nothing is called nowhere/)
  assert.throws(() => assemble(`0x${'00'.repeat(33)}`), /more than a word/)
})

test('a loop counts down to nought and repeats its body', () => {
  assert.equal(
    loop({ body: '# POP', unroll: 2, rounds: 5 }),
    `0x6005${'5b'}${'5f50'}${'600150'}${'60019003'}${'80'}${'610002'}${'57'}${'50'}${'00'}`,
  )
})

test('creation code returns what stands behind it, however long', () => {
  assert.equal(creationOf('0x00'), '0x61000180600a5f395ff300')
  assert.match(creationOf(`0x${'5b'.repeat(300)}`), /^0x61012c80600a5f395ff3(5b){300}$/)
})

test('every class of opcodes and every precompile has a program', async () => {
  for (const op of ['MLOAD', 'MSTORE', 'ADD', 'MUL', 'DIV', 'MULMOD', 'ADDMOD', 'EXP', 'LT', 'SHR'])
    assert.ok(
      Object.values(opcodePrograms).some(({ body }) => body.split(' ').includes(op)),
      op,
    )
  const all = Object.values(await precompiles())
  const addresses = new Set(all.map(({ address }) => address))
  // As of Osaka.
  assert.deepEqual([...addresses], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 256])
  for (const precompile of all) {
    const [differing, same] = [false, true].map((option) =>
      precompileProgram(precompile, { same: option }),
    )
    assert.notEqual(loop(differing), loop(same))
    assert.match(differing.input, /^0x([0-9a-f]{2})+$/)
  }
})

test('seeds cost the same as call data and are in every group', () => {
  const order = BigInt('0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001')
  const seeds = Array.from({ length: 100 }, (_, n) => seedOf(n))
  assert.equal(new Set(seeds).size, 100)
  for (const seed of seeds) {
    assert.match(seed, /^0x(?!(..)*00)[0-9a-f]{64}$/)
    assert.ok(BigInt(seed) < order)
  }
})

test('a quotient is of all rounds, and as uncertain as they differ', () => {
  const found = quotient([[2, 4, 6], [8]], [[2], [4]])
  assert.deepEqual(found, { runs: 2, median: 5 / 3, min: 2, max: 2 })
})

test('ours is compared with plain and with native', () => {
  const samples = { ours: [[2, 2], [2]], plain: [[3, 3], [3]], native: [[1], [1]] }
  const figures = { unit: 'ns', scale: 10 }
  const rows = comparisonRows(where, { ...samples, prefix: 'cold_' }, figures)
  assert.deepEqual(
    rows.map(({ metric, unit, median, against, ratio }) => [metric, unit, median, against, ratio]),
    [
      ['cold_time', 'ns', 20, 'plain', 1.5],
      ['plain_cold_time', 'ns', 30, undefined, undefined],
      ['cold_over_native', 'x', 2, 'native', 2],
      ['plain_cold_over_native', 'x', 3, 'native', 3],
    ],
  )
  assert.equal(nativeRow(where, samples.native, figures).median, 10)
  assert.equal(comparisonRows(where, { ...samples, native: undefined }, figures).length, 2)
})

test('a line shows ours, plain and native under their titles', () => {
  const samples = { ours: [[2]], plain: [[3]], native: [[1]] }
  const rows = comparisonRows(where, samples, { unit: 'ms' })
  const native = nativeRow(where, samples.native, { unit: 'ms' })
  const cells = comparisonLine([...rows, native]).split(/ +/)
  assert.deepEqual(cells, [
    'c',
    'chromium,',
    'single',
    ...'2.00 3.00 1.00 1.50 2.00 3.00'.split(' '),
  ])
  assert.match(comparisonHead('b', 'ms'), /ours +plain +native +plain\/ours/)
})

test('two threads that do not hinder one another take half the time a block', () => {
  const rows = allocationRows(where, { 1: [10, 12, 14], 2: [6, 6, 7] })
  assert.deepEqual(
    rows.map(({ threads, median, ratio }) => [threads, median, ratio]),
    [
      [1, 12, undefined],
      [2, 6, 2],
    ],
  )
})

test('a peer is named with the version that was measured', () => {
  const runs = [{ call: 2, execution: 1, peer: 40 }]
  const [time, alone] = peerRows(where, runs, '@ethereumjs/evm')
  assert.match(time.against, /^@ethereumjs\/evm \d+\.\d+\.\d+$/)
  assert.deepEqual([time.ratio, alone.ratio], [20, 40])
})

test('a first visit fetches one wasm file once, and a later one none', () => {
  assert.doesNotThrow(() => checkFetched(['/dist/forerun-threads.wasm'], 'threads', 0))
  assert.doesNotThrow(() => checkFetched([], 'threads', 1))
  const twice = ['/dist/forerun-threads.wasm', '/dist/forerun-threads.wasm']
  assert.throws(() => checkFetched(twice, 'threads', 0), /visit 0 fetched/)
  assert.throws(() => checkFetched(['/dist/forerun-single.wasm'], 'single', 2), /visit 2/)
  const [row] = startRows(where, [{ imported: 1, started: 2, answered: 3 }])
  assert.deepEqual([row.metric, row.median, row.runs], ['time', 3, 1])
})

test('memory is flat if it stays as it was, but for a last batch', () => {
  const at = (bundles, mebibytes) => ({ bundles, bytes: mebibytes * 2 ** 20 })
  assert.ok(isFlat([at(1_000, 10), at(10_000, 20), at(100_000, 20.5)], 10_000))
  assert.ok(!isFlat([at(1_000, 10), at(10_000, 20), at(100_000, 22)], 10_000))
  assert.equal(growth([at(1_000, 10), at(10_000, 20), at(100_000, 22)], 10_000), 2 * 2 ** 20)
})

test('no two bundles of a soak are alike', () => {
  const address = (n) => `0x${String(n).padStart(40, '0')}`
  const world = { senders: [1, 2, 3].map(address), router: address(4), weth: address(5) }
  const all = Array.from({ length: 99 }, (_, n) =>
    bundleOf(n, { ...world, tokens: [address(6)], whole: [] }),
  )
  const text = (bundle) =>
    JSON.stringify(bundle, (_, entry) => (typeof entry === 'bigint' ? String(entry) : entry))
  assert.equal(new Set(all.map(text)).size, 99)
})
