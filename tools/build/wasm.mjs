// The two wasm builds of crate/wasm, by wasm-pack, and a test module that is built like one of them.
//
// `threads` has a std rebuilt with atomics and a memory that comes from outside and is shared;
// `single` runs where a page may not share memory. Each has a target folder of its own: they
// differ in flags, and cargo would otherwise rebuild everything whenever the other had its turn.

import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { locate, toolFolders } from '../setup/cargo-tools.mjs'
import { environmentWith, repository, target } from '../setup/places.mjs'
import { run } from '../setup/run.mjs'
import { installedWasmToolchain } from '../setup/rust.mjs'
import { optimise } from './wasm-opt.mjs'

export const builds = ['threads', 'single']

/** What a link of either build is told. */
const common = [
  // What errors say is written for people and never derived, and a panic says what is wrong; where it
  // was in the source would be 10 kB of file names, compressed.
  '-Zfmt-debug=none',
  '-Zlocation-detail=none',
  // How much longer code may become by standing where it was called, whatever the level: 14 kB less,
  // compressed, than by the compiler's own measure, and as fast. What has to stand there says so.
  '-C llvm-args=-inline-threshold=25',
  '-C target-feature=+bulk-memory,+mutable-globals,+simd128',
  // As much as the pool's threads get.
  '-C link-arg=-zstack-size=2097152',
  '--cfg getrandom_backend="wasm_js"',
]

/**
 * All that is generic in the executor and in revm around the instructions that the loop has not, which
 * is the state's part of the work. At the compiler's third level real blocks take 1.03 of the time in
 * Chromium, at the one for short code 1.15.
 */
const second = [
  'alloy-primitives',
  'forerun-executor',
  'hashbrown',
  'revm-bytecode',
  'revm-context',
  'revm-context-interface',
  'revm-database',
  'revm-handler',
  'revm-state',
]

/**
 * The curves of the rarer precompiles, which would be a third of the compressed file and whose results
 * are remembered; what is done once a request, a transaction or a run, and hardly loops; and two that
 * nobody needs fast. `bytes` is not among them: blocks of the chain took 1.05 of the time.
 */
const shortest = [
  'ark-bls12-381',
  'ark-bn254',
  'ark-ec',
  'ark-ff',
  'ark-poly',
  'ark-serialize',
  'aurora-engine-modexp',
  'p256',
  'primeorder',
  // Where the generic code of all of these is instantiated.
  'revm-precompile',
  'serde_json',
  'alloy-consensus',
  'alloy-eip2930',
  'alloy-eip7702',
  'alloy-eips',
  'alloy-rlp',
  'alloy-serde',
  'alloy-trie',
  'bitvec',
  'crossbeam-channel',
  'crossbeam-deque',
  'crossbeam-epoch',
  'crossbeam-utils',
  'forerun-simulator',
  'forerun-wasm',
  'num-bigint',
  'nybbles',
  'rayon',
  'rayon-core',
  'ripemd',
  'serde_core',
  'serde-wasm-bindgen',
  'wasm-bindgen-rayon',
]

const atLevel = (level, packages) =>
  packages.flatMap((name) => ['--config', `profile.release.package.${name}.opt-level=${level}`])

/** For cargo, and not in the manifest, which would hold for native code too. */
const levels = [...atLevel(2, second), ...atLevel('"z"', shortest)]

const shared = [
  '-C target-feature=+atomics',
  '-C link-arg=--shared-memory',
  '-C link-arg=--import-memory',
  // The most that can be linked: the page hands in a memory, whose own maximum may be smaller.
  '-C link-arg=--max-memory=4294967296',
  // What wasm-bindgen needs to give each thread its own stack and thread-local storage.
  ...['__wasm_init_tls', '__tls_size', '__tls_align', '__tls_base', '__heap_base'].map(
    (symbol) => `-C link-arg=--export=${symbol}`,
  ),
]

/**
 * What stands in panics in the place of folders of whoever builds: shorter, and nobody's business. Only
 * paths without a blank can be named among these flags.
 */
const renamed = [
  [join(process.env.CARGO_HOME ?? join(homedir(), '.cargo'), 'registry', 'src'), 'crates'],
  [process.env.RUSTUP_HOME ?? join(homedir(), '.rustup'), 'rust'],
  [repository, 'forerun'],
]
  .filter(([folder]) => !folder.includes(' '))
  .map(([folder, name]) => `--remap-path-prefix=${folder}=${name}`)

/** The environment of every cargo and wasm-pack call for one of the builds. */
export async function wasmEnvironment(build) {
  const toolchain = await installedWasmToolchain()
  if (!toolchain) throw new Error('the wasm toolchain is gone; run "node tools/setup.mjs"')
  return environmentWith(toolFolders(), {
    RUSTUP_TOOLCHAIN: toolchain.name,
    // A compiler that is not a nightly refuses `build-std` without this.
    RUSTC_BOOTSTRAP: '1',
    // As a variable and not behind `--`: `wasm-pack test` hands further options to one of its two
    // calls of cargo only. Both builds take the same std, so that there is one recipe to keep.
    CARGO_UNSTABLE_BUILD_STD: 'panic_abort,std',
    // Sorting and the printing of numbers in few lines of code: sorts are compiled for each type that
    // is sorted. 11 kB less, compressed; blocks take as long.
    CARGO_UNSTABLE_BUILD_STD_FEATURES: 'optimize_for_size',
    CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS: [
      ...common,
      ...renamed,
      ...(build === 'threads' ? shared : []),
    ].join(' '),
    ...(toolchain.linker && { CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER: toolchain.linker }),
    CARGO_TARGET_DIR: join(target, `wasm-${build}`),
  })
}

/** A text that changes whenever another compiler or tool would build the wasm. */
export async function wasmFacts() {
  const toolchain = await installedWasmToolchain()
  return `${toolchain?.name} ${await locate('wasm-bindgen')} ${await locate('wasm-pack')}`
}

let lastCompilation = Promise.resolve()

const featuresOf = (build) => (build === 'threads' ? ['--features', 'threads'] : [])

/** Builds into pkg/threads or pkg/single. */
export function buildWasm(build) {
  const options = ['--', ...levels, ...featuresOf(build)]
  const place = join(repository, 'pkg', build)
  return pack({ build, name: build, crate: 'wasm', options, place })
}

/** Where a plain build is. */
export const plainPlace = (build) => join('target', 'plain', build)

/**
 * Builds one of the two without the feature `fast`, all of it at the compiler's third level and with
 * copies as the compiler makes them: plain revm under our executor, for benchmarks to compare with. Never
 * part of the package.
 */
export function buildPlain(build) {
  const options = ['--', '--no-default-features', ...featuresOf(build)]
  const place = join(repository, plainPlace(build))
  return pack({ build, name: `plain-${build}`, crate: 'wasm', options, place, plain: true })
}

/** Where the test module of crate/conformance-wasm is. */
export const conformancePlace = join('target', 'conformance')

/** Builds the test module of crate/conformance-wasm like the threaded build. */
export function buildConformance() {
  const place = join(repository, conformancePlace)
  const crate = 'conformance-wasm'
  const options = ['--', ...levels]
  return pack({ build: 'threads', name: 'conformance', crate, options, place })
}

/** Where the module of crate/bench-wasm is, with the allocator of the threaded build or without. */
export const allocationPlace = (plain) => join('target', plain ? 'plain' : 'bench', 'allocation')

/** Builds the module of crate/bench-wasm like the threaded build. */
export function buildAllocation(plain) {
  const place = join(repository, allocationPlace(plain))
  const name = plain ? 'plain-allocation' : 'allocation'
  const options = plain ? ['--', '--no-default-features'] : []
  return pack({ build: 'threads', name, crate: 'bench-wasm', options, place, plain })
}

async function pack({ build, name, crate, options: more, place, plain = false }) {
  const staging = join(target, 'pkg', name)
  const options = ['build', join(repository, 'crate', crate), '--release', '--mode', 'no-install']
  options.push('--target', 'web', '--no-pack', '--out-dir', staging, '--out-name', 'forerun')
  options.push(...more)
  rmSync(staging, { recursive: true, force: true })
  mkdirSync(staging, { recursive: true })
  // A compilation uses every core it can get, so there is one at a time.
  const compilation = lastCompilation.then(() => compile(name, build, options))
  lastCompilation = compilation.catch(() => {})
  await compilation

  // npm obeys the first when it packs, and would leave everything out.
  for (const file of ['.gitignore', 'package.json', 'README.md'])
    rmSync(join(staging, file), { force: true })
  if (build === 'threads') replaceStarter(join(staging, 'snippets'))
  await optimise(join(staging, 'forerun_bg.wasm'), build, { plain })

  // Whole or not at all: whoever looks meanwhile finds the build before this one.
  rmSync(place, { recursive: true, force: true })
  cpSync(staging, place, { recursive: true })
}

async function compile(name, build, options) {
  const env = await wasmEnvironment(build)
  const result = await run('wasm-pack', options, { env, show: true, limit: 1_800_000 })
  if (!result.ok) throw new Error(`wasm-pack could not make the ${name} build, see above`)
}

/**
 * wasm-bindgen-rayon's own way of starting threads has no error path, no time limit and drops its
 * workers. Ours is installed by the coordinator; this makes the glue call it.
 */
function replaceStarter(snippets) {
  const folders = readdirSync(snippets).filter((name) => name.startsWith('wasm-bindgen-rayon-'))
  const files = folders.flatMap((name) => readdirSync(join(snippets, name, 'src')))
  if (folders.length !== 1 || files.join() !== 'workerHelpers.js')
    throw new Error(
      `wasm-bindgen-rayon has brought other files than expected (${folders} with ${files}): look at how it starts threads now, then at replaceStarter`,
    )
  const file = join(snippets, folders[0], 'src', 'workerHelpers.js')
  const exported = [...readFileSync(file, 'utf8').matchAll(/^export\s+(.*?)\(/gm)].map(
    ([, name]) => name,
  )
  const expected = 'async function startWorkers'
  if (exported.join() !== expected)
    throw new Error(
      `wasm-bindgen-rayon's workerHelpers.js exports "${exported}" and not "${expected}": look at how it starts threads now, then at replaceStarter`,
    )
  writeFileSync(
    file,
    `// Put here by forerun's build in place of wasm-bindgen-rayon's own file.
export function startWorkers(module, memory, builder) {
  const start = globalThis.__forerunStartWorkers
  if (!start) throw new Error('forerun: initThreadPool works only inside its worker')
  return start(module, memory, builder)
}
`,
  )
}
