// What is simulated stays here: no request says anything of a bundle's transactions but which state
// they look at.

import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { keccak256, parseTransaction } from 'viem'
import { openCaseServer } from '../../tools/bench/remote/cases.mjs'
import { casesOf, chainOf, none } from '../support/remote/cases.mjs'
import { isFollowing } from '../support/remote/following.mjs'
import { runtimes, withSimulator } from '../support/remote/runtimes.mjs'

/** Words of 32 bytes that stand in calldata behind its selector. */
const wordsOf = (data) => data.slice(10).match(/.{64}/g) ?? []

/**
 * What must not be told of a signed transaction, by name. A word of calldata may be a slot that is read;
 * what is asked for as one is left out.
 */
function secretsOf(raw, slots) {
  const { data = '0x' } = parseTransaction(raw)
  const secrets = {
    'the transaction': raw.slice(2),
    'its hash': keccak256(raw).slice(2),
  }
  if (data.length >= 10) secrets['its calldata'] = data.slice(2)
  if (data.length > 10) {
    secrets['the selector and what follows it'] = data.slice(2, 26)
    secrets['what it is called with'] = data.slice(10)
  }
  // Small numbers stand in each request: an id, a slot, a quantity.
  for (const [index, word] of wordsOf(data).entries())
    if (!slots.has(word) && BigInt(`0x${word}`) >= 1n << 64n) secrets[`word ${index}`] = word
  return secrets
}

for (const [name, openRuntime] of Object.entries(runtimes))
  describe(`what servers are told of a bundle in ${name}`, { timeout: 120_000 }, () => {
    let runtime
    before(async () => {
      runtime = await openRuntime()
    })
    after(() => runtime?.close())

    for (const group of ['economy', 'swaps'])
      for (const via of ['http', 'custom'])
        it(`is nothing of its calldata: ${group}, ${via}`, { skip: none[group] }, async () => {
          for (const subject of await casesOf([group])) {
            const server = await openCaseServer(subject)
            try {
              const description = { urls: server.urls, via, threads: 1, chain: chainOf(subject) }
              await withSimulator(runtime, description, (simulator) => simulator.run(subject))
              const slots = new Set(
                Object.values(subject.reads.storage).flatMap((keys) =>
                  keys.map((key) => BigInt(key).toString(16).padStart(64, '0')),
                ),
              )
              const bodies = server.log.entries.map(({ body }) => body.toLowerCase())
              assert.ok(bodies.length > 2)
              let looked = 0
              for (const raw of subject.request.transactions)
                for (const [what, secret] of Object.entries(secretsOf(raw, slots))) {
                  looked += 1
                  for (const body of bodies)
                    assert.ok(!body.includes(secret.toLowerCase()), `${subject.name}: ${what}`)
                }
              assert.ok(looked >= 3)
              for (const call of server.log.calls())
                if (!isFollowing(call)) assert.match(call.method, /^eth_(get|chainId|blockNumber)/)
            } finally {
              await server.close()
            }
          }
        })
  })
