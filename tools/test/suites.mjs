// Every check and every test suite there is, in the order in which they run: what fails soonest and
// costs least comes first.
//
// A suite has a `name`, a `command`, a `limit` in minutes, and
// - `counts`: reads the numbers of tests from its output; without it the suite is one check
// - `mayBeEmpty`: whether it is well when there is no test in it
// - `env`: its environment, where it needs another
// - `skip`: says why it cannot run here, or undefined

import { existsSync, readdirSync } from 'node:fs'
import { join, relative } from 'node:path'
import { wasmEnvironment } from '../build/wasm.mjs'
import { chromiumFiles } from '../setup/browsers.mjs'
import { locate } from '../setup/cargo-tools.mjs'
import { findCommand, repository } from '../setup/places.mjs'
import { conformance, libtest, nextest, nodeTest, replay, vitest } from './counts.mjs'

const node = process.execPath
const bin = (name) => join(repository, 'node_modules', '.bin', name)

/** Fast, and without a build. */
export const checks = [
  { name: 'rustfmt', command: ['cargo', 'fmt', '--all', '--check'], limit: 2 },
  { name: 'biome', command: [bin('biome'), 'ci', '--error-on-warnings', '.'], limit: 2 },
  { name: 'API reference', command: [node, 'tools/docs.mjs', '--check'], limit: 6 },
  {
    name: 'clippy',
    command: [
      'cargo',
      'clippy',
      '--workspace',
      '--all-targets',
      '--locked',
      '--',
      '-D',
      'warnings',
    ],
    limit: 15,
  },
]

/** Needs web/dist, whose types the demo imports. */
export const typeChecks = ['web', 'web/src/worker', 'web/src/node', 'web/test', 'demo'].map(
  (folder) => ({
    name: `tsc ${folder}`,
    command: [bin('tsc'), '--noEmit', '-p', join(repository, folder, 'tsconfig.json')],
    limit: 3,
  }),
)

export const licences = {
  name: 'cargo-deny',
  command: ['cargo', 'deny', '--offline', 'check', 'bans', 'licenses', 'sources'],
  limit: 3,
  skip: () => (findCommand('cargo-deny') ? undefined : 'cargo-deny is not installed'),
}

/** What runs after the build, natively and in Node. */
export const nativeSuites = [
  {
    name: 'tests of tools',
    command: together('tools'),
    limit: 3,
    counts: nodeTest,
  },
  {
    name: 'native tests',
    // What passing tests print is needed to count those that skipped.
    command: [
      'cargo',
      'nextest',
      'run',
      '--workspace',
      '--locked',
      '--no-fail-fast',
      '--success-output',
      'final',
    ],
    limit: 20,
    counts: nextest,
  },
  {
    // What the executor's workers tell one another, with every order of their steps tried out.
    name: 'orders of steps',
    command: [
      'cargo',
      'nextest',
      'run',
      '--package',
      'forerun-executor',
      '--lib',
      '--features',
      'loom',
      '--locked',
      '--no-fail-fast',
      'orders',
    ],
    limit: 10,
    counts: nextest,
  },
  {
    // As the wasm builds have it; the native tests have revm's own.
    name: 'executor on the fast interpreter',
    command: [
      'cargo',
      'nextest',
      'run',
      '--package',
      'forerun-executor',
      '--features',
      'fast-interpreter',
      '--locked',
      '--no-fail-fast',
      '--success-output',
      'final',
    ],
    limit: 20,
    counts: nextest,
  },
  {
    name: 'documentation tests',
    command: ['cargo', 'test', '--workspace', '--doc', '--locked', '--no-fail-fast'],
    limit: 10,
    counts: libtest,
    mayBeEmpty: true,
  },
  {
    // The committed snapshot must be what the contracts leave behind on this executor.
    name: 'demo snapshot',
    command: [node, 'demo/contracts/build.mjs', '--check'],
    limit: 10,
  },
  {
    name: 'unit tests of web',
    command: [bin('vitest'), 'run', '--root', 'web'],
    limit: 5,
    counts: vitest,
  },
]

/** What runs in WebAssembly: in browsers, and what needs none in Node. */
export async function browserSuites() {
  return [
    {
      name: 'package in Node',
      command: oneByOne('node'),
      limit: 8,
      counts: nodeTest,
    },
    {
      name: 'wasm interpreter, Node',
      command: [
        'wasm-pack',
        'test',
        '--node',
        '--release',
        '--mode',
        'no-install',
        'crate/interpreter',
      ],
      env: await wasmEnvironment('single'),
      limit: 15,
      counts: libtest,
    },
    {
      // The tarball that would be published, in projects of those who install it.
      name: 'packaging',
      command: oneByOne('packaging'),
      limit: 12,
      counts: nodeTest,
    },
    await wasmTests('threads', 'Chromium'),
    await wasmTests('threads', 'Firefox'),
    await wasmTests('single', 'Chromium'),
    await wasmTests('single', 'Firefox'),
    {
      name: 'browser tests',
      command: oneByOne('browser'),
      limit: 20,
      counts: nodeTest,
    },
    {
      // The examples of the documentation, and what it says of headers.
      name: 'guide and examples',
      command: oneByOne('docs'),
      limit: 12,
      counts: nodeTest,
    },
    {
      // The JSON-RPC provider, by itself and under viem and ethers, in Node and in Chromium.
      name: 'provider',
      command: oneByOne('provider'),
      limit: 12,
      counts: nodeTest,
    },
    {
      // The package on state that servers have, in Node and in Chromium.
      name: 'remote state',
      command: oneByOne('remote'),
      limit: 12,
      counts: nodeTest,
    },
  ]
}

/** Real blocks, from a file that only some checkouts have beside them. */
export const replays = ['native', 'node', 'chromium', 'firefox'].map((runtime) => ({
  name: `real blocks, ${runtime}`,
  command: [node, 'tools/replay.mjs', blocks(), '--threads', '2', '--runtime', runtime],
  limit: 10,
  counts: replay,
  skip: () => (existsSync(join(repository, blocks())) ? undefined : `${blocks()} is not there`),
}))

/**
 * The published tests in a browser, of the large suites a part, and JSON-RPC vectors in Node too.
 * Natively all kinds are among the native tests.
 */
export const conformanceSuites = [
  {
    name: 'conformance command',
    command: together('conformance'),
    limit: 40,
    counts: nodeTest,
  },
  publishedTests('state-tests', ['eest-state-tests.tar.gz', 'general-state-tests.tar.gz'], 400),
  publishedTests('blockchain-tests', ['blockchain-tests.tar.gz'], 200),
  conformanceSuite('tracers', ['tracers.tar.gz'], 'node'),
  conformanceSuite('tracers', ['tracers.tar.gz'], 'chromium'),
  vectors('node'),
  vectors('chromium'),
]

function publishedTests(kind, packs, sample) {
  const options = ['--sample', String(sample), '--seed', '1']
  return conformanceSuite(kind, packs, 'chromium', options)
}

/** All requests to a node that are answered here, to the package. Natively they are among the native tests. */
function vectors(runtime) {
  return conformanceSuite('rpc', ['execution-apis.tar.gz'], runtime)
}

function conformanceSuite(kind, packs, runtime, more = []) {
  const paths = packs.map((pack) => join('..', 'shared', 'fixtures', pack))
  const options = [...more, '--threads', '2', '--runtime', runtime]
  const missing = paths.find((path) => !existsSync(join(repository, path)))
  return {
    name: `${kind}, ${runtime}`,
    command: [node, 'tools/conformance.mjs', kind, ...paths, ...options],
    limit: 15,
    counts: conformance,
    skip: () => (missing ? `${missing} is not there` : undefined),
  }
}

function blocks() {
  return join('..', 'shared', 'fixtures', 'blocks.tar.gz')
}

/** All tests of a folder, in Node's own runner. */
function together(folder, ...options) {
  return [node, '--test', ...options, '--test-reporter=spec', ...testsIn(folder)]
}

/** One file after the other: some wait for all threads of the process, and cores are few. */
function oneByOne(folder) {
  return together(folder, '--test-concurrency=1')
}

function testsIn(name) {
  const folder = join(repository, 'tests', name)
  return readdirSync(folder)
    .filter((file) => file.endsWith('.test.mjs'))
    .sort()
    .map((file) => relative(repository, join(folder, file)))
}

async function wasmTests(build, browser) {
  const options = ['test', '--headless', '--release', '--mode', 'no-install']
  if (browser === 'Chromium') options.push('--chrome', '--chromedriver', chromiumFiles().driver)
  else options.push('--firefox', '--geckodriver', await locate('geckodriver'))
  options.push('crate/wasm')
  if (build === 'threads') options.push('--features', 'test-threads')
  return {
    name: `wasm ${build}, ${browser}`,
    command: ['wasm-pack', ...options],
    env: {
      ...(await wasmEnvironment(build)),
      MOZ_HEADLESS: '1',
      // The default of 20 seconds is short for a machine that is busy otherwise.
      WASM_BINDGEN_TEST_TIMEOUT: '180',
    },
    limit: 15,
    counts: libtest,
  }
}
