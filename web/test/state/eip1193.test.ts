import { describe, expect, it } from 'vitest'
import { custom, type Eip1193Provider } from '../../src/sources/custom.js'
import { resolveBlock } from '../../src/state/resolve-block.js'
import type { Transport } from '../../src/state/rpc.js'
import { createProviderTransport } from '../../src/state/transport.js'
import {
  address,
  answer,
  calm,
  chain,
  header,
  hurried,
  readerOf,
  slot,
  until,
} from './rpc-server.js'

const provider = (
  request: (method: string, params: unknown[]) => unknown = (method, params) =>
    answer({ id: 0, method, params }),
): Eip1193Provider & { calls: string[]; most: () => number } => {
  const calls: string[] = []
  let underWay = 0
  let most = 0
  return {
    calls,
    most: () => most,
    request: async ({ method, params = [] }) => {
      calls.push(method)
      most = Math.max(most, ++underWay)
      await new Promise((resolve) => setTimeout(resolve, 1))
      underWay--
      return request(method, [...params])
    },
  }
}

const connect = (to: Eip1193Provider, options: Parameters<typeof custom>[1] = {}): Transport =>
  createProviderTransport(to, custom(to, options).options, { surroundings: hurried() })

const keys = {
  accounts: [address(2), address(3)],
  storage: { [address(2)]: [slot(1)] },
  codes: [],
  blockHashes: [],
}

describe('a provider', () => {
  it('is asked call by call, a limited number at once', async () => {
    const wallet = provider()
    const transport = connect(wallet, { concurrency: 3 })
    expect((await resolveBlock(transport, 'latest')).hash).toBe(header.hash)
    const values = await readerOf(transport).read(keys, calm())
    expect(values.accounts[address(2)]).toEqual({
      balance: chain.balance(address(2)),
      nonce: chain.nonce(address(2)),
      code: chain.code(address(2)),
    })
    expect(values.storage[address(2)]).toEqual({ [slot(1)]: chain.slot(address(2), slot(1)) })
    expect(wallet.most()).toBe(3)
    expect(transport.statistics.bytes).toEqual({ sent: 0, received: 0 })
  })

  it.each([
    [{ code: 4001, message: 'User rejected the request.' }, 1],
    [{ code: 4100, message: 'The account has not been authorised.' }, 1],
    [{ code: 4900, message: 'Disconnected' }, 3],
    [{ code: -32603, message: 'Internal error' }, 3],
    [new Error('The wallet is closed'), 3],
    ['a text', 3],
  ])('that throws %o ends the read after %i attempts', async (thrown, attempts) => {
    const wallet = provider(() => {
      throw thrown
    })
    await expect(
      readerOf(connect(wallet, { retries: 2 })).read(keys, calm()),
    ).rejects.toMatchObject({
      code: 'STATE_SOURCE',
      endpoint: 'EIP-1193 provider',
      attempts,
      details: expect.stringContaining(
        typeof thrown === 'string' ? thrown : (thrown as { message: string }).message,
      ),
    })
  })

  it('is asked again after an error that passes', async () => {
    let times = 0
    const wallet = provider((method, params) => {
      if (times++ < 2) throw { code: -32005, message: 'limit exceeded' }
      return answer({ id: 0, method, params })
    })
    const values = await readerOf(connect(wallet)).read(keys, calm())
    expect(values.accounts[address(3)]?.balance).toBe(chain.balance(address(3)))
  })

  it('that never answers ends the read at its time limits', async () => {
    const wallet = { request: () => new Promise<never>(() => undefined) }
    const transport = connect(wallet, { timeout: 1_000, totalTimeout: 5_000, retries: 20 })
    await expect(readerOf(transport).read(keys, calm())).rejects.toMatchObject({
      code: 'STATE_SOURCE',
    })
  })

  it('that never answers does not hold up an abort', async () => {
    let asked = 0
    const wallet = {
      request: () => {
        asked++
        return new Promise<never>(() => undefined)
      },
    }
    const reason = new Error('enough')
    const control = new AbortController()
    const reading = readerOf(connect(wallet)).read(keys, control.signal)
    await until(() => asked > 0)
    control.abort(reason)
    await expect(reading).rejects.toBe(reason)
  })

  it('that throws before it promises anything is an error like any other', async () => {
    const wallet = {
      request: () => {
        throw new Error('no wallet')
      },
    }
    await expect(
      readerOf(connect(wallet, { retries: 0 })).read(keys, calm()),
    ).rejects.toMatchObject({ code: 'STATE_SOURCE', attempts: 1 })
  })
})
