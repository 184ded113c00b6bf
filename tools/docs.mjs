// `npm run docs`: writes the API reference, out of the comments in web/src, into docs/api, with the README
// and the guide. Ends with 1 on any warning: something public without a comment, a link to nothing. With
// --check it writes nothing.

import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { repository } from './setup/places.mjs'
import { run } from './setup/run.mjs'
import { setUpOrExit } from './setup.mjs'

const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } })

await setUpOrExit()
const folder = join(repository, 'docs', 'reference')
const { ok } = await run(
  process.execPath,
  [
    join(folder, 'node_modules', 'typedoc', 'bin', 'typedoc'),
    '--options',
    join(folder, 'typedoc.json'),
    ...(values.check ? ['--emit', 'none'] : []),
  ],
  { show: true, limit: 300_000 },
)
process.exitCode = ok ? 0 : 1
