// What a bundler has to have put into its output.

import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { filesBelow } from '../../../tools/setup/places.mjs'
import { digest, packaged, wasmFiles } from './visit.mjs'

/** Nothing that the package loads got lost or is there twice, under whatever name. */
export async function holdsEachOnce(output, installed) {
  const files = await Promise.all(
    filesBelow(output).map(async (path) => ({ path, bytes: await readFile(path) })),
  )
  const digests = files.map(({ bytes }) => digest(bytes))
  for (const name of wasmFiles) {
    const wanted = digest(await packaged(installed, name))
    assert.equal(digests.filter((found) => found === wanted).length, 1, name)
  }
  assert.equal(files.filter(({ path }) => path.endsWith('.wasm')).length, wasmFiles.length)
  // A bundler may minify the worker file, so it is known by a name that it has to keep.
  const workers = files.filter(
    ({ path, bytes }) => path.endsWith('.js') && bytes.includes('__forerunStartWorkers'),
  )
  assert.equal(workers.length, 1, workers.map(({ path }) => basename(path)).join())
}
