// What npm would publish, installed without a network into a folder of its own.

import { execFile } from 'node:child_process'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const repository = fileURLToPath(new URL('../..', import.meta.url))
const npm = (folder, ...words) =>
  promisify(execFile)('npm', words, { cwd: folder, timeout: 60_000 })

/** Installs the packed package; whoever calls this has to call `remove`. */
export async function installPacked() {
  const folder = await mkdtemp(join(tmpdir(), 'forerun-packed-'))
  const remove = () => rm(folder, { recursive: true, force: true })
  try {
    await npm(repository, 'pack', '--ignore-scripts', '--pack-destination', folder)
    const [tarball] = (await readdir(folder)).filter((name) => name.endsWith('.tgz'))
    await writeFile(join(folder, 'package.json'), '{ "private": true }')
    await npm(folder, 'install', '--offline', '--no-audit', '--no-fund', `./${tarball}`)
  } catch (error) {
    await remove()
    throw error
  }
  return { folder, remove }
}
