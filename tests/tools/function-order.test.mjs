// Functions that are alike stand together, and a file does in the new order what it did before.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { named } from '../../tools/build/function-order.mjs'

const tools = fileURLToPath(new URL('../../node_modules/binaryen/bin/', import.meta.url))
const binaryen = (tool, ...options) =>
  execFileSync(process.execPath, [join(tools, tool), ...options], { encoding: 'utf8' })

const sum = (name, constant) => `
 (func $${name} (export "${name}") (param i32) (result i32)
  (i32.add (i32.mul (local.get 0) (i32.const 12345)) (i32.const ${constant})))`
const other = (name, constant) => `
 (func $${name} (export "${name}") (param i32) (result i32)
  (local i64)
  (local.set 1 (i64.const ${constant}))
  (call $imported (i32.wrap_i64 (i64.shl (local.get 1) (i64.const 54321)))))`

// Each kind of import comes before the functions, whose numbers begin behind those imported.
const source = `(module
 (import "m" "memory" (memory 1 2))
 (import "m" "table" (table 1 2 funcref))
 (import "m" "global" (global i32))
 (import "m" "function" (func $imported (param i32) (result i32)))
 ${sum('a', 1)} ${other('b', 2)} ${sum('c', 3)} ${other('d', 4)})`

test('functions that are alike stand together, and do what they did', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'forerun-order-'))
  try {
    const path = (name) => join(folder, name)
    writeFileSync(path('a.wat'), source)
    binaryen('wasm-as', path('a.wat'), '-o', path('a.wasm'))
    const before = readFileSync(path('a.wasm'))
    writeFileSync(path('b.wasm'), named(before))
    binaryen('wasm-opt', '--reorder-functions-by-name', path('b.wasm'), '-o', path('c.wasm'))
    const after = readFileSync(path('c.wasm'))

    const text = binaryen('wasm-dis', path('c.wasm'))
    const constants = [...text.matchAll(/const (12345|54321)\b/g)].map(([, constant]) => constant)
    assert.deepEqual(constants, ['12345', '12345', '54321', '54321'])

    const imports = {
      m: {
        memory: new WebAssembly.Memory({ initial: 1, maximum: 2 }),
        table: new WebAssembly.Table({ element: 'anyfunc', initial: 1, maximum: 2 }),
        global: new WebAssembly.Global({ value: 'i32' }, 0),
        function: (value) => value + 1,
      },
    }
    const results = async (file) => {
      const { instance } = await WebAssembly.instantiate(file, imports)
      return ['a', 'b', 'c', 'd'].map((name) => instance.exports[name](5))
    }
    assert.deepEqual(await results(after), await results(before))
  } finally {
    rmSync(folder, { recursive: true })
  }
})
