// `npm run check`: format, lints, types and licences, without any test. Types of the demo are checked
// where the package has been built.

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { repository } from './setup/places.mjs'
import { setUpOrExit } from './setup.mjs'
import { runSuite, summarise } from './test/suite-runner.mjs'
import { checks, licences, typeChecks } from './test/suites.mjs'

await setUpOrExit()
const unbuilt = existsSync(join(repository, 'web', 'dist', 'index.d.ts'))
  ? undefined
  : 'needs the types in web/dist: run "npm run build"'
const results = []
for (const suite of [...checks, ...typeChecks, licences])
  results.push(
    await runSuite(suite.name === 'tsc demo' ? { ...suite, skip: () => unbuilt } : suite),
  )
process.exitCode = summarise(results) ? 0 : 1
