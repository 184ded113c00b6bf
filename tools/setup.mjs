// Installs what a fresh machine lacks. `node tools/setup.mjs` for building and serving, with
// `--tests` also what the tests need. It may be run again and again: what is there is left alone.
//
// Nothing here may need node_modules, which this is about to install.

import { fileURLToPath } from 'node:url'
import { chromium, firefox } from './setup/browsers.mjs'
import { cargoTool, tidy } from './setup/cargo-tools.mjs'
import { nodeModules } from './setup/node-modules.mjs'
import { rust, wasmToolchain } from './setup/rust.mjs'
import { SetupError, seconds, step } from './setup/step.mjs'

/** Makes sure that everything is there; throws an error that names what is not. */
export async function setUp({ tests = false } = {}) {
  const started = performance.now()
  if (Number(process.versions.node.split('.')[0]) < 20)
    throw new SetupError(
      `Node 20 or newer is needed and ${process.versions.node} is there: see https://nodejs.org.`,
    )
  console.log('Set-up')
  await step('rust', rust)
  // Three that do not get in one another's way: the network and the disk are busy with packages
  // while the processor builds tools.
  const lanes = [
    async () => {
      await step('wasm toolchain', wasmToolchain)
      if (tests) {
        await step('chromium', chromium)
        await step('firefox', firefox)
      }
    },
    async () => {
      await step('node modules', nodeModules)
    },
    async () => {
      const names = ['wasm-bindgen', 'wasm-pack']
      if (tests) names.push('geckodriver', 'cargo-nextest')
      for (const name of names) await step(name, cargoTool(name))
      await tidy()
    },
  ]
  const outcomes = await Promise.allSettled(lanes.map((lane) => lane()))
  const errors = outcomes.filter(({ status }) => status === 'rejected').map(({ reason }) => reason)
  for (const error of errors) if (!(error instanceof SetupError)) throw error
  if (errors.length > 0) throw new SetupError(errors.map(({ message }) => message).join('\n'))
  console.log(`Set-up done (${seconds(performance.now() - started)})`)
}

/** `setUp` for a command line: says what is missing and ends. */
export async function setUpOrExit(options) {
  try {
    await setUp(options)
  } catch (error) {
    if (!(error instanceof SetupError)) throw error
    console.error(`\n${error.message}`)
    process.exit(1)
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const unknown = process.argv.slice(2).filter((option) => option !== '--tests')
  if (unknown.length > 0) {
    console.error(`Unknown option ${unknown[0]}. Usage: node tools/setup.mjs [--tests]`)
    process.exit(2)
  }
  await setUpOrExit({ tests: process.argv.includes('--tests') })
}
