// What listeners hear of a start, a call and a move to another block: as much as there was, by the file
// and by the server's log.

import assert from 'node:assert/strict'
import { statSync } from 'node:fs'
import { after, afterEach, before, beforeEach, describe, it } from 'node:test'
import { runtimes } from '../support/remote/runtimes.mjs'
import { chain, state, subject, sum } from '../support/remote/tiny.mjs'
import { openRpcServer } from '../support/rpc-server/server.mjs'

const wasmSize = (build) =>
  statSync(new URL(`../../web/dist/forerun-${build}.wasm`, import.meta.url)).size

const { kind, request } = subject

for (const [name, openRuntime] of Object.entries(runtimes))
  describe(`listeners in ${name}`, { timeout: 120_000 }, () => {
    let runtime
    let server
    before(async () => {
      runtime = await openRuntime()
    })
    after(() => runtime?.close())
    beforeEach(async () => {
      server = await openRpcServer({ states: [state] })
    })
    afterEach(() => server?.close())

    const listened = (threads, throws = false) =>
      runtime.listen({ urls: server.urls, threads, chain }, { kind, request, throws })

    for (const threads of [1, 2])
      it(`hear each step, byte, pass and wave, ${threads} threads`, async () => {
        const { heard, result, block } = await listened(threads)
        assert.equal(result.transactions[0].output, sum)
        assert.equal(block.hash, state.hash)

        const starting = heard.all.filter(({ type }) => type === 'starting')
        const build = threads === 1 ? 'single' : 'threads'
        assert.deepEqual(
          starting.map(({ step }) => step),
          threads === 1 ? ['wasm', 'block', 'snapshot'] : ['wasm', 'threads', 'block', 'snapshot'],
        )
        assert.ok(starting.every((each) => each.build === build))

        const loading = heard.all.filter(({ type }) => type === 'loading')
        const last = loading.at(-1)
        assert.equal(last.loaded, wasmSize(build))
        assert.match(last.url, new RegExp(`forerun-${build}\\.wasm$`))
        for (const { total } of loading) assert.ok([undefined, wasmSize(build)].includes(total))
        // All of the file is told of before anything follows.
        const types = heard.all.map(({ type, step }) => step ?? type)
        assert.ok(types.lastIndexOf('loading') < types.indexOf(starting[1].step), types)

        assert.ok(heard.call.every(({ action }) => action === 'simulateBundle'))
        const { waves, asked, requests } = result.report.state
        assert.ok(waves > 1)
        const passes = heard.call.filter(({ type }) => type === 'executing')
        assert.deepEqual(
          passes.map(({ pass }) => pass),
          passes.map((_, at) => at + 1),
        )
        assert.ok(passes.length > waves, 'what a wave has brought is executed on')
        for (const phase of ['begin', 'end']) {
          const told = heard.call.filter((each) => each.phase === phase)
          assert.deepEqual(
            told.map(({ wave }) => wave),
            Array.from({ length: waves }, (_, at) => at + 1),
          )
          const pieces = told.flatMap((each) => Object.values(each.asked))
          assert.equal(
            pieces.reduce((all, each) => all + each, 0),
            asked,
          )
        }
        const ends = heard.call.filter(({ phase }) => phase === 'end')
        const sent = ends.reduce((all, each) => all + each.requests, 0)
        assert.equal(sent, requests)
        // The server was asked for the block too: at the start, and by setBlock.
        assert.equal(server.log.requests({ state: true }).length, sent)

        assert.deepEqual(heard.move, [{ action: 'setBlock', type: 'block', block: 'latest' }])
        const calls = [...heard.call, ...heard.move]
        assert.deepEqual(heard.all.slice(-calls.length), calls)
        assert.deepEqual(heard.reports, [])
      })

    it('may throw, which is reported and changes nothing', async () => {
      const { heard, result } = await listened(1, true)
      assert.equal(result.transactions[0].output, sum)
      const told = heard.all.length + heard.call.length + heard.move.length
      assert.ok(told > 6)
      assert.equal(heard.reports.length, told)
      assert.match(heard.reports[0], /a bug of a listener/)
    })
  })
