// `npm start`: installs what is missing, builds what has changed, serves the demo and prints its URL.

import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { buildOrExit } from './build.mjs'
import { serveFolder } from './serve.mjs'
import { repository } from './setup/places.mjs'
import { setUpOrExit } from './setup.mjs'

const usage = `Usage: npm start -- [--port N] [--no-isolation]
  --port N         the port to serve on (8080; if that is taken, any that is free)
  --no-isolation   without the headers that let a page use threads, as most pages are served`

const { port, isolate } = readOptions()
await setUpOrExit()
await buildOrExit()

const options = { root: join(repository, 'demo', 'dist'), isolate }
const site = await serveFolder({ ...options, port: port ?? 8080 }).catch((error) => {
  if (error.code === 'EADDRINUSE' && port === undefined) return serveFolder({ ...options, port: 0 })
  console.error(`\nPort ${port ?? 8080} cannot be served on: ${error.message}`)
  process.exit(1)
})
const way = isolate
  ? 'with isolation headers: the page may use threads'
  : 'without isolation headers: the page runs on one thread and says why'
console.log(`\nThe demo is served ${way}. Stop with Ctrl-C.\n\n  ${site.url}\n`)

function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        port: { type: 'string' },
        'no-isolation': { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    })
    if (values.help) {
      console.log(usage)
      process.exit(0)
    }
    const number = values.port === undefined ? undefined : Number(values.port)
    if (number !== undefined && !(Number.isInteger(number) && number >= 0 && number <= 65535))
      throw new Error(`--port is "${values.port}": it has to be a number from 0 to 65535`)
    return { port: number, isolate: !values['no-isolation'] }
  } catch (error) {
    console.error(`${error.message}\n${usage}`)
    process.exit(2)
  }
}
