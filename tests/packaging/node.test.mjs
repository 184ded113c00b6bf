// The package as npm would publish it, in plain Node.

import assert from 'node:assert/strict'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { runCommand, runModule } from '../support/child.mjs'
import { installPackage } from '../support/packaging/installed.mjs'

describe('the packed package', { timeout: 180_000 }, () => {
  let packed
  const installed = (path) => join(packed.folder, 'node_modules/forerun', path)
  before(async () => {
    packed = await installPackage()
  })
  after(() => packed?.remove())

  for (const threads of [1, 2])
    it(`simulates on ${threads} threads`, async () => {
      const source = `
        import { createSimulator, snapshot } from 'forerun'
        const [from, to] = ['0x${'10'.repeat(20)}', '0x${'20'.repeat(20)}']
        const accounts = { [from]: { balance: 10n ** 18n, nonce: 0 } }
        const simulator = await createSimulator({
          source: snapshot({ chainId: 1, fork: 'OSAKA', accounts }),
          threads: ${threads},
        })
        const { transactions } = await simulator.simulateBundle({
          transactions: [{ from, to, value: 1n }, { from, to, value: 2n }],
          block: { number: 1n, timestamp: 1n, gasLimit: 30_000_000n, baseFeePerGas: 0n },
        })
        console.log(simulator.mode, transactions.map(({ status, gasUsed }) => status + gasUsed).join())
        await simulator.dispose()
      `
      assert.deepEqual(await runModule(source, { folder: packed.folder }), {
        code: 0,
        output: `${threads > 1 ? 'threads' : 'single'} success21000,success21000`,
      })
    })

  it('has the command forerun', async () => {
    const [from, to] = [`0x${'10'.repeat(20)}`, `0x${'20'.repeat(20)}`]
    const accounts = { [from]: { balance: '0xde0b6b3a7640000', nonce: 0 } }
    await writeFile(
      join(packed.folder, 'state.json'),
      JSON.stringify({ chainId: 1, fork: 'OSAKA', accounts }),
    )
    const input = JSON.stringify({
      transactions: [{ from, to, value: 1 }],
      block: { number: 1, timestamp: 1, gasLimit: 30_000_000, baseFeePerGas: 0 },
    })
    const { folder } = packed
    const command = join(folder, 'node_modules', '.bin', 'forerun')
    const words = ['simulate', '-', '--state', 'state.json', '--json']
    const { code, stdout, stderr } = await runCommand(command, words, { folder, input })
    assert.equal(code, 0, stderr)
    const { transactions } = JSON.parse(stdout)
    assert.deepEqual(
      transactions.map(({ status, gasUsed }) => [status, Number(gasUsed)]),
      [['success', 21_000]],
    )
  })

  it('holds every file that its exports name', async () => {
    const { exports, bin } = JSON.parse(await readFile(installed('package.json'), 'utf8'))
    const files = await readdir(installed('web/dist'))
    const paths = Object.values({ ...exports, ...bin }).flatMap((to) =>
      typeof to === 'string' ? [to] : Object.values(to),
    )
    for (const path of paths) {
      if (path.includes('*')) {
        const ending = path.split('*')[1]
        assert.ok(
          files.some((name) => name.endsWith(ending)),
          path,
        )
      } else assert.ok((await readFile(installed(path))).length > 0, path)
    }
    const conditions = Object.keys(exports['.'])
    assert.equal(conditions[0], 'types', 'TypeScript takes the first that fits')
    assert.equal(conditions.at(-1), 'default', 'nothing after it would be looked at')
  })

  it('holds the pages that errors and the README lead to', async () => {
    const readme = await readFile(installed('README.md'), 'utf8')
    for (const page of ['docs/guide.md', 'docs/single-threaded.md']) {
      assert.ok(readme.includes(`](${page}`), page)
      assert.ok((await readFile(installed(page), 'utf8')).startsWith('# '), page)
    }
  })

  it('gives pages nothing of Node', async () => {
    const files = await readdir(installed('web/dist'), { recursive: true })
    for (const name of files.filter((file) => /\.js$/.test(file) && !/^node[/\\]/.test(file)))
      assert.doesNotMatch(await readFile(installed(`web/dist/${name}`), 'utf8'), /['"]node:/, name)
  })
})
