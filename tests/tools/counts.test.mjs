// The test run must not call well what is not. The samples are written after what each tool prints,
// with failures of every kind that it tells apart.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  conformance,
  libtest,
  nextest,
  nodeTest,
  replay,
  vitest,
} from '../../tools/test/counts.mjs'
import { judge } from '../../tools/test/suite-runner.mjs'

test('counts every kind of failure that nextest tells apart', () => {
  const line =
    'Summary [  76.001s] 45 tests run: 40 passed (2 slow), 2 failed, 1 exec failed, 2 timed out, 3 skipped'
  assert.deepEqual(nextest(`     ${line}\n`), { passed: 40, failed: 5, skipped: 3 })
  assert.deepEqual(nextest('Summary [ 0.1s] 1 test run: 1 passed, 0 skipped'), {
    passed: 1,
    failed: 0,
    skipped: 0,
  })
})

test('tells tests that had no recorded input from those that passed', () => {
  const output = `        PASS [   0.004s] (1/3) one
     Summary [   0.1s] 3 tests run: 3 passed, 1 skipped
        PASS [   0.004s] (2/3) two
  stderr ───
    skipped: ../shared/fixtures/blocks.tar.gz is absent
    skipped: ../shared/fixtures/proofs.tar.gz is absent
        PASS [   0.004s] (3/3) three
  stdout ───
    nothing is skipped: all is well
`
  assert.deepEqual(nextest(output), { passed: 2, failed: 0, skipped: 2 })
})

test('adds up the test binaries of cargo and wasm-pack', () => {
  const output = `
test result: ok. 7 passed; 0 failed; 0 ignored; 0 filtered out; finished in 0.09s
test result: FAILED. 3 passed; 2 failed; 1 ignored; 0 measured; 0 filtered out; finished in 1s
`
  assert.deepEqual(libtest(output), { passed: 10, failed: 2, skipped: 1 })
})

test('reads the line of vitest through its colours', () => {
  const output =
    '\u001b[2m      Tests \u001b[22m \u001b[1m\u001b[31m1 failed\u001b[39m\u001b[22m | \u001b[32m91 passed\u001b[39m | 2 skipped (94)\n'
  assert.deepEqual(vitest(output), { passed: 91, failed: 1, skipped: 2 })
})

test('takes cancelled tests of Node for failed ones', () => {
  const output = 'ℹ tests 9\nℹ suites 0\nℹ pass 5\nℹ fail 1\nℹ cancelled 2\nℹ skipped 1\nℹ todo 0\n'
  assert.deepEqual(nodeTest(output), { passed: 5, failed: 3, skipped: 1 })
})

test('reads the last line of a replay', () => {
  assert.deepEqual(replay('a block ok\n37 passed, 1 failed\n'), {
    passed: 37,
    failed: 1,
    skipped: 0,
  })
})

test('reads the last line of a run of published tests', () => {
  assert.deepEqual(conformance('skipped 2: a reason\n397 passed, 1 failed, 2 skipped\n'), {
    passed: 397,
    failed: 1,
    skipped: 2,
  })
})

for (const [name, counts] of Object.entries({
  conformance,
  nextest,
  libtest,
  vitest,
  nodeTest,
  replay,
}))
  test(`${name} finds no counts in the output of a tool that broke down`, () => {
    assert.equal(counts('error: could not compile `forerun-executor`\n'), undefined)
  })

const ended = (facts) => ({ ok: true, code: 0, output: '', timedOut: false, ...facts })

test('a suite that printed no counts has failed', () => {
  const verdict = judge(ended({}), { counts: nextest, limit: 1 })
  assert.equal(verdict.failed, 1)
})

test('a suite that passed all tests and then ended badly has failed', () => {
  const output = 'test result: ok. 7 passed; 0 failed; 0 ignored;'
  const verdict = judge(ended({ ok: false, code: 101, output }), { counts: libtest, limit: 1 })
  assert.deepEqual([verdict.passed, verdict.failed], [7, 1])
})

test('a suite without a test has failed, unless it may be empty', () => {
  const output = 'test result: ok. 0 passed; 0 failed; 0 ignored;'
  assert.equal(judge(ended({ output }), { counts: libtest, limit: 1 }).failed, 1)
  assert.equal(judge(ended({ output }), { counts: libtest, limit: 1, mayBeEmpty: true }).failed, 0)
})

test('a check that was ended by its limit has failed and says so', () => {
  const verdict = judge(ended({ ok: false, code: null, timedOut: true }), { limit: 3 })
  assert.equal(verdict.failed, 1)
  assert.match(verdict.note, /3 minutes/)
})
