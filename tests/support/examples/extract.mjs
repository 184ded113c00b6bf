// The examples of the documentation: every block of TypeScript in a page, and of a comment in web/src.

import { readFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { filesBelow, repository } from '../../../tools/setup/places.mjs'

/**
 * @typedef {object} Example
 * @property {string} name its file and line
 * @property {string} file from the repository's root
 * @property {number} line its first one, from 1 on
 * @property {string} text
 * @property {boolean} runs whether it is run, or only checked
 */

const pathOf = (file) => relative(repository, file).split(sep).join('/')

/** The pages that readers of the package have. */
export const pages = [
  'README.md',
  ...filesBelow(join(repository, 'docs'))
    .map(pathOf)
    .filter((file) => /^docs\/[^/]+\.md$/.test(file)),
]

const sources = filesBelow(join(repository, 'web', 'src')).map(pathOf)

/** All examples, in the order of files and lines. */
export const examples = () => [
  ...pages.flatMap((file) => examplesIn(file, linesOf(file))),
  ...sources.flatMap((file) => examplesIn(file, linesOf(file).map(commentOf))),
]

export const linesOf = (file) => readFileSync(join(repository, file), 'utf8').split('\n')

// What is no comment becomes an empty line, so that lines keep their numbers.
const commentOf = (line) => /^\s*\*(?: (.*))?$/.exec(line)?.[1] ?? ''

/** @returns {Example[]} */
function examplesIn(file, lines) {
  const found = []
  let open
  lines.forEach((line, index) => {
    const fence = /^```(.*)$/.exec(line)?.[1].trim()
    if (fence === undefined) open?.lines.push(line)
    else if (open === undefined) open = { word: fence, line: index + 2, lines: [] }
    else {
      const { word, line: first, lines: text } = open
      open = undefined
      if (!/^ts\b/.test(word)) return
      if (word !== 'ts' && word !== 'ts no_run')
        throw new Error(`${file}:${first - 1}: \`\`\`${word} is neither ts nor ts no_run`)
      found.push({
        name: `${file}:${first}`,
        file,
        line: first,
        text: text.join('\n'),
        runs: word === 'ts',
      })
    }
  })
  if (open !== undefined) throw new Error(`${file}:${open.line - 1}: a block that is not closed`)
  return found
}
