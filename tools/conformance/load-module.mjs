// The test module in this thread of Node.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { conformancePlace } from '../build/wasm.mjs'
import { repository } from '../setup/places.mjs'

/** Loads it; it has no further threads. */
export async function loadModule() {
  const file = (name) => join(repository, conformancePlace, name)
  const module = await import(pathToFileURL(file('forerun.js')).href)
  module.initSync({ module: readFileSync(file('forerun_bg.wasm')) })
  module.installPanicHook()
  return module
}
