// Results on state that is read from a server are those on the complete state, in all they hold.

import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { openCaseServer } from '../../tools/bench/remote/cases.mjs'
import { casesOf, chainOf, none } from '../support/remote/cases.mjs'
import { contentOf, runtimes, withSimulator } from '../support/remote/runtimes.mjs'
import { countOf } from '../support/rpc-server/reads.mjs'

const ways = ['http', 'custom'].flatMap((via) =>
  [1, 2].flatMap((threads) => [true, false].map((runAhead) => ({ via, threads, runAhead }))),
)
// Piece by piece, the large blocks take a thousand rounds; on a page each way is slower to start.
const waysFor = ({ kind, reads }, runtime) =>
  countOf(reads) < 150 && !(kind === 'block' && runtime === 'Chromium')
    ? ways
    : ways.filter(({ via, threads, runAhead }) => runAhead && (via === 'http') === (threads === 2))

for (const [name, openRuntime] of Object.entries(runtimes))
  describe(`results on remote state in ${name}`, { timeout: 180_000 }, () => {
    let runtime
    before(async () => {
      runtime = await openRuntime()
    })
    after(() => runtime?.close())

    for (const group of ['economy', 'swaps', 'blocks'])
      it(`are those on the complete state: ${group}`, { skip: none[group] }, async () => {
        for (const subject of await casesOf([group])) {
          const expected = await withSimulator(
            runtime,
            { snapshot: subject.snapshot, threads: 1 },
            async (simulator) => contentOf(await simulator.run(subject)),
          )
          assert.equal(Array.isArray(expected.transactions), subject.kind === 'bundle')
          const server = await openCaseServer(subject)
          try {
            for (const { via, threads, runAhead } of waysFor(subject, name)) {
              const description = { urls: server.urls, via, threads, runAhead }
              const found = await withSimulator(
                runtime,
                { ...description, chain: chainOf(subject) },
                (simulator) => simulator.run(subject),
              )
              const what = `${subject.name} ${via}, ${threads} threads, run ahead ${runAhead}`
              assert.deepEqual(contentOf(found), expected, what)
              assert.ok(found.report.state.waves > 0, what)
            }
          } finally {
            await server.close()
          }
        }
      })
  })
