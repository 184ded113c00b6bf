import { createClient, custom, erc20Abi, parseAbi } from 'viem'
import { describe, expect, it, vi } from 'vitest'
import type { Simulator } from '../../src/index.js'
import { forerunActions, forerunTransport } from '../../src/viem/index.js'

const alice = `0x${'a1'.repeat(20)}` as const
const token = `0x${'70'.repeat(20)}` as const
const word = (value: bigint) => value.toString(16).padStart(64, '0')

/** A simulator that answers each bundle with the same results, and what it was given. */
const simulatorWith = (...results: object[]) => {
  const simulateBundle = vi.fn(async (_: unknown) => ({
    status: 'success',
    transactions: results.map((result, index) => ({ index, status: 'success', ...result })),
  }))
  const setBlock = vi.fn(async (_: unknown) => 'moved')
  const replayBlock = vi.fn(async (_: unknown) => 'replayed')
  const simulator = { simulateBundle, setBlock, replayBlock } as unknown as Simulator
  return { simulator, simulateBundle, setBlock, replayBlock }
}

const clientOf = (simulator: Simulator, account?: typeof alice) =>
  createClient({
    transport: custom({ request: async () => null }),
    ...(account === undefined ? {} : { account }),
  }).extend(forerunActions(simulator))

const balance = {
  to: token,
  abi: erc20Abi,
  functionName: 'balanceOf',
  args: [alice],
  gas: 50_000n,
} as const

describe('the action simulateBundle', () => {
  it('encodes calls by ABI for the account of the client, and decodes what they return', async () => {
    const { simulator, simulateBundle } = simulatorWith({ output: `0x${word(7n)}` })
    const { transactions } = await clientOf(simulator, alice).simulateBundle({
      transactions: [balance],
      feeChecks: 'relaxed',
    })
    expect(simulateBundle).toHaveBeenCalledExactlyOnceWith({
      feeChecks: 'relaxed',
      transactions: [
        { from: alice, to: token, gas: 50_000n, data: `0x70a08231${word(BigInt(alice))}` },
      ],
    })
    expect(transactions[0]?.result).toBe(7n)
  })

  it('leaves other transactions and their results as they are', async () => {
    const { simulator, simulateBundle } = simulatorWith({ output: '0x' }, { output: '0x' })
    const transactions = ['0x02c0', { from: alice, value: 1n }] as const
    const result = await clientOf(simulator).simulateBundle({ transactions })
    expect(simulateBundle.mock.calls).toEqual([[{ transactions }]])
    for (const each of result.transactions) expect('result' in each).toBe(false)
  })

  it.each([
    ['reverted', { status: 'reverted', output: '0x08c379a0' }],
    ['returned something else', { output: '0x01' }],
  ])('has no result of a call that %s', async (_, result) => {
    const { simulator } = simulatorWith(result)
    const { transactions } = await clientOf(simulator, alice).simulateBundle({
      transactions: [balance],
    })
    expect(transactions[0]).toEqual({ index: 0, status: 'success', ...result })
  })

  it.each([
    ['transactions[1].from', { ...balance }],
    ['transactions[1].args', { ...balance, from: alice, args: [] }],
    ['transactions[1].args', { ...balance, from: alice, abi: parseAbi(['function f()']) }],
  ])('says which field is wrong: %s', async (field, transaction) => {
    const { simulator, simulateBundle } = simulatorWith()
    const call = clientOf(simulator).simulateBundle({ transactions: ['0x', transaction] })
    await expect(call).rejects.toMatchObject({ code: 'INVALID_REQUEST', field })
    expect(simulateBundle).not.toHaveBeenCalled()
  })
})

it('the other actions are the simulator as it is', async () => {
  const { simulator, setBlock } = simulatorWith()
  const client = clientOf(simulator)
  expect(await client.setBlock({ block: 5n })).toBe('moved')
  expect(await client.replayBlock({ block: {} as never })).toBe('replayed')
  expect(setBlock).toHaveBeenCalledExactlyOnceWith({ block: 5n })
})

describe('the transport', () => {
  it('asks the simulator once, also for what nodes are asked again', async () => {
    const request = vi.fn(() => Promise.reject({ code: -32603, message: 'a bug' }))
    const provider = { request, on: () => undefined, removeListener: () => undefined }
    const client = createClient({ transport: forerunTransport({ provider }) })
    await expect(client.request({ method: 'eth_chainId' })).rejects.toThrow('a bug')
    expect(request).toHaveBeenCalledOnce()
    expect(client.transport).toMatchObject({ key: 'forerun', name: 'forerun' })
  })
})
