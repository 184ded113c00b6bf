// Who answers a call: the engine, the source, or nobody.

import { describe, expect, it, vi } from 'vitest'
import type { PassThrough, RpcReply } from '../../src/protocol.js'
import type { Engine } from '../../src/worker/engine.js'
import { encodeText } from '../../src/worker/json.js'
import type { Question, RemoteState } from '../../src/worker/remote-state.js'
import { answer } from '../../src/worker/rpc.js'
import { header } from '../state/rpc-server.js'

const block = { header, hash: header.hash, number: 16n }
const local = ['eth_call', 'eth_getBalance', 'eth_getBlockByNumber', 'eth_getProof']
const here = { json: '{"result":"here"}' }
const elsewhere = { json: '{"error":{"code":-32000,"message":"header not found"}}' }

/** Has a call answered, and says who did and whether others had to wait until the end. */
const have = async (
  method: string,
  { passThrough, says = here }: { passThrough?: PassThrough; says?: RpcReply } = {},
) => {
  const asked: Question[] = []
  const handOn = async (question: Question): Promise<RpcReply> => {
    asked.push(question)
    expect(leave).toHaveBeenCalledOnce()
    return { result: 'there' }
  }
  const state = { passThrough, block, runAhead: true, handOn } as unknown as RemoteState
  const step = vi.fn(() => says)
  const engine = { beginRpc: () => undefined, step } as unknown as Engine
  const leave = vi.fn()
  const reply = await answer(
    engine,
    new Set(local),
    passThrough === undefined ? undefined : state,
    { action: 'rpc', request: encodeText({ method, params: ['0x1', 'latest'] }) },
    new AbortController().signal,
    undefined,
    leave,
  )
  return { reply, asked, executed: step.mock.calls.length > 0 }
}

const remote: readonly PassThrough[] = ['none', 'reads', 'all']

describe('a call', () => {
  it('is answered by the engine where it can be, whatever the source', async () => {
    for (const passThrough of [undefined, ...remote])
      for (const method of ['eth_call', 'eth_getBalance'])
        expect(await have(method, passThrough && { passThrough })).toEqual({
          reply: here,
          asked: [],
          executed: true,
        })
  })

  it('for blocks and proofs goes to the source, unless nothing may', async () => {
    for (const method of ['eth_getBlockByNumber', 'eth_getProof'])
      for (const passThrough of ['reads', 'all'] as const) {
        const { reply, asked, executed } = await have(method, { passThrough })
        expect(reply).toEqual({ result: 'there' })
        expect(asked).toHaveLength(1)
        expect(executed).toBe(false)
      }
    expect(await have('eth_getProof', { passThrough: 'none' })).toMatchObject({ reply: here })
    expect(await have('eth_getBlockByNumber')).toMatchObject({ reply: here })
  })

  it('for state of another block goes to the source as it is', async () => {
    for (const passThrough of ['reads', 'all'] as const) {
      const { reply, asked } = await have('eth_getBalance', { passThrough, says: elsewhere })
      expect(reply).toEqual({ result: 'there' })
      expect(asked).toEqual([{ method: 'eth_getBalance', params: ['0x1', 'latest'] }])
    }
  })

  it('to be executed at another block is refused, and says how to get there', async () => {
    for (const passThrough of remote) {
      const { reply, asked } = await have('eth_call', { passThrough, says: elsewhere })
      expect(reply).toMatchObject({
        error: { code: -32000, message: 'header not found' },
        cause: { value: 'latest', reason: expect.stringMatching(/ block 16 .*setBlock/) },
      })
      expect(asked).toEqual([])
    }
    expect(await have('eth_call', { says: elsewhere })).toMatchObject({ reply: elsewhere })
  })

  it('that fails in another way fails so', async () => {
    const says = { json: '{"error":{"code":3,"message":"execution reverted","data":"0x01"}}' }
    for (const passThrough of remote)
      expect(await have('eth_getBalance', { passThrough, says })).toMatchObject({
        reply: says,
        asked: [],
      })
  })

  it('that only reads goes to the source, unless nothing may', async () => {
    expect(await have('eth_getLogs', { passThrough: 'reads' })).toMatchObject({
      reply: { result: 'there' },
    })
    for (const passThrough of [undefined, 'none'] as const)
      expect(await have('eth_getLogs', passThrough && { passThrough })).toMatchObject({
        reply: { error: { code: 4200 } },
        asked: [],
      })
  })

  it.each(['eth_sendRawTransaction', 'eth_newFilter', 'my_method'])(
    'that may do anything goes to the source only where all may: %s',
    async (method) => {
      for (const passThrough of [undefined, 'none', 'reads'] as const)
        expect(await have(method, passThrough && { passThrough })).toMatchObject({
          reply: { error: { code: 4200, message: expect.stringContaining(method) } },
          asked: [],
        })
      const { reply, asked } = await have(method, { passThrough: 'all' })
      expect(reply).toEqual({ result: 'there' })
      expect(asked).toEqual([{ method, params: ['0x1', 'latest'] }])
    },
  )

  it('that would tell what is simulated never goes to the source', async () => {
    for (const method of ['trace_call', 'eth_simulateV1', 'debug_traceCall', 'mev_simBundle'])
      for (const passThrough of [undefined, ...remote])
        expect(await have(method, passThrough && { passThrough })).toMatchObject({
          reply: { error: { code: 4200 } },
          asked: [],
        })
  })
})
