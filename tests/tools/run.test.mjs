// Commands are run to their end and not beyond it.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { run } from '../../tools/setup/run.mjs'

const limit = { timeout: 30_000 }

test('returns output and code of a command', limit, async () => {
  const result = await run('sh', ['-c', 'echo out; echo err >&2; exit 3'])
  assert.deepEqual([result.ok, result.code, result.timedOut], [false, 3, false])
  assert.match(result.output, /out/)
  assert.match(result.output, /err/)
})

test('ends a command at its limit, and what it has started', limit, async () => {
  const result = await run('sh', ['-c', 'sleep 1000 & echo $!; wait'], { limit: 500 })
  assert.equal(result.timedOut, true)
  assert.equal(result.ok, false)
  await assertGone(Number(result.output))
})

test('does not wait for what a command leaves behind', limit, async () => {
  const result = await run('sh', ['-c', 'sleep 1000 & echo $!'])
  assert.equal(result.ok, true)
  await assertGone(Number(result.output))
})

test('says which command is not there', limit, async () => {
  const result = await run('forerun-no-such-command', [])
  assert.equal(result.ok, false)
  assert.match(result.output, /forerun-no-such-command/)
})

/** Waits until a process has ended; one that nobody has asked about its end yet is a zombie. */
async function assertGone(pid) {
  assert.ok(pid > 1, 'the command has told the process it started')
  const limit = performance.now() + 10_000
  while (isRunning(pid)) {
    assert.ok(performance.now() < limit, `process ${pid} is still there`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

function isRunning(pid) {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}
