// The packages of package-lock.json, by `npm ci`.

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { repository } from './places.mjs'
import { installWith } from './step.mjs'

export const nodeModules = {
  async present() {
    const wanted = packages('package-lock.json')
    const there = packages('node_modules/.package-lock.json')
    if (!there) return undefined
    for (const [place, { version, optional }] of Object.entries(wanted)) {
      if (place === '') continue
      // What is made for another processor or system is not installed.
      if (optional && !there[place]) continue
      if (there[place]?.version !== version) return undefined
      // Some are in folders of their own, which npm's list does not know to be gone.
      if (!existsSync(join(repository, place))) return undefined
    }
    return `${Object.keys(there).length} packages`
  },
  async install() {
    await installWith(
      'npm',
      ['ci', '--no-audit', '--no-fund', '--prefer-offline'],
      {},
      'The packages of package-lock.json could not be installed: run "npm ci" and see what it says.',
    )
    return `${Object.keys(packages('node_modules/.package-lock.json')).length} packages`
  },
}

/** The packages that a lock file names, by their place; npm keeps one of what it has installed. */
function packages(file) {
  try {
    return JSON.parse(readFileSync(join(repository, file), 'utf8')).packages
  } catch {
    return undefined
  }
}
