// `npm test`: installs what is missing, builds, and runs every check and every test there is. The
// very last line is "N passed, N failed"; what could not run has failed.
//
// `npm test -- --only NAME` runs the suites whose name holds NAME (several, with commas).

import { parseArgs } from 'node:util'
import { buildAll } from './build.mjs'
import { setUpOrExit } from './setup.mjs'
import { runSuite, summarise } from './test/suite-runner.mjs'
import {
  browserSuites,
  checks,
  conformanceSuites,
  nativeSuites,
  replays,
  typeChecks,
} from './test/suites.mjs'

const { values } = parseArgs({ options: { only: { type: 'string' } } })
const chosen = values.only?.toLowerCase().split(',')
const isChosen = ({ name }) => !chosen || chosen.some((part) => name.toLowerCase().includes(part))

await setUpOrExit({ tests: true })

const results = []
const runAll = async (suites) => {
  for (const suite of suites.filter(isChosen)) results.push(await runSuite(suite))
}

await runAll(checks)
const built = await build()
if (!chosen || !built.ok) results.push(built.result)
// A build that failed leaves the build before it, or none: what is tested then is not this source.
if (built.ok) {
  await runAll(typeChecks)
  await runAll(nativeSuites)
  await runAll(await browserSuites())
  await runAll(replays)
  await runAll(conformanceSuites)
} else {
  await runAll(nativeSuites)
  const lost = [...typeChecks, ...(await browserSuites()), ...replays, ...conformanceSuites].filter(
    isChosen,
  )
  for (const { name } of lost)
    results.push({
      name,
      passed: 0,
      failed: 1,
      skipped: 0,
      note: 'needs the build',
      milliseconds: 0,
    })
}
process.exitCode = summarise(results) ? 0 : 1

async function build() {
  console.log('\n--- build')
  const started = performance.now()
  const result = { name: 'build', passed: 1, failed: 0, skipped: 0 }
  try {
    await buildAll()
  } catch (error) {
    console.error(error.message)
    Object.assign(result, { passed: 0, failed: 1, note: error.message })
  }
  result.milliseconds = performance.now() - started
  return { ok: result.failed === 0, result }
}
