// Copies and fills become calls of functions, and do what they did before.

import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { replaceCopies } from '../../tools/build/copies.mjs'
import { exportsOf } from '../support/wasm-text.mjs'

// Of each kind every length that is told apart, and what lies on both sides of it.
const lengths = [
  ...Array.from({ length: 150 }, (_, length) => length),
  256,
  384,
  399,
  400,
  401,
  576,
]
const source = `(module
 (memory (export "memory") 1)
${lengths
  .flatMap((length) => [
    `(func (export "copy${length}") (param i32 i32)
      (memory.copy
       (local.get 0)
       (local.get 1)
       (i32.const ${length})
      ))`,
    `(func (export "zero${length}") (param i32) (memory.fill (local.get 0) (i32.const 0) (i32.const ${length})))`,
    `(func (export "ones${length}") (param i32) (memory.fill (local.get 0) (i32.const 255) (i32.const ${length})))`,
  ])
  .join('\n')}
 (func (export "copy") (param i32 i32 i32)
  (memory.copy (local.get 0) (local.get 1) (local.get 2)))
 (func (export "fill") (param i32 i32 i32)
  (memory.fill (local.get 0) (local.get 1) (local.get 2)))
 ;; A copy among the operands of another.
 (func $copied (param i32 i32) (result i32)
  (memory.copy (local.get 0) (local.get 1) (i32.const 48))
  (local.get 0))
 (func (export "nested") (param i32 i32 i32)
  (memory.copy
   (block (result i32) (memory.copy (local.get 1) (local.get 2) (i32.const 33)) (local.get 0))
   (call $copied (local.get 1) (local.get 1))
   (i32.const 96))))`

const features = ['bulk-memory', 'bulk-memory-opt', 'simd']
const instances = {}

before(() => {
  instances.before = exportsOf(source, features)
  instances.after = exportsOf(replaceCopies(source), features)
})

/** Does the same in both modules, on the same memory, and compares all of it. */
function same(name, ...parameters) {
  const [one, other] = [instances.before, instances.after].map((exports) => {
    const bytes = new Uint8Array(exports.memory.buffer, 0, 4096)
    for (let at = 0; at < bytes.length; at++) bytes[at] = (at * 167 + (at >> 8) + 13) % 251
    exports[name](...parameters)
    return Buffer.from(bytes)
  })
  assert.ok(one.equals(other), `${name}(${parameters.join(', ')})`)
}

test('copies of every length move what they did, wherever the two places overlap', () => {
  for (const length of lengths)
    for (const apart of [0, 1, 7, 8, 15, 16, 17, 40, 64, 100, 700])
      for (const [to, from] of [
        [1001, 1001 + apart],
        [1001 + apart, 1001],
      ]) {
        same(`copy${length}`, to, from)
        same('copy', to, from, length)
      }
})

test('fills of every length and byte write what they did', () => {
  for (const length of lengths) {
    same(`zero${length}`, 1003)
    same(`ones${length}`, 1003)
    for (const byte of [0, 1, 128, 255, 257]) same('fill', 1003, byte, length)
  }
})

test('a copy among the operands of another is done before it', () => {
  same('nested', 100, 300, 500)
  same('nested', 300, 310, 290)
})

test('what lies outside of memory traps as it did', () => {
  for (const { copy, fill, copy48, zero48 } of [instances.before, instances.after]) {
    assert.throws(() => copy(65_530, 0, 20), WebAssembly.RuntimeError)
    assert.throws(() => fill(65_530, 0, 20), WebAssembly.RuntimeError)
    assert.throws(() => copy48(65_530, 0), WebAssembly.RuntimeError)
    assert.throws(() => copy48(0, 65_530), WebAssembly.RuntimeError)
    assert.throws(() => zero48(65_530), WebAssembly.RuntimeError)
  }
})

test('short known lengths are one function each, and a module without copies stays as it is', () => {
  const text = replaceCopies(source)
  assert.match(text, /\(call \$__forerun_memory_copy_48\s+\(local\.get 0\)\s+\(local\.get 1\)\s+\)/)
  assert.equal(text.match(/\(func \$__forerun_memory_copy_48 /g).length, 1)
  assert.equal(replaceCopies('(module)'), '(module)')
})
