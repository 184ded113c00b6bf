// How work is shared between servers and between those who ask.

import { describe, expect, it } from 'vitest'
import { ask, balances, setUp } from './asking.js'
import {
  connect,
  hash,
  hurried,
  RpcFault,
  type ServerOptions,
  send,
  serve,
  until,
} from './rpc-server.js'

describe('several servers', () => {
  it('share the load', async () => {
    const servers = [await serve(), await serve()]
    const transport = connect(servers, { batchLimit: 10 })
    expect(await ask(transport, 100)).toEqual(balances(100))
    for (const server of servers) expect(server.requests.length).toBeGreaterThan(2)
  })

  it.each<[string, ServerOptions]>([
    ['refuses', { request: (arrived) => send(arrived, 403, 'no') }],
    ['fails', { request: (arrived) => send(arrived, 500, 'no') }],
    ['cuts', { request: ({ response }) => Boolean(response.destroy()) }],
    ['limits', { request: (arrived) => send(arrived, 429, '', { 'retry-after': '3600' }) }],
    ['talks nonsense', { request: (arrived) => send(arrived, 200, '{') }],
    [
      'lacks the method',
      {
        call: () => {
          throw new RpcFault(-32601, 'method not found')
        },
      },
    ],
    [
      'lost the block',
      {
        call: () => {
          throw new RpcFault(-32000, 'header not found')
        },
      },
    ],
  ])('take over for one that %s, without waiting', async (_, spoilt) => {
    const servers = [await serve(spoilt), await serve()]
    const surroundings = hurried(1)
    const transport = connect(servers, { hedgeAfter: false }, { surroundings })
    expect(await ask(transport)).toEqual(balances(5))
    expect(servers.map(({ requests }) => requests.length)).toEqual([1, 1])
    // Nothing but the time limits of the two attempts and of the whole.
    expect(surroundings.waits.filter((wait) => wait < 9_000)).toEqual([])
  })

  it('take over what waits for one that wants to be left alone', async () => {
    const limited = await serve({
      request: async (arrived) => {
        await new Promise((resolve) => setTimeout(resolve, 20))
        return send(arrived, 429, '', { 'retry-after': '3600' })
      },
    })
    const good = await serve()
    const transport = connect([limited, good], { batchLimit: 2, concurrency: 1 })
    expect(await ask(transport, 40)).toEqual(balances(40))
    expect(limited.requests.length).toBe(1)
  })

  it('answer for one that is slow', async () => {
    const slow = await serve({ request: () => true })
    const good = await serve()
    const transport = connect([slow, good], { hedgeAfter: 300 }, { surroundings: hurried(10) })
    expect(await ask(transport)).toEqual(balances(5))
    // Nobody waits for the slow one any longer.
    await until(() => slow.open() === 0)
  })

  it('are not asked twice where hedging is off', async () => {
    const slow = await serve({
      request: async () => {
        await new Promise((resolve) => setTimeout(resolve, 100))
        return false
      },
    })
    const good = await serve()
    const transport = connect([slow, good], { hedgeAfter: false })
    expect(await ask(transport)).toEqual(balances(5))
    expect(good.requests.length).toBe(0)
  })

  it('end the read in an error once none is left', async () => {
    const servers = [
      await serve({ request: (arrived) => send(arrived, 500, 'one') }),
      await serve({ request: (arrived) => send(arrived, 403, 'other') }),
    ]
    const transport = connect(servers, { retries: 1 }, { surroundings: hurried() })
    await expect(ask(transport)).rejects.toMatchObject({ code: 'STATE_SOURCE', attempts: 3 })
  })
})

it('asks once for what is asked twice at the same time', async () => {
  const { transport, server } = await setUp({})
  const both = await Promise.all([ask(transport), ask(transport, 8)])
  expect(both).toEqual([balances(5), balances(8)])
  expect(server.requests.map((calls) => calls.length)).toEqual([5, 3])
})

it('keeps to the number of requests under way', async () => {
  let underWay = 0
  let most = 0
  const { transport } = await setUp(
    {
      request: async () => {
        most = Math.max(most, ++underWay)
        await new Promise((resolve) => setTimeout(resolve, 5))
        underWay--
        return false
      },
    },
    { batchLimit: 1, concurrency: 3 },
  )
  expect(await ask(transport, 20)).toEqual(balances(20))
  expect(most).toBe(3)
})

it('does not ask for another block than the pinned one', async () => {
  const { transport, server } = await setUp({})
  await ask(transport, 1)
  expect(server.requests.flat()[0]?.params[1]).toMatchObject({ blockHash: hash('aa') })
})
