// What was typed behind `npm run bench --`.

import { existsSync } from 'node:fs'
import { resolve } from 'node:path'

/** Known here, since what runs them needs packages that may not be installed yet. */
export const names = [
  'blocks',
  'blocks-one',
  'interpreter',
  'selfdestruct',
  'independent',
  'hot',
  'chain',
  'memory',
  'peers',
  'allocation',
  'start',
  'remote',
  'model',
]

export const usage = `npm run bench -- [--runtime R] [--threads N] [--only NAME] [--build B] [--blocks PATH]

  --runtime R    native, node, chromium, firefox, or several of them with commas (default
                 native,node,chromium); node takes part in remote only
  --threads N    numbers of threads, with commas, each 1 to 64 (default 1,2)
  --only NAME    benchmarks, with commas (default all): ${names.join(', ')}
  --build B      which wasm build blocks-one and interpreter measure, single or threads, or both with a
                 comma (default single); each with one thread
  --blocks PATH  a block, folder or .tar.gz of blocks for the benchmarks of real blocks; may be repeated
`
const builds = ['single', 'threads']
export const runtimes = ['native', 'node', 'chromium', 'firefox']

/** Something that makes no sense, in words for whoever typed it. */
export class Refusal extends Error {}

/**
 * @param {string[]} words
 * @param {string} folder where paths are meant from
 */
export function parse(words, folder) {
  const found = {
    runtimes: ['native', 'node', 'chromium'],
    threads: [1, 2],
    only: names,
    builds: ['single'],
    blocks: [],
    help: false,
  }
  const rest = [...words]
  while (rest.length > 0) {
    const [name, inline] = rest.shift().split(/=(.*)/s)
    const value = () => {
      const text = inline ?? rest.shift()
      if (text === undefined) throw new Refusal(`${name}: a value is missing`)
      return text
    }
    const listed = (known) => {
      const asked = [...new Set(value().split(','))]
      for (const entry of asked)
        if (!known.includes(entry))
          throw new Refusal(`${name} ${entry}: not one of ${known.join(', ')}`)
      return asked
    }
    if (name === '--help') found.help = true
    else if (name === '--runtime') found.runtimes = listed(runtimes)
    else if (name === '--threads') found.threads = threadsIn(value())
    else if (name === '--only') found.only = listed(names)
    else if (name === '--build') found.builds = listed(builds)
    else if (name === '--blocks') {
      const path = value()
      const full = resolve(folder, path)
      if (!existsSync(full)) throw new Refusal(`--blocks ${path}: no such file or folder`)
      found.blocks.push(full)
    } else throw new Refusal(`${name} is not an option`)
  }
  return found
}

function threadsIn(text) {
  return [...new Set(text.split(','))].map((word) => {
    const threads = Number(word)
    if (!/^\d+$/.test(word) || threads < 1 || threads > 64)
      throw new Refusal(`--threads ${text}: ${JSON.stringify(word)} is not 1 to 64`)
    return threads
  })
}
