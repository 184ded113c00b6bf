// Calls that are only handed on: what a server says to them is the answer, errors included.

import { describe, expect, it } from 'vitest'
import { custom } from '../../src/sources/custom.js'
import type { RpcCall, Transport } from '../../src/state/rpc.js'
import { createProviderTransport } from '../../src/state/transport.js'
import { pin, setUp } from './asking.js'
import { calm, connect, hurried, RpcFault, reply, serve } from './rpc-server.js'

const handedOn = (method: string, rest: Partial<RpcCall> = {}): RpcCall => ({
  method,
  params: [],
  read: (result) => ({ result }),
  readError: (error) => ({ error }),
  ...rest,
})

const ask = async (transport: Transport, call: RpcCall): Promise<unknown> => {
  const [outcome] = await transport.request([call], { signal: calm(), pin })
  return outcome?.ok === true && outcome.value
}

describe('a call that is handed on', () => {
  it('is answered with the result as it is', async () => {
    const logs = [{ address: '0x1', data: null }]
    const { transport } = await setUp({ call: () => logs })
    expect(await ask(transport, handedOn('eth_getLogs'))).toEqual({ result: logs })
  })

  it.each([-32000, -32602, -32603, 3, 4444])(
    'is answered with an error as it is, at the first attempt: %i',
    async (code) => {
      const error = { code, message: 'it is so', data: { why: ['0x1'] } }
      const { server, transport } = await setUp({
        request: (arrived) =>
          reply(
            arrived,
            arrived.calls.map(({ id }) => ({ jsonrpc: '2.0', id, error })),
          ),
      })
      expect(await ask(transport, handedOn('eth_getLogs'))).toEqual({ error })
      expect(server.requests).toHaveLength(1)
    },
  )

  it('is asked again where the server wants to be left alone', async () => {
    let times = 0
    const { transport } = await setUp({
      call: () => {
        if (times++ === 0) throw new RpcFault(-32005, 'limit exceeded')
        return '0x7'
      },
    })
    expect(await ask(transport, handedOn('eth_gasPrice'))).toEqual({ result: '0x7' })
  })

  it('goes elsewhere where a server does not know the method, and is heard of each time', async () => {
    const ignorant = await serve()
    const alone = connect([ignorant])
    for (let time = 0; time < 2; time++)
      await expect(ask(alone, handedOn('eth_gasPrice'))).rejects.toMatchObject({ rpcCode: -32601 })
    const knowing = await serve({ call: () => '0x7' })
    const both = connect([ignorant, knowing])
    for (let time = 0; time < 2; time++)
      expect(await ask(both, handedOn('eth_gasPrice'))).toEqual({ result: '0x7' })
  })

  it('is not taken for an equal one whose answer is read', async () => {
    const { transport } = await setUp({ call: () => '0x539' })
    const read = { method: 'eth_chainId', params: [], read: (result: unknown) => `read ${result}` }
    expect(
      await Promise.all([ask(transport, read), ask(transport, handedOn('eth_chainId'))]),
    ).toEqual(['read 0x539', { result: '0x539' }])
  })

  it('is asked by number of who takes no hashes', async () => {
    const { server, transport } = await setUp({
      call: ({ params }) => {
        if (typeof params.at(-1) === 'object') throw new RpcFault(-32602, 'invalid block')
      },
    })
    const balance = handedOn('eth_getBalance', { params: [`0x${'01'.repeat(20)}`], pinned: true })
    expect(await ask(transport, balance)).toHaveProperty('result')
    expect(server.requests.at(-1)?.[0]?.params).toEqual([`0x${'01'.repeat(20)}`, pin.number])
  })

  it("brings a provider's error with its data", async () => {
    const error = { code: -32000, message: 'no', data: '0x1234' }
    const wallet = { request: () => Promise.reject(error) }
    const transport = createProviderTransport(wallet, custom(wallet).options, {
      surroundings: hurried(),
    })
    expect(await ask(transport, handedOn('eth_getLogs'))).toEqual({ error })
  })
})
