// Starts in Node that cannot succeed: each ends with a typed error that names the step and the file,
// within its limit, and leaves no thread behind.

import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { pathToFileURL } from 'node:url'
import { createSimulator, StartError, snapshot, TimeoutError } from 'forerun'
import { snapshot as state } from '../support/small-chain.mjs'
import { allEnded } from '../support/threads.mjs'

const source = snapshot(state)

describe('starts in Node that cannot succeed', { timeout: 120_000 }, () => {
  let folder
  const file = (name) => pathToFileURL(join(folder, name)).href
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'forerun-node-'))
    const files = {
      'throws.mjs': 'throw new RangeError("out of luck")',
      'ends.mjs': 'process.exit(3)',
      'silent.mjs': 'globalThis.onmessage = () => {}',
      'busy.mjs': 'globalThis.onmessage = () => { for (;;); }',
      'text.wasm': '<h1>404</h1>',
      // A module with nothing in it.
      'empty.wasm': Buffer.from('0061736d01000000', 'hex'),
    }
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
  })
  after(() => rm(folder, { recursive: true, force: true }))

  /** What a start with these options throws. */
  async function thrown(options) {
    const error = await createSimulator({ source, threads: 2, ...options }).then(
      () => assert.fail('it started'),
      (reason) => reason,
    )
    await allEnded()
    return error
  }

  for (const [what, name, details] of [
    ['is missing', 'missing.mjs', /missing\.mjs/],
    ['throws', 'throws.mjs', /RangeError: out of luck/],
    ['ends the thread', 'ends.mjs', /code 3/],
  ])
    it(`says that the worker file ${what}`, async () => {
      const error = await thrown({ workerUrl: file(name) })
      assert.ok(error instanceof StartError, error)
      assert.equal(error.step, 'worker')
      assert.equal(error.url, file(name))
      assert.match(error.details, details)
      assert.equal(error.status, undefined)
    })

  for (const name of ['silent.mjs', 'busy.mjs'])
    it(`keeps the time limit with a worker file that is ${name.replace('.mjs', '')}`, async () => {
      const error = await thrown({ workerUrl: file(name), startTimeout: 300 })
      assert.ok(error instanceof TimeoutError, error)
      assert.equal(error.step, 'worker')
      assert.equal(error.milliseconds, 300)
    })

  for (const threads of [1, 2])
    for (const [what, name, details] of [
      ['is missing', 'missing.wasm', /ENOENT/],
      ['is no WebAssembly', 'text.wasm', /no WebAssembly/],
      ['is of another build', 'empty.wasm', /./],
    ])
      it(`says that the wasm file ${what}, ${threads} threads`, async () => {
        const url = file(name)
        const error = await thrown({ threads, wasmUrl: { threads: url, single: url } })
        assert.ok(error instanceof StartError, error)
        assert.equal(error.step, 'wasm')
        assert.equal(error.url, url)
        assert.match(error.details, details)
        assert.equal(error.status, undefined)
      })

  it('is ended by a signal, with its reason', async () => {
    const reason = new Error('never mind')
    assert.equal(await thrown({ signal: AbortSignal.abort(reason) }), reason)
    const controller = new AbortController()
    setImmediate(() => controller.abort(reason))
    assert.equal(await thrown({ signal: controller.signal }), reason)
  })
})
