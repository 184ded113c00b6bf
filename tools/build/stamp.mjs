// Skips a step of the build whose inputs and outputs are as they were when it last ended well.
// Compared by content: a checkout or a copy gives files new times.

import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { filesBelow, repository, target } from '../setup/places.mjs'
import { seconds } from '../setup/step.mjs'

/**
 * - `inputs`, `outputs`: files and folders, from the repository's root
 * - `ignore`: a pattern of paths inside them that do not count
 * - `facts`: whatever else the result depends on, as text
 *
 * Returns whether anything was done.
 */
export async function unlessDone(name, { inputs, outputs, ignore, facts = '' }, work) {
  const stamp = join(target, 'stamps', name)
  const before = digest(inputs, ignore, facts)
  if (
    existsSync(stamp) &&
    readFileSync(stamp, 'utf8') === before + digest(outputs, undefined, '')
  ) {
    console.log(`  ${name}: nothing has changed`)
    return false
  }
  rmSync(stamp, { force: true })
  const started = performance.now()
  console.log(`  ${name}: building ...`)
  await work()
  for (const output of outputs)
    if (!existsSync(join(repository, output))) throw new Error(`${name} did not make ${output}`)
  mkdirSync(join(target, 'stamps'), { recursive: true })
  // With the inputs as they were at the start: what was edited meanwhile has to be built again.
  writeFileSync(stamp, before + digest(outputs, undefined, ''))
  console.log(`  ${name}: built (${seconds(performance.now() - started)})`)
  return true
}

function digest(paths, ignore, facts) {
  const hash = createHash('sha256').update(facts)
  for (const path of paths) {
    const full = join(repository, path)
    if (!existsSync(full)) {
      hash.update(`${path} is not there\n`)
      continue
    }
    const files = statSync(full).isDirectory() ? filesBelow(full) : [full]
    for (const file of files) {
      const name = relative(repository, file)
      if (ignore?.test(name)) continue
      hash.update(`${name}\n`).update(createHash('sha256').update(readFileSync(file)).digest())
    }
  }
  return `${hash.digest('hex')}\n`
}
