// Every way in which a server fails ends in the right result or in an error that says what happened.

import { describe, expect, it } from 'vitest'
import { ask, balances, first, setUp } from './asking.js'
import {
  type Arrived,
  address,
  answerOf,
  connect,
  header,
  hurried,
  RpcFault,
  reply,
  type ServerOptions,
  send,
  serve,
  until,
} from './rpc-server.js'

describe('a server that is asked too much', () => {
  it('is left alone as many seconds as it says', async () => {
    const { transport, surroundings, server } = await setUp({
      request: first(1, (arrived) => send(arrived, 429, '', { 'retry-after': '7' })),
    })
    expect(await ask(transport)).toEqual(balances(5))
    expect(server.requests.length).toBe(2)
    expect(surroundings.waits).toContain(7_000)
  })

  it('is left alone until the date it says', async () => {
    const date = Date.parse('2026-11-24T12:00:00Z')
    const server = await serve({
      request: first(1, (arrived) =>
        send(arrived, 503, '', { 'retry-after': 'Tue, 24 Nov 2026 12:00:03 GMT' }),
      ),
    })
    const surroundings = { ...hurried(), date: () => date }
    expect(await ask(connect([server], {}, { surroundings }))).toEqual(balances(5))
    expect(surroundings.waits).toContain(3_000)
  })

  it('is asked again after growing, random waits where it says nothing', async () => {
    const { transport, surroundings } = await setUp({
      request: first(3, (arrived) => send(arrived, 429, 'slow down')),
    })
    expect(await ask(transport)).toEqual(balances(5))
    // Half of 500, 1000 and 2000 ms, since chance says one half.
    for (const wait of [250, 500, 1_000]) expect(surroundings.waits).toContain(wait)
  })

  it.each([
    [-32005, 'daily request count exceeded, request rate limited'],
    [429, 'Your app has exceeded its compute units per second capacity'],
    [-32000, 'Too Many Requests'],
  ])('may say so of single calls, by error %i', async (code, message) => {
    let times = 0
    const { transport, server } = await setUp({
      call: ({ params }) => {
        if (params[0] === address(3) && times++ === 0) throw new RpcFault(code, message)
      },
    })
    expect(await ask(transport)).toEqual(balances(5))
    // Only the one that failed is asked again.
    expect(server.requests.map((calls) => calls.length)).toEqual([5, 1])
  })

  it('ends the read in an error where it wants to be left alone for too long', async () => {
    const { transport, server } = await setUp({
      request: (arrived) => send(arrived, 429, '', { 'retry-after': '3600' }),
    })
    await expect(ask(transport)).rejects.toMatchObject({
      code: 'STATE_SOURCE',
      method: 'eth_getBalance',
      endpoint: server.url,
      attempts: 1,
      status: 429,
    })
    // The next read knows without asking.
    await expect(ask(transport)).rejects.toMatchObject({ code: 'STATE_SOURCE' })
    expect(server.requests.length).toBe(1)
  })

  it('ends the read in an error where it never relents', async () => {
    const { transport, server } = await setUp({ request: (arrived) => send(arrived, 429, 'no') })
    await expect(ask(transport)).rejects.toMatchObject({
      code: 'STATE_SOURCE',
      attempts: 5,
      status: 429,
      block: header.hash,
    })
    expect(server.requests.length).toBe(5)
  })
})

describe('an answer that is none', () => {
  const cut = ({ response }: Arrived): true => {
    response.writeHead(200, { 'content-length': '1000' })
    response.write('[{"jsonrpc":"2.0","id":1,"res')
    setTimeout(() => response.destroy(), 10)
    return true
  }

  it.each<[string, (arrived: Arrived) => boolean]>([
    ['500', (arrived) => send(arrived, 500, 'oops')],
    ['502 with a page', (arrived) => send(arrived, 502, '<html>Bad gateway</html>')],
    ['503', (arrived) => send(arrived, 503, { error: { code: -32000, message: 'overloaded' } })],
    ['a connection cut in the middle', cut],
    [
      'a connection cut at once',
      ({ response }) => {
        response.destroy()
        return true
      },
    ],
    ['half of the JSON', (arrived) => send(arrived, 200, '[{"jsonrpc":"2.0","id":1,')],
    ['a page under status 200', (arrived) => send(arrived, 200, '<!doctype html>')],
    ['nothing', (arrived) => send(arrived, 200, '')],
    ['null', (arrived) => send(arrived, 200, 'null')],
    ['a number', (arrived) => send(arrived, 200, '7')],
    ['an empty list', (arrived) => send(arrived, 200, '[]')],
    ['a list of nonsense', (arrived) => send(arrived, 200, [null, 1, 'x', {}, { id: 1 }])],
    ['an object without result', (arrived) => send(arrived, 200, { jsonrpc: '2.0', id: 1 })],
    [
      'other ids',
      (arrived) =>
        reply(
          arrived,
          arrived.calls.map((call) => ({ ...answerOf(call), id: call.id + 5_000 })),
        ),
    ],
  ])('is asked for again: %s', async (_, spoil) => {
    const { transport, server } = await setUp({ request: first(2, spoil) })
    expect(await ask(transport)).toEqual(balances(5))
    expect(server.requests.length).toBe(3)
  })

  it.each<[string, (arrived: Arrived) => boolean, object]>([
    ['500', (arrived) => send(arrived, 500, 'oops'), { status: 500 }],
    ['a cut connection', cut, {}],
    ['malformed JSON', (arrived) => send(arrived, 200, '[{'), {}],
  ])('ends in a typed error if there never is one: %s', async (_, spoil, facts) => {
    const { transport, server } = await setUp({ request: spoil }, { retries: 2 })
    await expect(ask(transport)).rejects.toMatchObject({
      code: 'STATE_SOURCE',
      method: 'eth_getBalance',
      endpoint: server.url,
      attempts: 3,
      ...facts,
    })
    expect(server.requests.length).toBe(3)
  })

  it('is given up after the time limit of an attempt, and its socket closed', async () => {
    const { transport, server } = await setUp(
      {
        request: first(1, ({ response }) => {
          response.writeHead(200)
          response.write('[')
          return true
        }),
      },
      { timeout: 5_000 },
    )
    expect(await ask(transport)).toEqual(balances(5))
    await until(() => server.open() === 0)
  })

  it('is given up although bytes keep coming', async () => {
    const { transport } = await setUp(
      {
        request: ({ response }) => {
          const timer = setInterval(() => response.write(' '), 5)
          response.on('close', () => clearInterval(timer))
          return true
        },
      },
      { timeout: 5_000, retries: 1 },
    )
    await expect(ask(transport)).rejects.toMatchObject({
      code: 'STATE_SOURCE',
      attempts: 2,
      details: expect.stringContaining('no answer within 5000 ms'),
    })
  })

  it('is given up once all attempts together took too long', async () => {
    const { transport, server } = await setUp(
      { request: () => true },
      { timeout: 4_000, totalTimeout: 10_000, retries: 20 },
    )
    await expect(ask(transport)).rejects.toMatchObject({
      code: 'STATE_SOURCE',
      details: expect.stringMatching(/10000 ms|exceed the time limit/),
    })
    await until(() => server.open() === 0)
  })

  it('is cut off at a number of bytes', async () => {
    const server = await serve({
      request: ({ response }) => {
        response.writeHead(200)
        const more = (): void => {
          while (!response.destroyed && response.write(' '.repeat(10_000)));
          if (!response.destroyed) response.once('drain', more)
        }
        more()
        return true
      },
    })
    const transport = connect([server], {}, { surroundings: hurried(), maximumBytes: 50_000 })
    await expect(ask(transport, 1)).rejects.toMatchObject({
      code: 'STATE_SOURCE',
      details: expect.stringContaining('more than 50000 bytes'),
    })
    await until(() => server.open() === 0)
  })

  it('is asked for in halves where it is too large as a whole', async () => {
    const server = await serve()
    const transport = connect([server], {}, { surroundings: hurried(), maximumBytes: 400 })
    expect(await ask(transport, 20)).toEqual(balances(20))
  })
})

describe('a server that does not like the batch', () => {
  const over =
    (limit: number, refuse: (arrived: Arrived) => boolean): ServerOptions['request'] =>
    (arrived) =>
      arrived.calls.length > limit && refuse(arrived)
  const error = (code: number, message: string) => ({
    jsonrpc: '2.0',
    id: null,
    error: { code, message },
  })

  it.each<[string, number, (arrived: Arrived) => boolean]>([
    ['413', 10, (arrived) => send(arrived, 413, 'Payload Too Large')],
    ['400', 1, (arrived) => send(arrived, 400, 'expected an object')],
    ['-32005', 50, (arrived) => send(arrived, 200, error(-32005, 'batch limit exceeded'))],
    ['-32600', 20, (arrived) => send(arrived, 200, error(-32600, 'invalid request'))],
    ['-32700', 1, (arrived) => send(arrived, 200, error(-32700, 'parse error'))],
    [
      'a limit',
      7,
      (arrived) => send(arrived, 400, error(-32000, 'batch too large, at most 7 calls allowed')),
    ],
    [
      'unsupported',
      1,
      (arrived) => send(arrived, 200, error(-32000, 'batch requests are not supported')),
    ],
    [
      '429 for the batch',
      10,
      (arrived) => send(arrived, 429, error(-32005, 'batch of more than 10 requests')),
    ],
    // geth says it in the place of the first answer.
    [
      'one item',
      10,
      (arrived) =>
        send(arrived, 200, [{ ...error(-32600, 'batch too large'), id: arrived.calls[0]?.id }]),
    ],
    [
      'each item',
      10,
      (arrived) =>
        send(
          arrived,
          200,
          arrived.calls.map(({ id }) => ({ ...error(-32005, 'batch limit exceeded'), id })),
        ),
    ],
  ])('gets smaller ones from then on: %s', async (_, limit, refuse) => {
    const { transport, server } = await setUp({ request: over(limit, refuse) }, { concurrency: 4 })
    expect(await ask(transport, 100)).toEqual(balances(100))
    const before = server.requests.length
    expect(await ask(transport, 100)).toEqual(balances(100))
    const sizes = server.requests.slice(before).map((calls) => calls.length)
    expect(Math.max(...sizes)).toBeLessThanOrEqual(limit)
    expect(transport.capabilities()[server.url]?.batchLimit).toBe(Math.max(...sizes))
  })

  it('gets exactly as many as it names', async () => {
    const { transport, server } = await setUp({
      request: over(30, (arrived) =>
        send(arrived, 200, error(-32600, 'maximum batch size is 30, got 100')),
      ),
    })
    await ask(transport, 60)
    expect(server.requests.map((calls) => calls.length)).toEqual([60, 30, 30])
  })

  it('gets the limit that was asked for at most', async () => {
    const { transport, server } = await setUp({}, { batchLimit: 25 })
    await ask(transport, 60)
    expect(server.requests.map((calls) => calls.length)).toEqual([25, 25, 10])
  })

  it('gets single calls as such where the limit is one', async () => {
    const batches: boolean[] = []
    const { transport } = await setUp(
      {
        request: ({ batch }) => {
          batches.push(batch)
          return false
        },
      },
      { batchLimit: 1 },
    )
    await ask(transport, 3)
    expect(batches).toEqual([false, false, false])
  })
})

describe('a batch', () => {
  it('may be answered out of order, twice, with ids as text and with answers to nothing', async () => {
    const { transport, server } = await setUp({
      request: (arrived) => {
        const answers = arrived.calls.map((call) => answerOf(call)).reverse()
        const texts = answers.map((each) => ({ ...each, id: String((each as { id: number }).id) }))
        return reply(arrived, [...answers, ...texts, { jsonrpc: '2.0', id: 99_999, result: '0x1' }])
      },
    })
    expect(await ask(transport)).toEqual(balances(5))
    expect(server.requests.length).toBe(1)
  })

  it('has the calls asked again that were answered in two ways, or not at all', async () => {
    const { transport, server } = await setUp({
      request: first(1, (arrived) => {
        const answers = arrived.calls.map((call) => answerOf(call))
        return reply(arrived, [...answers.slice(1), { ...answers[2], result: '0xbad' }])
      }),
    })
    expect(await ask(transport)).toEqual(balances(5))
    expect(server.requests[1]?.map(({ params }) => params[0])).toEqual([address(1), address(3)])
  })

  it('has the calls asked again that failed', async () => {
    let times = 0
    const { transport, server } = await setUp({
      call: ({ params }) => {
        if (params[0] === address(2) && times++ < 2) throw new RpcFault(-32603, 'internal error')
      },
    })
    expect(await ask(transport)).toEqual(balances(5))
    expect(server.requests.map((calls) => calls.length)).toEqual([5, 1, 1])
  })

  it('has the calls asked again that no longer fitted into the answer', async () => {
    const { transport, server } = await setUp({
      request: first(1, (arrived) =>
        reply(
          arrived,
          arrived.calls.map((call, index) =>
            index < 3
              ? answerOf(call)
              : { id: call.id, error: { code: -32003, message: 'response too large' } },
          ),
        ),
      ),
    })
    expect(await ask(transport)).toEqual(balances(5))
    expect(server.requests.map((calls) => calls.length)).toEqual([5, 2])
  })
})

describe('a batch of which only the first calls are answered', () => {
  it('has the others asked again at once', async () => {
    const { transport, server } = await setUp({
      request: (arrived) =>
        reply(
          arrived,
          arrived.calls.map((call, index) =>
            index < 20
              ? answerOf(call)
              : { id: call.id, error: { code: -32005, message: 'batch limit of 20 exceeded' } },
          ),
        ),
    })
    expect(await ask(transport, 50)).toEqual(balances(50))
    expect(server.requests.map((calls) => calls.length)).toEqual([50, 30, 10])
  })
})

describe('a server that lost the block', () => {
  it.each([
    [-32000, 'header not found'],
    [-32000, 'missing trie node 1234 (path 0a) state 0x12 is not available'],
    [4444, 'pruned history unavailable'],
  ])(
    'ends the read in an error with method, endpoint and attempts: %i %s',
    async (code, message) => {
      let lost = false
      const { transport, server } = await setUp(
        {
          call: () => {
            if (lost) throw new RpcFault(code, message)
          },
        },
        { retries: 2 },
      )
      expect(await ask(transport)).toEqual(balances(5))
      lost = true
      await expect(ask(transport)).rejects.toMatchObject({
        code: 'STATE_SOURCE',
        method: 'eth_getBalance',
        endpoint: server.url,
        attempts: 3,
        rpcCode: code,
        block: header.hash,
        details: message,
      })
    },
  )

  it('may have it again the next time, behind a load balancer', async () => {
    let times = 0
    const { transport } = await setUp({
      call: () => {
        if (times++ < 5) throw new RpcFault(-32000, 'header not found')
      },
    })
    expect(await ask(transport)).toEqual(balances(5))
  })
})

describe('a refusal', () => {
  it.each([
    [401, 'invalid project id'],
    [403, 'forbidden'],
    [404, 'not found'],
  ])('is not repeated: %i', async (status, body) => {
    const { transport, server } = await setUp({ request: (arrived) => send(arrived, status, body) })
    await expect(ask(transport, 1)).rejects.toMatchObject({
      code: 'STATE_SOURCE',
      status,
      attempts: 1,
    })
    expect(server.requests.length).toBe(1)
  })

  it('names no secret', async () => {
    const server = await serve({ request: (arrived) => send(arrived, 500, '') })
    const secret = 'abcdefghijklmnopqrstuvwx0123'
    const url = server.url.replace('//', '//user:password@')
    const transport = connect(
      [{ ...server, url: `${url}v2/${secret}?key=${secret}` }],
      { retries: 0 },
      { surroundings: hurried() },
    )
    const error = await ask(transport).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ endpoint: `${server.url}v2/***` })
    const text = JSON.stringify(error) + String(error) + JSON.stringify(transport.capabilities())
    expect(text).not.toMatch(/abcdef|password/)
    expect(server.headers[0]?.authorization).toBe(`Basic ${btoa('user:password')}`)
  })
})
