// The types of the packed package, as projects of both ways to resolve modules find them. Declarations
// are checked as well, which `skipLibCheck` mostly hides.

import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { repository } from '../../tools/setup/places.mjs'
import { run } from '../../tools/setup/run.mjs'
import { installPackage } from '../support/packaging/installed.mjs'

const compiler = join(repository, 'node_modules/typescript/bin/tsc')

const resolutions = {
  node16: { module: 'node16', moduleResolution: 'node16' },
  bundler: { module: 'esnext', moduleResolution: 'bundler' },
}

/** What a page or a program of that time may name; nothing newer, and nothing of Node. */
const settings = {
  target: 'es2022',
  lib: ['es2022', 'dom'],
  types: [],
  strict: true,
  exactOptionalPropertyTypes: true,
  skipLibCheck: false,
  noEmit: true,
}

const simulating = `
import { createSimulator, type InvalidTransactionError, type Simulator, snapshot } from 'forerun'

const simulator: Simulator = await createSimulator({
  source: snapshot({ chainId: 1, fork: 'OSAKA', accounts: {} }),
})
const { transactions } = await simulator.simulateBundle({ transactions: [] })
export const gasUsed: bigint = transactions.reduce((sum, { gasUsed }) => sum + gasUsed, 0n)
export const indexOf = (error: InvalidTransactionError): number => error.index
// @ts-expect-error: types were found, and refuse what is not there
simulator.simulateBundel
`

const withViem = `
import { createSimulator, snapshot } from 'forerun'
import { forerunActions, forerunTransport } from 'forerun/viem'
import { createPublicClient } from 'viem'

const simulator = await createSimulator({
  source: snapshot({ chainId: 1, fork: 'OSAKA', accounts: {} }),
})
const transport = forerunTransport(simulator)
const client = createPublicClient({ transport }).extend(forerunActions(simulator))
export const head: bigint = await client.getBlockNumber()
// @ts-expect-error: types were found, and refuse what is not there
forerunTransport(1)
`

describe('types of the packed package', { timeout: 300_000 }, () => {
  let installed
  before(async () => {
    installed = await installPackage()
  })
  after(() => installed?.remove())

  /** What the compiler says about a project of one file. */
  async function compile(source, compilerOptions, tools) {
    const files = {
      'main.ts': source,
      'tsconfig.json': JSON.stringify({ compilerOptions, files: ['main.ts'] }),
    }
    const cwd = await installed.project(files, { tools })
    const { ok, output } = await run(process.execPath, [compiler, '-p', '.'], { cwd })
    assert.ok(ok, output)
  }

  for (const [name, resolution] of Object.entries(resolutions)) {
    it(`are found and sound with "moduleResolution": "${name}"`, () =>
      compile(simulating, { ...settings, ...resolution }))

    it(`fit viem's with "moduleResolution": "${name}"`, () =>
      compile(withViem, { ...settings, ...resolution }, ['viem']))
  }
})
