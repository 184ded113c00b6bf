// Ways to run a case with a client. Each opens a server of its own, so that nothing is known there or
// here, and resolves to what went over the wire between the request and its answer.

import { usefulShare } from '../../../tests/support/rpc-server/reads.mjs'
import { openCaseServer } from './cases.mjs'

/**
 * @typedef {object} Outcome
 * @property {number} milliseconds from the request to its result
 * @property {number} [waves] as the simulator reports them
 * @property {object} traffic that read state, by the server's log
 * @property {{ asked: number, useful: number, wanted: number }} reads
 */

/** A server, and a page that has asked it before whether it may. */
async function withServer(client, subject, options, use) {
  const server = await openCaseServer(subject, { endpoints: client.endpoints, ...options })
  try {
    const { urls } = server
    await client.begin()
    await client.greet({ urls })
    return await use(server, { urls, chain: subject.chain })
  } finally {
    await client.close().catch(() => {})
    await server.close()
  }
}

/** What a call brought, and what it took by the server's log. */
async function observed(server, reads, call) {
  server.log.clear()
  const { milliseconds, waves, ...answer } = await call()
  const traffic = server.log.summary({ state: true })
  return { milliseconds, waves, traffic, reads: usefulShare(server.log.calls(), reads), answer }
}

/** From nothing known. @returns {Promise<Outcome>} */
export const cold = (client, subject, options, { threads, runAhead }) =>
  withServer(client, subject, options, async (server, place) => {
    await client.create({ ...place, threads, runAhead })
    const outcome = await observed(server, subject.reads, () => client.run(subject.call))
    check(subject, outcome.answer)
    return outcome
  })

/**
 * The same again on a page that is loaded anew, in a simulator that shares nothing with the one
 * before but IndexedDB. @returns {Promise<Outcome[]>} one for each visit
 */
export const again = (client, subject, options, { threads, visits }) =>
  withServer(client, subject, options, async (server, place) => {
    const parameters = { ...place, threads, cache: 'indexedDb' }
    await client.create(parameters)
    await client.run(subject.call)
    // Written behind: until then a page is there for longer than its first simulation.
    await new Promise((resolve) => setTimeout(resolve, untilWritten))
    const outcomes = []
    for (let visit = 0; visit < visits; visit++) {
      await client.close()
      await client.begin()
      await client.create(parameters)
      const outcome = await observed(server, subject.reads, () => client.run(subject.call))
      check(subject, outcome.answer)
      outcomes.push(outcome)
    }
    return outcomes
  })

const untilWritten = 1_500

/** The same bundle after others had a block in between. @returns {Promise<Outcome>} */
export const nextBlock = (client, subject, options, { threads }) =>
  withServer(client, subject, options, async (server, place) => {
    await client.create({ ...place, threads })
    await client.run(subject.call)
    server.setHead(subject.states[1].hash)
    await client.move()
    const outcome = await observed(server, subject.reads, () => client.run(subject.call))
    check({ ...subject, expected: subject.expectedNext }, outcome.answer)
    return outcome
  })

/** All that is looked at, read in one wave because it is known beforehand. @returns {Promise<Outcome>} */
export const foretold = (client, subject, options) =>
  withServer(client, subject, options, async (server, place) => {
    const open = () => client.openOracle({ ...place, ...subject.call })
    if (subject.keys === undefined) {
      server.setLatency(0)
      await open()
      subject.keys = await client.rehearse({ keys: keysOf(subject.reads) })
      server.setLatency(options.latency)
    }
    await open()
    const outcome = await observed(server, subject.reads, () =>
      client.foretold({ keys: subject.keys }),
    )
    check(subject, outcome.answer)
    return outcome
  })

/** Places that were looked at, as the engine names them. */
export const keysOf = ({ accounts, storage }) => ({
  accounts: [...accounts],
  storage: Object.fromEntries(
    Object.entries(storage).map(([address, slots]) => [
      address,
      slots.map((slot) => `0x${BigInt(slot).toString(16).padStart(64, '0')}`),
    ]),
  ),
  codes: [],
  blockHashes: [],
})

/** Times of wrong results are no times. */
export function check({ expected }, { results, checks }) {
  const wrong = Object.keys(checks ?? {}).filter((name) => checks[name] === false)
  if (wrong.length > 0) throw new Error(`not as the header says: ${wrong.join(', ')}`)
  for (const [index, { status, gasUsed }] of (expected ?? []).entries()) {
    const found = results?.[index]
    if (found?.status !== status || found.gasUsed !== gasUsed)
      throw new Error(
        `transaction ${index}: ${found?.status}, ${found?.gasUsed} gas, not ${status}, ${gasUsed} gas`,
      )
  }
}
