// Which tool has to be there in which version. What npm installs is pinned in package-lock.json
// and what cargo builds into our own programs in Cargo.lock; here stands the rest.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { repository } from './places.mjs'

/** The oldest stable Rust that builds the workspace (`rust-version` in Cargo.toml). */
export const minimumRust = '1.95.0'

/** Its std is rebuilt with atomics, which only a nightly allows; std changes, hence the pin. */
export const nightly = 'nightly-2026-05-20'

/** Debian's compiler with the std source that matches it, linked under this name in rustup. */
export const linkedToolchain = 'forerun-wasm'

export const wasmPack = '0.15.1'
export const geckodriver = '0.37.1'
/** Any cargo-nextest from here on will do; this one is built where there is none. */
export const nextest = '0.9.143'
export const minimumNextest = '0.9.100'

/** The command line tool must be of exactly the version of the crate. */
export function wasmBindgen() {
  const lock = readFileSync(join(repository, 'Cargo.lock'), 'utf8')
  const found = /^name = "wasm-bindgen"\nversion = "([^"]+)"/m.exec(lock)
  if (!found) throw new Error('Cargo.lock names no wasm-bindgen')
  return found[1]
}

/** Compares two versions of numbers and dots: negative where `a` is the older one. */
export function compareVersions(a, b) {
  const [left, right] = [a, b].map((text) => text.split(/[.-]/).map(Number))
  for (let index = 0; index < 3; index++) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}
