// The package as npm would publish it, installed from its tarball into projects outside of the
// repository. They have copies of its files and no link to ours, so a file that the tarball lacks is
// missing there too.

import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { repository } from '../../../tools/setup/places.mjs'
import { run } from '../../../tools/setup/run.mjs'

const limit = 120_000

/**
 * Packs the package and installs the tarball; whoever calls this has to call `remove`.
 *
 * - `tarball`: the packed file
 * - `files`: what it holds, as npm tells
 * - `folder`: where the package was installed, the folder that has `node_modules`
 * - `project`: makes a further project with a copy of what was installed
 */
export async function installPackage() {
  const root = await mkdtemp(join(tmpdir(), 'forerun-packed-'))
  const remove = () => rm(root, { recursive: true, force: true, maxRetries: 5 })
  try {
    const [packed] = JSON.parse(
      await npm(repository, 'pack', '--ignore-scripts', '--json', '--pack-destination', root),
    )
    const tarball = join(root, packed.filename)
    const folder = join(root, 'first')
    await write(folder, { 'package.json': '{ "private": true, "type": "module" }\n' })
    await npm(folder, 'install', '--prefer-offline', '--no-audit', '--no-fund', tarball)
    let projects = 0
    return {
      tarball,
      files: packed.files.map(({ path }) => path).sort(),
      folder,
      /**
       * The folder of a new project that has these files, and these `tools` of the repository, which
       * are linked: they are not what is tested.
       */
      async project(files, { tools = [] } = {}) {
        const to = join(root, `project-${++projects}`)
        await cp(folder, to, { recursive: true })
        for (const tool of tools) {
          const place = join(to, 'node_modules', tool)
          await mkdir(dirname(place), { recursive: true })
          await symlink(join(repository, 'node_modules', tool), place)
        }
        await write(to, files)
        return to
      },
      remove,
    }
  } catch (error) {
    await remove()
    throw error
  }
}

async function write(folder, files) {
  for (const [name, text] of Object.entries(files)) {
    const file = join(folder, name)
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, text)
  }
}

async function npm(folder, ...words) {
  // Only what is asked for: the output holds both streams.
  const quiet = [...words, '--loglevel=error', '--no-update-notifier']
  const { ok, output, timedOut } = await run('npm', quiet, { cwd: folder, limit })
  if (!ok) throw new Error(`npm ${words[0]} ${timedOut ? 'did not end' : 'failed'}: ${output}`)
  return output
}
