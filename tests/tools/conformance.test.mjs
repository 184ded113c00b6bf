// Which cases there are, and in which order, decides which ones a sample takes: it has to be the same
// natively and in a browser.

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { comparePaths, NoTests, withFiles } from '../../tools/conformance/files.mjs'

const stateTest = (post) => ({ post })
const tests = {
  'b.json': { one: stateTest({ Cancun: [{}, {}], Prague: [{}] }), two: stateTest({}) },
  'a/z.json': { three: stateTest({ Frontier: [{}] }) },
  'a-b/y.json': { four: stateTest({ Osaka: [{}, {}, {}, {}] }) },
  'a/notes.txt': 'no tests',
}

async function withFolder(use) {
  const folder = await mkdtemp(join(tmpdir(), 'forerun-test-'))
  try {
    for (const [name, content] of Object.entries(tests)) {
      await mkdir(dirname(join(folder, 'suite', name)), { recursive: true })
      await writeFile(join(folder, 'suite', name), JSON.stringify(content))
    }
    await use(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

const listed = (kind, paths) =>
  withFiles(kind, paths, async (files) => files.map(({ name, cases }) => [name, cases]))

test('paths are in order folder by folder', () => {
  assert.ok(comparePaths('a/z.json', 'a-b/y.json') < 0)
  assert.ok(comparePaths('a', 'a/b') < 0)
  assert.ok(comparePaths('Z', 'a') < 0)
  assert.equal(comparePaths('a/b', 'a/b'), 0)
})

test('the cases of a folder, of an archive of it and of one file are found', () =>
  withFolder(async (folder) => {
    const suite = join(folder, 'suite')
    const expected = [
      ['a/z.json', 1],
      ['a-b/y.json', 4],
      ['b.json', 3],
    ]
    assert.deepEqual(await listed('state-tests', [suite]), expected)
    assert.deepEqual(await listed('state-tests', [join(suite, 'b.json')]), [['b.json', 3]])
    await promisify(execFile)('tar', ['-czf', join(folder, 'suite.tar.gz'), '-C', folder, 'suite'])
    const members = expected.map(([name, cases]) => [`suite/${name}`, cases])
    assert.deepEqual(await listed('state-tests', [join(folder, 'suite.tar.gz')]), members)
    assert.deepEqual((await listed('blockchain-tests', [suite])).at(-1), ['b.json', 2])
    assert.deepEqual(await listed('tracers', [join(suite, 'b.json')]), [['b.json', 1]])
  }))

test('what holds no tests is refused by its name', () =>
  withFolder(async (folder) => {
    const empty = join(folder, 'empty')
    await mkdir(empty)
    await assert.rejects(listed('state-tests', [empty]), NoTests)
    const other = join(folder, 'other.json')
    await writeFile(other, '{ "number": 1 }')
    await assert.rejects(listed('state-tests', [other]), /other\.json/)
  }))
