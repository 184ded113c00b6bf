// The command for published tests does the same in Node and in a browser as natively: the same lines,
// sums and end, also where a case fails, panics or is not run. The tests are made here and no good ones:
// what is compared is what three runtimes say of them.

import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { run } from '../../tools/setup/run.mjs'

const limit = 900_000
const zero = `0x${'00'.repeat(32)}`
const outcome = { hash: zero, logs: zero, indexes: { data: 0, gas: 0, value: 0 } }

const stateTest = (post, more = {}) => ({
  env: {
    currentCoinbase: `0x${'cb'.repeat(20)}`,
    currentDifficulty: '0x01',
    currentGasLimit: '0x0f4240',
    currentNumber: '0x01',
    currentTimestamp: '0x03e8',
    currentRandom: zero,
    currentExcessBlobGas: '0x00',
    currentBaseFee: '0x01',
  },
  pre: {
    [`0x${'a1'.repeat(20)}`]: { balance: '0xffffff', nonce: '0x00', code: '0x', storage: {} },
  },
  transaction: {
    data: ['0x'],
    gasLimit: ['0x5208'],
    value: ['0x00'],
    nonce: '0x00',
    gasPrice: '0x01',
    to: `0x${'b2'.repeat(20)}`,
    sender: `0x${'a1'.repeat(20)}`,
  },
  post,
  ...more,
})

// Nothing divides by zero on a chain.
const schedule = { target: '0x3', max: '0x6', baseFeeUpdateFraction: '0x0' }
const tests = {
  'a-wrong-root': stateTest({ Cancun: [outcome, outcome], Frontier: [outcome] }),
  'not-run': stateTest({ Constantinople: [outcome] }),
  panics: stateTest({ Cancun: [outcome] }, { config: { blobSchedule: { Cancun: schedule } } }),
  refused: stateTest({ Berlin: [{ ...outcome, expectException: 'TransactionException.ANY' }] }),
}

let folder
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'forerun-test-'))
  await writeFile(join(folder, 'tests.json'), JSON.stringify(tests))
  await writeFile(join(folder, 'other.json'), '{ "number": { "post": { "Cancun": [1] } } }')
})
after(() => rm(folder, { recursive: true, force: true }))

/** How the command ends, and its lines from the first about a case on. */
async function conformance(runtime, file, ...more) {
  const words = ['tools/conformance.mjs', 'state-tests', join(folder, file), ...more]
  const { code, output } = await run(process.execPath, [...words, '--runtime', runtime], { limit })
  const lines = output.split('\n').filter((line) => /^(FAILED|skipped|\{|\d+ passed,)/.test(line))
  return { code, lines, output }
}

/** What a panic says natively of two values that it compares, wasm says without them: it prints none. */
const underived = (line) => line.replace(/(left|right): \d+/g, '$1: ')

for (const more of [[], ['--json'], ['--sample', '3', '--seed', '7']])
  test(`says in Node and Chromium what it says natively ${more.join(' ')}`, async () => {
    const native = await conformance('native', 'tests.json', ...more)
    for (const runtime of ['node', 'chromium']) {
      const other = await conformance(runtime, 'tests.json', ...more)
      assert.deepEqual(other.lines, native.lines.map(underived), other.output)
      assert.deepEqual([native.code, other.code], [1, 1])
    }
    if (more.length > 0) return
    assert.match(native.lines.join('\n'), /a-wrong-root .*panics .*panicked: .*zero/s)
    assert.equal(native.lines.at(-1), '0 passed, 5 failed, 1 skipped')
  })

test('what makes no sense ends with two in all', async () => {
  for (const runtime of ['native', 'node', 'chromium']) {
    const { code, output } = await conformance(runtime, 'other.json')
    assert.equal(code, 2, output)
    assert.match(output, /other\.json/)
  }
})
