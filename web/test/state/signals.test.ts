// Who no longer wants an answer is let go at once, and nothing of it goes on.

import { describe, expect, it } from 'vitest'
import { ask, balances, setUp } from './asking.js'
import { address, readerOf, type ServerOptions, send, until } from './rpc-server.js'

describe('a signal', () => {
  const reason = new Error('enough')

  it.each<[string, ServerOptions['request']]>([
    ['before the answer', () => true],
    [
      'in the middle of the answer',
      ({ response }) => {
        response.writeHead(200)
        response.write('[')
        return true
      },
    ],
  ])('ends a read %s, and closes the sockets', async (_, request) => {
    const { transport, server } = await setUp(request === undefined ? {} : { request }, {}, 1)
    const control = new AbortController()
    const asked = ask(transport, 5, control.signal)
    await until(() => server.requests.length > 0)
    control.abort(reason)
    await expect(asked).rejects.toBe(reason)
    await until(() => server.open() === 0)
  })

  it('ends a read that waits to try again', async () => {
    const { transport, server, surroundings } = await setUp(
      { request: (arrived) => send(arrived, 429, '', { 'retry-after': '30' }) },
      {},
      1,
    )
    const control = new AbortController()
    const asked = ask(transport, 5, control.signal)
    await until(() => surroundings.waits.includes(30_000))
    control.abort(reason)
    await expect(asked).rejects.toBe(reason)
    expect(server.requests.length).toBe(1)
  })

  it('ends a read that waits for its turn', async () => {
    const { transport, server } = await setUp(
      { request: () => true },
      { batchLimit: 1, concurrency: 2 },
      1,
    )
    const control = new AbortController()
    const asked = ask(transport, 5, control.signal)
    await until(() => server.requests.length === 2)
    control.abort(reason)
    await expect(asked).rejects.toBe(reason)
    expect(server.requests.length).toBe(2)
  })

  it('ends what was sent along to try methods', async () => {
    const { transport, server } = await setUp({
      request: ({ calls }) => calls.some(({ method }) => method === 'eth_getAccountInfo'),
    })
    const control = new AbortController()
    const keys = { accounts: [address(2)], storage: {}, codes: [], blockHashes: [] }
    await readerOf(transport).read(keys, control.signal)
    await until(() => server.open() === 1)
    control.abort(reason)
    await until(() => server.open() === 0)
    expect(transport.supports('eth_getAccountInfo')).toBe(false)
  })

  it('that has aborted already sends nothing', async () => {
    const { transport, server } = await setUp({})
    await expect(ask(transport, 5, AbortSignal.abort(reason))).rejects.toBe(reason)
    expect(server.requests.length).toBe(0)
  })

  it('leaves alone whom else the same answer is for', async () => {
    let go = (): void => undefined
    const { transport, server } = await setUp({
      request: async () => {
        await new Promise<void>((resolve) => {
          go = resolve
        })
        return false
      },
    })
    const control = new AbortController()
    const one = ask(transport, 5, control.signal)
    const other = ask(transport, 5)
    await until(() => server.requests.length > 0)
    control.abort(reason)
    await expect(one).rejects.toBe(reason)
    go()
    expect(await other).toEqual(balances(5))
    expect(server.requests.length).toBe(1)
  })

  it('is not needed where the transport is closed', async () => {
    const { transport, server } = await setUp({ request: () => true }, {}, 1)
    const asked = ask(transport)
    await until(() => server.requests.length > 0)
    transport.close()
    await expect(asked).rejects.toMatchObject({ code: 'DISPOSED' })
    await expect(ask(transport)).rejects.toMatchObject({ code: 'DISPOSED' })
    await until(() => server.open() === 0)
  })
})
