// `npm run bench`: how fast it is. Every benchmark runs the parallel executor beside the plain
// sequential loop. A table on the terminal, and target/bench/report.json for tools. Ends with 1 where a
// case came to no result or a wrong one, 2 where the command makes no sense. Speed is never judged.

import { mkdirSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { parse, Refusal, usage } from './bench/options.mjs'
import { buildOrExit } from './build.mjs'
import { repository, target } from './setup/places.mjs'
import { setUpOrExit } from './setup.mjs'

const options = read(process.argv.slice(2))
const needsPackage = options.runtimes.some((name) => name !== 'native')

await setUpOrExit({ tests: options.runtimes.some((name) => !['native', 'node'].includes(name)) })
if (needsPackage) await buildOrExit()
const { buildNative, openNative } = await import('./bench/runtimes/native.mjs')
const { benches } = await import('./bench/benches.mjs')
const { describeCommit, describeMachine, machineLines } = await import('./bench/machine.mjs')
const { Measurement } = await import('./bench/measure.mjs')
const { wasmOverNativeRows } = await import('./bench/rows.mjs')
const { head, linesOf } = await import('./bench/table.mjs')

if (needsPackage)
  for (const { name, builds } of benches)
    if (builds && options.only.includes(name)) await buildOrExit(builds)
// For browsers too: most cases are made by the native executor.
if (benches.some(({ name, native = true }) => native && options.only.includes(name)))
  await buildNative()
const report = { machine: {}, commit: await describeCommit(), rows: [] }
let failed = 0
const opened = []
try {
  for (const name of options.runtimes) opened.push(await openRuntime(name))
  const versions = Object.assign({}, ...opened.map((runtime) => runtime.versions))
  report.machine = await describeMachine(versions)
  console.log(`\nMachine\n${machineLines(report.machine).join('\n')}`)
  console.log(`  commit     ${report.commit}`)
  for (const bench of benches) {
    if (!options.only.includes(bench.name)) continue
    const runtimes = opened.filter(({ name }) => bench.runtimes?.includes(name) ?? name !== 'node')
    console.log(bench.head ?? head(bench.name))
    if (runtimes.length === 0) {
      console.log(`  runs in ${(bench.runtimes ?? ['native', 'browsers']).join(', ')} only`)
      continue
    }
    const measurement = new Measurement(bench.name, runtimes, options)
    await bench.run(measurement)
    const compared = wasmOverNativeRows(measurement.rows)
    for (const row of compared) for (const line of linesOf([row])) console.log(line)
    report.rows.push(...measurement.rows, ...compared)
    failed += measurement.failed
    // After each, so that a run that is ended has left something.
    write()
  }
} finally {
  for (const runtime of opened) await runtime.close()
}
console.log(`\n${report.rows.length} rows in ${relative(process.cwd(), file())}`)
if (failed > 0) console.log(`${failed} cases failed, see above`)
process.exit(failed > 0 ? 1 : 0)

function file() {
  return join(target, 'bench', 'report.json')
}

function write() {
  mkdirSync(join(target, 'bench'), { recursive: true })
  writeFileSync(file(), `${JSON.stringify(report, undefined, 1)}\n`)
}

async function openRuntime(name) {
  if (name === 'native') return openNative()
  // What runs there starts it itself.
  if (name === 'node') return { name, versions: {}, async close() {} }
  const { openBrowserRuntime } = await import('./bench/runtimes/browser.mjs')
  return openBrowserRuntime(name)
}

function read(words) {
  try {
    // npm runs scripts in the repository; paths are meant from where it was typed.
    const here = process.env.npm_lifecycle_event === 'bench' ? process.env.INIT_CWD : undefined
    const found = parse(words, here ?? repository)
    if (!found.help) return found
    process.stdout.write(usage)
    process.exit(0)
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    process.stderr.write(`bench: ${error.message}\n\n${usage}`)
    process.exit(2)
  }
}
