// Keeps cases that were generated: deploying a thousand contracts takes a while, and comes to the
// same each time. The name of a kept file tells what it was made by.

import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { filesBelow, repository, target } from '../../setup/places.mjs'

const folder = join(target, 'bench', 'cases')
/** Nothing else has a part in what a case is. */
const makers = [
  ...filesBelow(join(repository, 'tools', 'bench', 'cases')),
  ...filesBelow(join(repository, 'demo', 'contracts')),
  join(repository, 'crate', 'cli', 'examples', 'deploy.rs'),
  join(repository, 'package-lock.json'),
]

let stamp
function digest() {
  if (stamp === undefined) {
    const hash = createHash('sha256')
    for (const file of makers) hash.update(readFileSync(file))
    stamp = hash.digest('hex').slice(0, 16)
  }
  return stamp
}

/**
 * The value that `make` makes, kept under a name.
 * @template T
 * @param {string} name
 * @param {() => Promise<T>} make
 * @returns {Promise<T>}
 */
export async function kept(name, make) {
  const file = join(folder, `${name}.${digest()}.json`)
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8'))
  console.log(`  making the case ${name} ...`)
  const made = await make()
  mkdirSync(folder, { recursive: true })
  for (const old of readdirSync(folder))
    if (old.startsWith(`${name}.`)) rmSync(join(folder, old), { force: true })
  writeFileSync(file, JSON.stringify(made))
  return made
}
