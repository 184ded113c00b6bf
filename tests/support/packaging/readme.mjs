// What README.md tells users to write, taken from there, so that it cannot say anything that does not
// work.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { repository } from '../../../tools/setup/places.mjs'

const readme = readFileSync(join(repository, 'README.md'), 'utf8')

/** The text of a file that is shown whole, in a block that begins with a comment of its name. */
export function fileInReadme(name) {
  for (const [, text] of readme.matchAll(/^```\w+\n(.*?)^```$/gms))
    if (text.startsWith(`// ${name}\n`)) return text
  throw new Error(`README.md shows no file ${name}`)
}

/** The only text in backquotes that fits. */
export function phraseInReadme(pattern) {
  const phrases = [...readme.matchAll(/`([^`\n]+)`/g)].map(([, phrase]) => phrase)
  const fitting = phrases.filter((phrase) => pattern.test(phrase))
  if (fitting.length !== 1)
    throw new Error(`README.md has ${fitting.length} phrases like ${pattern}, not one`)
  return fitting[0]
}
