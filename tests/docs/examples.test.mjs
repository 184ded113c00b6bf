// Every example of the documentation is what the compiler takes, against the types of the package, and
// does what it says: a comment behind `console.log(...)` is what that prints.

import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { runModule } from '../support/child.mjs'
import { state } from '../support/examples/chain.mjs'
import { compile } from '../support/examples/compile.mjs'
import { examples, linesOf } from '../support/examples/extract.mjs'
import { openRpcServer } from '../support/rpc-server/server.mjs'

const all = examples()

describe('the examples of the documentation', { timeout: 600_000 }, () => {
  let compiled
  let server
  before(async () => {
    compiled = await compile(all)
    server = await openRpcServer({ states: [state] })
  })
  after(() => server?.close())

  it('are there, in pages and in comments', () => {
    for (const part of ['README.md', 'docs/guide.md', 'web/src/'])
      assert.ok(all.filter(({ file }) => file.startsWith(part)).length >= 2, part)
  })

  it('are what the compiler takes', () => {
    assert.ok(compiled.ok, compiled.output)
  })

  for (const example of all.filter(({ runs }) => runs))
    it(`do what they say: ${example.name}`, async () => {
      const file = compiled.files.get(example.name)
      const { code, output } = await runModule(
        `import { runExample } from './tests/support/examples/run.mjs'
         await runExample(${JSON.stringify({ file, url: server.url })})`,
      )
      assert.equal(code, 0, output)
      const prints = output
        .split('\n')
        .filter(Boolean)
        .map((each) => JSON.parse(each))
      for (const { line, wanted } of promises(example)) {
        const printed = prints.filter((print) => print.line === line).map((print) => print.printed)
        assert.ok(printed.length > 0, `${example.file}:${line} prints nothing`)
        for (const each of printed)
          assert.ok(wanted.test(each), `${example.file}:${line} prints ${each}, not ${wanted}`)
      }
    })
})

/** What an example says that it prints, by line. Three dots stand for whatever comes there. */
function promises({ text, line }) {
  return text.split('\n').flatMap((each, index) => {
    const said = /\bconsole\.log\(.*\)\s*\/\/ (.*)$/.exec(each)?.[1]
    if (said === undefined) return []
    const parts = said.trim().split(/\.\.\.|…/)
    return [{ line: line + index, wanted: new RegExp(`^${parts.map(escaped).join('.*')}$`) }]
  })
}

const escaped = (text) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')

describe('comments with @example', () => {
  it('have a block of TypeScript next', () => {
    const files = new Set(all.map(({ file }) => file).filter((file) => file.startsWith('web/')))
    for (const file of files)
      linesOf(file).forEach((line, index, lines) => {
        if (/^\s*\* @example/.test(line))
          assert.match(lines[index + 1] ?? '', /^\s*\* ```ts( no_run)?$/, `${file}:${index + 2}`)
      })
  })
})
