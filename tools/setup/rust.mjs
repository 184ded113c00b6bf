// Rust: the stable compiler, which has to be there, and the wasm toolchain, whose std can be
// rebuilt with atomics. That needs the compiler's own std source: from rustup where it can fetch
// it, else from Debian.

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { canInstall, install as installPackages, privileged } from './debian.mjs'
import { environment, findCommand } from './places.mjs'
import { run } from './run.mjs'
import { logFile, SetupError } from './step.mjs'
import { compareVersions, linkedToolchain, minimumRust, nightly } from './versions.mjs'

const wasmTarget = 'wasm32-unknown-unknown'
const debianPackages = ['rustc-web', 'cargo-web', 'rust-web-src', 'lld-19']

/** `auto` takes rustup's nightly where it can be had; `debian` and `rustup` leave no choice. */
const choice = process.env.FORERUN_WASM_TOOLCHAIN || 'auto'

export const rust = {
  async present() {
    const found = await run('rustc', ['--version'])
    const version = /^rustc (\d+\.\d+\.\d+)/m.exec(found.output)?.[1]
    if (!found.ok || !version || !findCommand('cargo'))
      throw new SetupError(
        `Rust ${minimumRust} or newer is missing: install it from https://rustup.rs and run this again.`,
      )
    if (compareVersions(version, minimumRust) < 0)
      throw new SetupError(
        `Rust ${minimumRust} or newer is needed and ${version} is there: run "rustup update stable".`,
      )
    if (!findCommand('rustup'))
      throw new SetupError(
        'rustup is missing, through which the wasm toolchain is chosen: install it from https://rustup.rs and run this again.',
      )
    return version
  },
}

export const wasmToolchain = {
  async present() {
    if (!['auto', 'debian', 'rustup'].includes(choice))
      throw new SetupError(
        `FORERUN_WASM_TOOLCHAIN is "${choice}": it has to be auto, rustup or debian.`,
      )
    return (await installedWasmToolchain())?.description
  },
  async install() {
    const tried = []
    if (choice !== 'debian') {
      const outcome = await fromRustup()
      if (outcome !== undefined) {
        tried.push(`rustup could not fetch ${nightly} (${outcome})`)
        console.log(`  wasm toolchain: ${tried[0]}`)
      }
    }
    if (choice !== 'rustup' && !(await installedWasmToolchain())) {
      const obstacle = canInstall()
      if (obstacle)
        throw new SetupError(
          `The wasm toolchain is missing: ${[...tried, obstacle].join(', and ')}. Get it with "rustup toolchain install ${nightly} --profile minimal --component rust-src --target ${wasmTarget}".`,
        )
      await fromDebian()
    }
    const there = await installedWasmToolchain()
    if (there) return there.description
    throw new SetupError(
      `The wasm toolchain is missing (${tried.join(', ') || 'the packages did not bring it'}): get it with "rustup toolchain install ${nightly} --profile minimal --component rust-src --target ${wasmTarget}".`,
    )
  },
}

/**
 * The toolchain for wasm, or undefined: its name in rustup, the linker where it has none of its
 * own, and words for people.
 */
export async function installedWasmToolchain() {
  if (choice !== 'debian') {
    const nightlyRoot = await sysroot(nightly)
    if (
      nightlyRoot &&
      hasSource(nightlyRoot) &&
      existsSync(join(nightlyRoot, 'lib/rustlib', wasmTarget, 'lib'))
    )
      return { name: nightly, linker: undefined, description: `${nightly} with rust-src` }
  }
  if (choice !== 'rustup') {
    const linked = await sysroot(linkedToolchain)
    const linker = findCommand('wasm-ld-19')
    if (
      linked &&
      linker &&
      hasSource(linked) &&
      existsSync(join(linked, 'lib/rustlib', wasmTarget, 'lib')) &&
      findCommand('cargo', { PATH: join(linked, 'bin') })
    )
      return { name: linkedToolchain, linker, description: "Debian's rustc-web with rust-web-src" }
  }
  return undefined
}

async function sysroot(toolchain) {
  // Without this a rustup that may install by itself would try to, and take its time.
  const env = environment({ RUSTUP_AUTO_INSTALL: '0' })
  const found = await run('rustup', ['run', toolchain, 'rustc', '--print', 'sysroot'], { env })
  return found.ok ? found.output.trim().split('\n').at(-1) : undefined
}

function hasSource(root) {
  return existsSync(join(root, 'lib/rustlib/src/rust/library/std/Cargo.toml'))
}

/** Returns undefined where it went well, else what went wrong. */
async function fromRustup() {
  const options = ['toolchain', 'install', nightly, '--profile', 'minimal', '--no-self-update']
  options.push('--component', 'rust-src', '--target', wasmTarget)
  const result = await run('rustup', options, {
    env: environment({ RUSTUP_MAX_RETRIES: '1', RUST_BACKTRACE: '0' }),
    log: logFile,
    // Where its server cannot be reached this must not take long; where it can, a slow line may.
    limit: 20_000,
    onOutput(text, setLimit) {
      if (/downloading|latest update on/.test(text)) setLimit(900_000)
    },
  })
  if (result.ok) return undefined
  if (result.timedOut) return 'no answer from its server'
  return /^error: (.*)/m.exec(result.output)?.[1] ?? `it ended with code ${result.code}`
}

async function fromDebian() {
  await installPackages(debianPackages)
  const { ok, output } = await run('rustup', ['toolchain', 'link', linkedToolchain, '/usr'], {
    log: logFile,
  })
  if (!ok) throw new SetupError(`rustup could not link Debian's compiler: ${output.trim()}`)
  // wasm-pack wants this folder to exist, also where std is built from source.
  await privileged('mkdir', ['-p', `/usr/lib/rustlib/${wasmTarget}/lib`])
}
