// Links between pages lead somewhere: to a file that is there, and to a place in it.

import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { it } from 'node:test'
import { repository } from '../../tools/setup/places.mjs'
import { linesOf, pages } from '../support/examples/extract.mjs'

const others = ['CONTRIBUTING.md', 'DESIGN.md', 'CHANGELOG.md', 'demo/README.md']

/** Lines outside of blocks of code. */
const prose = (file) => {
  let isCode = false
  return linesOf(file).filter((line) => {
    if (line.startsWith('```')) isCode = !isCode
    return !isCode
  })
}

/** The places of a page: its headings, as GitHub names them, and what has an id. */
const placesIn = (file) =>
  new Set(
    prose(file).flatMap((line) => [
      ...[...line.matchAll(/^#+ (.*)$/g)].map(([, title]) => slug(title)),
      ...[...line.matchAll(/<a id="([^"]+)">/g)].map(([, id]) => id),
    ]),
  )

const slug = (title) =>
  title
    .toLowerCase()
    .replaceAll(/[^\w\- ]/g, '')
    .replaceAll(' ', '-')

for (const file of [...pages, ...others])
  it(`${file} leads where it says`, () => {
    for (const [link, to] of prose(file)
      .join('\n')
      .matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^\w+:/.test(to)) continue
      const [path, place] = to.split('#')
      const target =
        path === '' ? file : relative(repository, join(repository, dirname(file), path))
      assert.ok(existsSync(join(repository, target)), `${link}: there is no ${target}`)
      if (place !== undefined)
        assert.ok(placesIn(target).has(place), `${link}: ${target} has no such place`)
    }
  })
