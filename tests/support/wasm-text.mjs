// WebAssembly written as text, for tests of what the build does to it.

import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const assembler = fileURLToPath(new URL('../../node_modules/binaryen/bin/wasm-as', import.meta.url))

/**
 * What a module exports.
 * @param {string} module its text
 * @param {string[]} features what it uses beyond the first version of WebAssembly, as binaryen names it
 */
export function exportsOf(module, features) {
  const folder = mkdtempSync(join(tmpdir(), 'forerun-wasm-'))
  try {
    const [text, file] = [join(folder, 'module.wat'), join(folder, 'module.wasm')]
    writeFileSync(text, module)
    const switches = features.map((feature) => `--enable-${feature}`)
    execFileSync(process.execPath, [assembler, ...switches, text, '-o', file])
    return new WebAssembly.Instance(new WebAssembly.Module(readFileSync(file))).exports
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
