// Waits become calls of functions that only wait, and do what they did before.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { outlineWaits } from '../../tools/build/atomic-waits.mjs'
import { exportsOf } from '../support/wasm-text.mjs'

// Waits in a loop, a millisecond each time, and counts.
const source = `(module
 (memory (export "memory") 1 1 shared)
 (func (export "wait") (param $at i32) (param $times i32) (result i32)
  (local $done i32)
  (loop $again
   (if (i32.ne (memory.atomic.wait32 offset=4 (local.get $at) (i32.const 7) (i64.const 1000000))
     (i32.const 2))
    (then (return (i32.const -1))))
   (local.set $done (i32.add (local.get $done) (i32.const 1)))
   (br_if $again (i32.lt_u (local.get $done) (local.get $times))))
  (local.get $done))
 (func (export "other") (param $at i32) (result i32)
  (memory.atomic.wait32 (local.get $at) (i32.const 7) (i64.const 0))))`

test('each wait becomes a call of a function that only waits', () => {
  const text = outlineWaits(source)
  assert.equal(text.match(/\(call \$__forerun_wait32/g).length, 2)
  assert.equal(text.match(/\(memory\.atomic\.wait32/g).length, 2)
  const bodies = text.match(/\(func \$__forerun_wait32\S*[^)]*\)[\s\S]*?\n/g)
  assert.equal(bodies.length, 2)
  assert.equal(outlineWaits('(module)'), '(module)')
})

test('waiting in a loop goes on waiting at the same address', () => {
  const { memory, wait, other } = exportsOf(outlineWaits(source), ['threads'])
  new Int32Array(memory.buffer)[25] = 7
  assert.equal(wait(96, 5), 5)
  assert.equal(other(100), 2, 'there the value is what was expected, so time runs out')
  assert.equal(other(104), 1, 'there it is not')
})
