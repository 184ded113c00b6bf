// The command for JSON-RPC vectors says the same natively, in Node and in Chromium: the same lines,
// sums and end, also where a vector is wrong, is not run, or only its shape counts. The vectors are made
// here, on a chain of a genesis alone; what is compared is what three runtimes say of them.

import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { run } from '../../tools/setup/run.mjs'

const limit = 900_000
const account = `0x${'a1'.repeat(20)}`
const genesis = {
  config: {
    chainId: 4660,
    homesteadBlock: 0,
    eip150Block: 0,
    eip158Block: 0,
    byzantiumBlock: 0,
    petersburgBlock: 0,
    istanbulBlock: 0,
    berlinBlock: 0,
    londonBlock: 0,
    terminalTotalDifficulty: 0,
    shanghaiTime: 0,
    cancunTime: 0,
  },
  gasLimit: '0x1c9c380',
  difficulty: '0x0',
  alloc: { [account.slice(2)]: { balance: '0x10' } },
}

const ask = (method, params, answer) =>
  `>> ${JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })}\n<< ${JSON.stringify(answer)}\n`
const vectors = {
  'eth_chainId/right.io': ask('eth_chainId', [], { result: '0x1234' }),
  'eth_chainId/wrong.io': ask('eth_chainId', [], { result: '0x1' }),
  'eth_chainId/other.io': ask('eth_chainId', [], { error: { code: -32000, message: 'no' } }),
  'eth_chainId/shape.io': `// speconly: a number\n${ask('eth_chainId', [], { result: '0x1' })}`,
  'eth_getBalance/two.io':
    ask('eth_getBalance', [account, 'latest'], { result: '0x10' }) +
    ask('eth_getBalance', [account, '0x0'], { result: '0x11' }),
  'eth_getBalance/refused.io': ask('eth_getBalance', ['0x1', 'latest'], { result: '0x0' }),
  'eth_nothing/unknown.io': ask('eth_nothing', [], { result: null }),
}

let folder
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'forerun-test-'))
  await writeFile(join(folder, 'genesis.json'), JSON.stringify(genesis))
  await writeFile(join(folder, 'chain.rlp'), '')
  for (const [path, text] of Object.entries(vectors)) {
    await mkdir(join(folder, path, '..'), { recursive: true })
    await writeFile(join(folder, path), text)
  }
})
after(() => rm(folder, { recursive: true, force: true }))

/** How the command ends, and its lines from the first about a vector on. */
async function conformance(runtime, ...more) {
  const words = ['tools/conformance.mjs', 'rpc', folder, '--runtime', runtime, ...more]
  const { code, output } = await run(process.execPath, words, { limit })
  const lines = output
    .split('\n')
    .filter((line) => /^(FAILED|skipped|of \d|\{|\d+ passed,)/.test(line))
  return { code, lines, output }
}

for (const more of [
  [],
  ['--json', '--threads', '1'],
  ['--sample', '3', '--seed', '7', '--method', 'eth_chainId'],
])
  test(`says in Node and in Chromium what it says natively ${more.join(' ')}`, async () => {
    const native = await conformance('native', ...more)
    assert.equal(native.code, 1, native.output)
    for (const runtime of ['node', 'chromium']) {
      const { code, lines, output } = await conformance(runtime, ...more)
      assert.deepEqual(lines, native.lines, output)
      assert.equal(code, 1)
    }
    if (more.length > 0) return
    assert.match(native.lines.join('\n'), /wrong\.io .* result: "0x1234", not "0x1"/)
    assert.match(native.lines.join('\n'), /two\.io .* result: "0x10", not "0x11"/)
    assert.equal(native.lines.at(-1), '2 passed, 4 failed, 1 skipped')
  })

test('a suite without a chain ends with two in all', async () => {
  await rm(join(folder, 'chain.rlp'))
  for (const runtime of ['native', 'node', 'chromium']) {
    const { code, output } = await conformance(runtime)
    assert.equal(code, 2, output)
    assert.match(output, /there is no chain\.rlp/)
  }
})
