import { describe, expect, it } from 'vitest'
import { createSimulatorIn } from '../src/create-simulator.js'
import { snapshot } from '../src/index.js'
import { fakeSurroundings, startsWell } from './fake-worker.js'

const source = snapshot({ chainId: 1, fork: 'OSAKA', accounts: {} })
const bundle = { transactions: [] }

describe('a running simulator', () => {
  it('says how large its memory is, as of the last answer, while there is one', async () => {
    const figures = { bytes: 2 ** 21, maximumBytes: 2 ** 30 }
    const fake = fakeSurroundings({
      coordinator: (worker, message) => {
        if (message.type === 'threads-ready') worker.say({ type: 'memory', ...figures })
        startsWell(worker, message)
      },
    })
    const simulator = await createSimulatorIn(fake.surroundings, { source, threads: 2, lazy: true })
    expect(simulator.memory).toBeUndefined()
    await simulator.warmup()
    expect(simulator.memory).toEqual(figures)
    fake.workers[0]?.say({ type: 'memory', ...figures, bytes: 2 ** 22 })
    expect(simulator.memory).toEqual({ ...figures, bytes: 2 ** 22 })
    await simulator.dispose()
    expect(simulator.memory).toBeUndefined()
  })

  it('rejects pending and later calls when it is disposed of, threads ended first', async () => {
    const fake = fakeSurroundings()
    const simulator = await createSimulatorIn(fake.surroundings, { source, threads: 2 })
    const pending = simulator.simulateBundle(bundle)
    await simulator.dispose()
    await simulator.dispose()
    await expect(pending).rejects.toMatchObject({ code: 'DISPOSED' })
    await expect(simulator.simulateBundle(bundle)).rejects.toMatchObject({ code: 'DISPOSED' })
    expect(fake.log).toEqual([
      'terminate forerun thread 1/2',
      'terminate forerun thread 2/2',
      'terminate forerun coordinator',
    ])
  })

  it('rejects pending calls when the coordinator dies, and says which they were', async () => {
    const fake = fakeSurroundings()
    const simulator = await createSimulatorIn(fake.surroundings, { source, threads: 2 })
    const pending = [simulator.simulateBundle(bundle), simulator.simulateBundle(bundle)]
    fake.workers[0]?.die({ message: 'out of memory' })
    for (const call of pending)
      await expect(call).rejects.toMatchObject({
        code: 'WORKER_LOST',
        worker: 'forerun coordinator',
        details: 'out of memory',
        calls: ['simulateBundle', 'simulateBundle'],
      })
    expect(fake.running()).toEqual([])
  })

  it('rejects pending calls when a thread dies while the coordinator is blocked', async () => {
    const fake = fakeSurroundings()
    const simulator = await createSimulatorIn(fake.surroundings, { source, threads: 2 })
    const pending = simulator.simulateBundle(bundle)
    fake.workers[2]?.die({ message: 'killed' })
    await expect(pending).rejects.toMatchObject({
      code: 'WORKER_LOST',
      worker: 'forerun thread 2/2',
    })
    expect(fake.running()).toEqual([])
  })

  it('rejects pending calls with the words of a panic in a thread', async () => {
    const fake = fakeSurroundings()
    const simulator = await createSimulatorIn(fake.surroundings, { source, threads: 2 })
    const pending = simulator.simulateBundle(bundle)
    fake.workers[1]?.say({ type: 'panicked', message: 'panicked at a.rs:1: index out of bounds' })
    await expect(pending).rejects.toMatchObject({
      code: 'ENGINE',
      details: 'forerun thread 1/2: panicked at a.rs:1: index out of bounds',
    })
    expect(fake.running()).toEqual([])
  })

  it('rejects pending calls when a message cannot be read', async () => {
    const fake = fakeSurroundings()
    const simulator = await createSimulatorIn(fake.surroundings, { source, threads: 1 })
    const pending = simulator.simulateBundle(bundle)
    fake.workers[0]?.onmessageerror?.({} as MessageEvent)
    await expect(pending).rejects.toMatchObject({ code: 'WORKER_LOST' })
  })

  it('stays usable after a call that failed', async () => {
    let calls = 0
    const fake = fakeSurroundings({
      coordinator: (worker, message) => {
        if (message.type !== 'call') return startsWell(worker, message)
        const id = message.id as number
        calls += 1
        if (calls === 1)
          worker.say({
            type: 'failed',
            id,
            error: {
              code: 'INVALID_TRANSACTION',
              message: '',
              index: 3,
              field: 'nonce',
              value: 7,
              expected: 5,
              reason: 'the nonce is ahead of the account',
            },
          })
        else
          worker.say({
            type: 'result',
            id,
            value: {
              status: 'success',
              block: {
                number: '0x10',
                timestamp: '0x20',
                baseFeePerGas: '0x7',
                gasLimit: '0x1c9c380',
                difficulty: '0x0',
                blobBaseFee: '0x1',
                coinbase: '0x0000000000000000000000000000000000000001',
              },
              gasUsed: '0x5208',
              transactions: [
                {
                  index: 0,
                  from: '0x0000000000000000000000000000000000000002',
                  status: 'success',
                  gasUsed: '0x5208',
                  effectiveGasPrice: '0x8',
                  output: '0x',
                  logs: [],
                },
              ],
              report: {
                threads: 1,
                executions: 1,
                direct: 1,
                reexecutions: [],
                abandoned: 0,
                wastedGas: 0,
                headDirectShare: 1,
                windows: [],
              },
            },
          })
      },
    })
    const simulator = await createSimulatorIn(fake.surroundings, { source, threads: 1 })
    await expect(simulator.simulateBundle(bundle)).rejects.toMatchObject({
      code: 'INVALID_TRANSACTION',
      index: 3,
      field: 'nonce',
      value: 7,
      expected: 5,
    })
    expect(await simulator.simulateBundle(bundle)).toMatchObject({
      block: {
        number: 16n,
        timestamp: 32n,
        baseFeePerGas: 7n,
        gasLimit: 30_000_000n,
        difficulty: 0n,
        blobBaseFee: 1n,
        excessBlobGas: undefined,
      },
      gasUsed: 21_000n,
      transactions: [{ gasUsed: 21_000n, effectiveGasPrice: 8n }],
    })
  })

  it('answers calls in any order to those who made them', async () => {
    const fake = fakeSurroundings()
    const simulator = await createSimulatorIn(fake.surroundings, { source, threads: 1 })
    const block = { header: {}, transactions: [] }
    const first = simulator.replayBlock({ block })
    const second = simulator.replayBlock({ block })
    const value = (number: string) => ({
      number,
      gasUsed: '0x0',
      transactions: 0,
      receiptsRoot: '0x',
      logsBloom: '0x',
    })
    fake.workers[0]?.say({ type: 'result', id: 2, value: value('0x2') })
    fake.workers[0]?.say({ type: 'result', id: 1, value: value('0x1') })
    expect((await first).number).toBe(1n)
    expect((await second).number).toBe(2n)
  })
})
