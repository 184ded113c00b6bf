// Tools that cargo builds from source, into our own cache. A tool that is on PATH in the right
// version is taken as it is.
//
// They run for seconds and are built once, so what counts is the time to build them: see `profile`.

import { existsSync, mkdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { environment, findCommand, toolFolder } from './places.mjs'
import { run } from './run.mjs'
import { installWith } from './step.mjs'
import {
  compareVersions,
  geckodriver,
  minimumNextest,
  nextest,
  wasmBindgen,
  wasmPack,
} from './versions.mjs'

const tools = {
  'wasm-pack': { crate: 'wasm-pack', command: 'wasm-pack', version: () => wasmPack },
  'wasm-bindgen': { crate: 'wasm-bindgen-cli', command: 'wasm-bindgen', version: wasmBindgen },
  geckodriver: { crate: 'geckodriver', command: 'geckodriver', version: () => geckodriver },
  'cargo-nextest': {
    crate: 'cargo-nextest',
    command: 'cargo-nextest',
    version: () => nextest,
    minimum: minimumNextest,
    // Its authors support no other way of installing it.
    locked: true,
  },
}

/** What set-up needs to know of a tool: see `step`. */
export function cargoTool(name) {
  const tool = tools[name]
  return {
    async present() {
      const version = await versionOf(await locate(name))
      return version && `${tool.crate} ${version}`
    },
    async install() {
      await build(tool)
      return `${tool.crate} ${tool.version()}`
    },
  }
}

/** The file of a tool in a version that will do, ours or the one on PATH; undefined if none is. */
export async function locate(name) {
  const tool = tools[name]
  const own = join(toolFolder(tool.crate, tool.version()), 'bin', tool.command)
  if (existsSync(own)) return own
  const onPath = findCommand(tool.command)
  const version = await versionOf(onPath)
  if (!version) return undefined
  const fits = tool.minimum
    ? compareVersions(version, tool.minimum) >= 0
    : version === tool.version()
  return fits ? onPath : undefined
}

/** The folders of our own builds of these tools, for PATH. */
export function toolFolders() {
  return Object.values(tools)
    .map((tool) => join(toolFolder(tool.crate, tool.version()), 'bin'))
    .filter((folder) => existsSync(folder))
}

async function versionOf(file) {
  if (!file) return undefined
  const found = await run(file, ['--version'], { limit: 20_000 })
  return found.ok ? /\b(\d+\.\d+\.\d+)\b/.exec(found.output)?.[1] : undefined
}

// No optimisation, no debug information: the tools of a cold set-up take half the time to build.
const profile = {
  CARGO_PROFILE_DEV_DEBUG: 'false',
  CARGO_PROFILE_DEV_OPT_LEVEL: '0',
  CARGO_PROFILE_DEV_INCREMENTAL: 'false',
  CARGO_INCREMENTAL: '0',
}

let last = Promise.resolve()

/** One after another: each build uses all cores, and they share the crates they have in common. */
function build(tool) {
  const mine = last.then(() => buildNow(tool))
  last = mine.catch(() => {})
  return mine
}

async function buildNow({ crate, version, locked }) {
  const folder = toolFolder(crate, version())
  mkdirSync(folder, { recursive: true })
  const options = [
    'install',
    '--root',
    folder,
    '--version',
    version(),
    '--debug',
    '--force',
    '--quiet',
  ]
  if (locked) options.push('--locked')
  await installWith(
    'cargo',
    [...options, crate],
    {
      env: environment({ ...profile, CARGO_TARGET_DIR: buildFolder, RUSTFLAGS: '' }),
      cwd: folder,
    },
    `${crate} ${version()} could not be built: install it with "cargo install ${crate} --version ${version()}", then run this again.`,
  )
}

// Of this process alone: another set-up at the same time has its own, and removes nobody else's.
const buildFolder = join(tmpdir(), `forerun-tools-${process.pid}`)

/** Removes what the builds have left; it is large and of no more use. */
export async function tidy() {
  await last
  rmSync(buildFolder, { recursive: true, force: true })
}
