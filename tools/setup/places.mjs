// Where things are: the repository, our cache of tools built from source, and the environment in
// which every command of ours runs.

import { accessSync, constants, existsSync, readdirSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const repository = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

/** Scratch of the build, removed by `cargo clean`. */
export const target = join(repository, 'target')
export const logs = join(target, 'logs')

/** Per user and not per clone, so that a second clone has nothing to build. */
export const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'forerun')

/** Each version of a tool has its own folder: clones of different age do not disturb one another. */
export const toolFolder = (name, version) => join(cache, 'tools', `${name}-${version}`)

/** The environment of child processes: this one, with cargo and our own tools on PATH. */
export function environment(additions = {}) {
  const cargoHome = process.env.CARGO_HOME || join(homedir(), '.cargo')
  const path = (process.env.PATH ?? '').split(delimiter)
  for (const folder of ['/usr/sbin', '/sbin', join(cargoHome, 'bin')])
    if (!path.includes(folder) && existsSync(folder)) path.push(folder)
  return { ...process.env, PATH: path.join(delimiter), ...additions }
}

/** `environment` with the given folders before all others on PATH. */
export function environmentWith(folders, additions = {}) {
  const base = environment()
  return { ...base, PATH: [...folders, base.PATH].join(delimiter), ...additions }
}

/** The file that a command name stands for, or undefined. */
export function findCommand(name, env = environment()) {
  for (const folder of env.PATH.split(delimiter)) {
    const file = join(folder, name)
    try {
      accessSync(file, constants.X_OK)
      if (statSync(file).isFile()) return file
    } catch {
      // Not here: the next folder.
    }
  }
  return undefined
}

/** All files below a folder, sorted; none where there is no such folder. */
export function filesBelow(folder) {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .sort()
}
