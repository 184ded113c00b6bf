// Finds files of tests as the native command does: one file, those of a folder with all below it, or
// those of a .tar.gz; in the order of their paths. Says how many cases each holds, without looking
// further into them.

import { execFile } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join, relative, sep } from 'node:path'
import { promisify } from 'node:util'
import { filesBelow } from '../setup/places.mjs'

const unpackLimit = 300_000

/** Something that was named holds no tests. */
export class NoTests extends Error {}

/**
 * Calls `use` with all files of tests at the paths: `{ name, file, cases }`, the name as it is printed.
 * What had to be unpacked is removed afterwards.
 */
export function withFiles(kind, paths, use) {
  return withScratch(async (scratch) => {
    const all = []
    for (const [index, path] of paths.entries()) {
      const found = await filesAt(path, join(scratch, String(index)))
      const files = found.map((entry) => ({ ...entry, cases: casesIn(kind, entry) }))
      if (files.every(({ cases }) => cases === 0)) throw new NoTests(`${path}: has no test`)
      all.push(...files)
    }
    return use(all)
  })
}

/** Calls `use` with the files at a path that are wanted, as `withFiles` does, but for `cases`. */
export const withFilesAt = (path, wanted, use) =>
  withScratch(async (scratch) => use(await filesAt(path, join(scratch, 'unpacked'), wanted)))

async function withScratch(use) {
  const scratch = await mkdtemp(join(tmpdir(), 'forerun-tests-'))
  try {
    return await use(scratch)
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

const isJson = (file) => file.endsWith('.json')

async function filesAt(path, scratch, wanted = isJson) {
  if (statSync(path).isDirectory()) return filesIn(path, wanted)
  if (!/\.(gz|tgz)$/.test(path)) return [{ name: basename(path), file: path }]
  const call = promisify(execFile)
  await call('mkdir', [scratch])
  await call('tar', ['-xzf', path, '-C', scratch], { timeout: unpackLimit })
  return filesIn(scratch, wanted)
}

function filesIn(folder, wanted) {
  const files = filesBelow(folder).filter(wanted)
  const named = files.map((file) => ({ name: relative(folder, file), file }))
  return named.sort((a, b) => comparePaths(a.name, b.name))
}

/** Folder by folder, as paths compare natively, and by bytes. */
export function comparePaths(a, b) {
  const [these, those] = [a.split(sep), b.split(sep)]
  for (let at = 0; at < these.length && at < those.length; at++) {
    const order = Buffer.compare(Buffer.from(these[at]), Buffer.from(those[at]))
    if (order !== 0) return order
  }
  return these.length - those.length
}

/** A test is a case; of a state test, each fork with each choice is one. A tracer's file is a test. */
function casesIn(kind, { name, file }) {
  if (kind === 'tracers') return 1
  let tests
  try {
    tests = Object.values(JSON.parse(readFileSync(file, 'utf8')))
    if (kind === 'blockchain-tests') return tests.length
    return tests
      .flatMap(({ post }) => Object.values(post))
      .reduce((sum, { length }) => sum + length, 0)
  } catch (error) {
    throw new NoTests(`${name}: no ${kind}: ${error.message}`)
  }
}
