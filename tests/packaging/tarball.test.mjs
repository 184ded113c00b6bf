// The tarball itself: which files it holds, that its exports and types lead where they say, and how
// large that is which pages load.

import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { repository } from '../../tools/setup/places.mjs'
import { run } from '../../tools/setup/run.mjs'
import { installPackage } from '../support/packaging/installed.mjs'
import { budgets } from './budgets.mjs'
import { packaged, wasmFiles } from './consumers/visit.mjs'

const listed = fileURLToPath(new URL('files.txt', import.meta.url))

describe('the tarball', { timeout: 300_000 }, () => {
  let installed
  before(async () => {
    installed = await installPackage()
  })
  after(() => installed?.remove())

  it('holds the files that are listed in files.txt', async () => {
    const files = `${installed.files.join('\n')}\n`
    if (process.env.FORERUN_UPDATE === 'files') await writeFile(listed, files)
    assert.equal(files, await readFile(listed, 'utf8'))
  })

  it('is as publint would have it', async () => {
    const bytes = await readFile(installed.tarball)
    const { messages, pkg } = await publint({
      pack: { tarball: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) },
      level: 'suggestion',
      strict: true,
    })
    assert.deepEqual(
      messages.map((message) => formatMessage(message, pkg, { color: false })),
      [],
    )
  })

  it('has types that every way to resolve ES modules finds', async () => {
    const command = join(repository, 'node_modules/@arethetypeswrong/cli/dist/index.js')
    const options = [installed.tarball, '--profile', 'esm-only', '--no-color', '--no-emoji']
    // What is not a module has no types.
    const files = ['worker.js', ...wasmFiles, 'package.json']
    const exclude = ['--exclude-entrypoints', ...files]
    const { ok, output } = await run(process.execPath, [command, ...options, ...exclude])
    assert.ok(ok, output)
    assert.match(output, /forerun\/viem/)
  })

  for (const name of wasmFiles)
    it(`keeps ${name} within its budget`, async () => {
      within(budgets.wasm, compressed(await packaged(installed, name)))
    })

  it('keeps worker.js within its budget', async () => {
    within(budgets.worker, compressed(await packaged(installed, 'worker.js')))
  })

  for (const [entry, budget] of Object.entries(budgets.entries))
    it(`keeps ${entry} and what it imports within its budget`, async () => {
      const dist = 'node_modules/forerun/web/dist'
      const { metafile } = await build({
        absWorkingDir: installed.folder,
        entryPoints: [`${dist}/${entry}`],
        bundle: true,
        format: 'esm',
        packages: 'external',
        write: false,
        metafile: true,
        logLevel: 'silent',
      })
      const files = Object.keys(metafile.inputs)
      const imports = Object.values(metafile.inputs).flatMap((input) => input.imports)
      assert.ok(imports.every(({ kind }) => kind === 'import-statement'))
      const others = new Set(imports.filter(({ external }) => external).map(({ path }) => path))
      assert.deepEqual([...others], entry === 'viem/index.js' ? ['viem'] : [])
      const texts = files.map((file) => readFile(join(installed.folder, file)))
      within(budget, compressed(Buffer.concat(await Promise.all(texts))))
    })
})

const compressed = (bytes) => gzipSync(bytes, { level: 9 }).length

const within = (budget, size) =>
  assert.ok(size <= budget, `${size} bytes are ${size - budget} more than the budget of ${budget}`)
