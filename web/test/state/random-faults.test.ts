// Servers that fail at random, in every way we know. Whatever they do, a read ends, and it ends in
// the chain's values or in a typed error; afterwards nothing is left running.

import { expect, it, onTestFinished } from 'vitest'
import { http } from '../../src/sources/http.js'
import { type Keys, noKeys } from '../../src/state/keys.js'
import { createHttpTransport } from '../../src/state/transport.js'
import {
  type Arrived,
  address,
  answerOf,
  type Call,
  calm,
  chain,
  hash,
  header,
  hurried,
  RpcFault,
  readerOf,
  reply,
  send,
  serve,
  slot,
  until,
} from './rpc-server.js'

const cases = Number(process.env.FORERUN_CASES ?? 30)
const firstSeed = Number(process.env.FORERUN_SEED ?? Date.now() % 1_000_000)

/** Mulberry32: small, and good enough to draw faults. */
const chance = (seed: number): ((below: number) => number) => {
  let state = seed >>> 0
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

const optional = ['eth_getStorageValues', 'eth_getAccountInfo', 'eth_getProof']
/** A third of all servers take no block hash. */
const byNumberOnly = (call: Call): undefined => {
  if (JSON.stringify(call.params).includes('"blockHash"'))
    throw new RpcFault(-32602, 'invalid argument 1: cannot unmarshal object')
}

const answers = ({ calls, objects }: Faulty): { id: number; [field: string]: unknown }[] =>
  calls.map((call) => answerOf(call, { optional, ...(objects ? { call: byNumberOnly } : {}) })) as {
    id: number
  }[]
const error = (code: number, message: string) => ({ id: null, error: { code, message } })

type Faulty = Arrived & { objects: boolean }

const faults: ((arrived: Faulty, draw: (below: number) => number) => boolean)[] = [
  (arrived) => send(arrived, 429, ''),
  (arrived) => send(arrived, 429, '', { 'retry-after': '1' }),
  (arrived) => send(arrived, 500, 'oops'),
  (arrived) => send(arrived, 503, error(-32000, 'overloaded')),
  (arrived) => send(arrived, 200, '[{"id":'),
  (arrived) => send(arrived, 200, '<html>'),
  (arrived) => send(arrived, 200, error(-32600, 'batch too large')),
  (arrived) => send(arrived, 413, ''),
  ({ response }) => Boolean(response.destroy()),
  ({ response }) => {
    response.writeHead(200, { 'content-length': '500' })
    response.write('[')
    setTimeout(() => response.destroy(), 2)
    return true
  },
  () => true,
  ({ response }) => {
    const timer = setInterval(() => response.write(' '), 5)
    response.on('close', () => clearInterval(timer))
    return true
  },
  (arrived) => reply(arrived, answers(arrived).reverse()),
  (arrived, draw) =>
    reply(
      arrived,
      answers(arrived).filter(() => draw(4) > 0),
    ),
  (arrived) => reply(arrived, [...answers(arrived), ...answers(arrived)]),
  (arrived, draw) =>
    reply(
      arrived,
      answers(arrived).map((each) =>
        draw(4) > 0 ? each : { ...error(-32603, 'internal error'), id: each.id },
      ),
    ),
  (arrived, draw) =>
    reply(
      arrived,
      answers(arrived).map((each) =>
        draw(4) > 0 ? each : { ...error(-32000, 'header not found'), id: each.id },
      ),
    ),
  (arrived, draw) =>
    reply(
      arrived,
      answers(arrived).map((each) => (draw(4) > 0 ? each : { ...each, result: null })),
    ),
  (arrived, draw) =>
    reply(
      arrived,
      answers(arrived).map((each) => (draw(4) > 0 ? each : { ...each, result: '0xnothex' })),
    ),
]

const drawKeys = (draw: (below: number) => number): Keys => {
  const keys = noKeys()
  for (let left = draw(12); left > 0; left--) keys.accounts.push(address(100 + left * 3))
  for (let left = draw(5); left > 0; left--)
    keys.storage[address(100 + left * 3)] = Array.from({ length: 1 + draw(9) }, (_, at) => slot(at))
  for (let left = draw(3); left > 0; left--) keys.blockHashes.push(`0x${(left + 3).toString(16)}`)
  return keys
}

const check = (keys: Keys, values: Awaited<ReturnType<ReturnType<typeof readerOf>['read']>>) => {
  for (const of of keys.accounts)
    expect(values.accounts[of]).toMatchObject({
      balance: chain.balance(of),
      nonce: chain.nonce(of),
      code: chain.code(of),
    })
  for (const [of, slots] of Object.entries(keys.storage) as [`0x${string}`, `0x${string}`[]][])
    for (const at of slots) expect(values.storage[of]?.[at]).toBe(chain.slot(of, at))
  for (const number of keys.blockHashes)
    expect(values.blockHashes[number]).toBe(hash(number.slice(2).padStart(2, '0')))
  expect(Object.keys(values.accounts).length).toBe(keys.accounts.length)
}

it.each(Array.from({ length: cases }, (_, index) => firstSeed + index))(
  'random faults end well or in a typed error, seed %i',
  async (seed) => {
    const draw = chance(seed)
    // Of ten requests so many go wrong.
    const badness = draw(7)
    const servers = await Promise.all(
      Array.from({ length: 1 + draw(3) }, () => {
        const objects = draw(3) === 0
        return serve({
          optional: optional.filter(() => draw(2) > 0),
          ...(objects ? { call: byNumberOnly } : {}),
          request: (arrived) =>
            draw(10) < badness &&
            (faults[draw(faults.length)]?.({ ...arrived, objects }, draw) ?? false),
        })
      }),
    )
    const surroundings = hurried(200)
    let timers = 0
    const source = http(
      servers.map(({ url }) => url),
      {
        batchLimit: 1 + draw(20),
        concurrency: 1 + draw(8),
        timeout: 8_000,
        totalTimeout: 120_000,
        hedgeAfter: draw(2) > 0 ? 3_000 : false,
        retries: draw(6),
      },
    )
    const transport = createHttpTransport(source, {
      surroundings: {
        ...surroundings,
        after: (milliseconds, action) => {
          let waiting = true
          const over = (): void => {
            if (waiting) timers--
            waiting = false
          }
          timers++
          const cancel = surroundings.after(milliseconds, () => {
            over()
            action()
          })
          return () => {
            over()
            cancel()
          }
        },
      },
    })
    onTestFinished(() => transport.close())
    const reader = readerOf(transport)
    for (let reads = 0; reads < 4; reads++) {
      const keys = drawKeys(draw)
      const control = new AbortController()
      const reason = new Error('enough')
      const aborting = draw(8) === 0
      if (aborting) setTimeout(() => control.abort(reason), draw(20))
      await reader.read(keys, aborting ? control.signal : calm()).then(
        (values) => check(keys, values),
        (failure) => {
          if (failure === reason) return
          expect(failure).toMatchObject({ code: 'STATE_SOURCE', block: header.hash })
          expect(failure.attempts).toBeGreaterThanOrEqual(0)
        },
      )
    }
    transport.close()
    await until(() => timers === 0 && servers.every((server) => server.open() === 0))
  },
)
