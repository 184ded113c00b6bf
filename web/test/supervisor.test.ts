import { describe, expect, it, vi } from 'vitest'
import { createSimulatorIn } from '../src/create-simulator.js'
import type { Locks } from '../src/life-line.js'
import type { FromCoordinator } from '../src/protocol.js'
import { http } from '../src/sources/http.js'
import { snapshot } from '../src/sources/snapshot.js'
import { type Behaviours, type FakeWorker, fakeSurroundings, startsWell } from './fake-worker.js'

const source = snapshot({ chainId: 1, fork: 'OSAKA', accounts: {} })
const header = { number: 5, hash: '0x05' }

/** Answers every call. */
const answers: Behaviours = {
  coordinator: (worker, message) => {
    startsWell(worker, message)
    if (message.type === 'call')
      worker.say({ type: 'result', id: message.id as number, value: header })
  },
}

/** Fails its first start, and goes well from then on. */
const failsOnce = (): Behaviours => {
  let starts = 0
  return {
    coordinator: (worker, message) => {
      if (message.type === 'start' && ++starts === 1)
        return worker.say({
          type: 'start-failed',
          error: { code: 'START_FAILED', message: 'x', step: 'wasm', url: 'x' },
        })
      answers.coordinator?.(worker, message)
    },
  }
}

/** Locks as far as one that waits needs them: a test grants them. */
class FakeLocks implements Locks {
  readonly waiting = new Map<string, () => unknown>()
  request(name: string, { signal }: { signal?: AbortSignal }, granted: () => unknown) {
    this.waiting.set(name, granted)
    return new Promise<void>((_, reject) => {
      signal?.addEventListener('abort', () => {
        this.waiting.delete(name)
        reject(signal.reason)
      })
    })
  }
}

// Any call will do: this one comes back as the worker answers it.
const call = { block: 'latest' } as const
const starts = (workers: FakeWorker[]): number =>
  workers.filter(({ name }) => name === 'forerun coordinator').length

describe('a simulator whose engine died', () => {
  it('starts another one for the next call', async () => {
    const fake = fakeSurroundings(answers)
    const simulator = await createSimulatorIn(fake.surroundings, { source, threads: 2 })
    fake.workers[0]?.die({ message: 'killed' })
    expect(simulator.state).toMatchObject({ status: 'failed', error: { code: 'WORKER_LOST' } })
    expect(fake.running()).toEqual([])
    await simulator.setBlock(call)
    expect(simulator.state).toEqual({ status: 'ready', mode: 'threads', threads: 2 })
    expect(starts(fake.workers)).toBe(2)
    await simulator.dispose()
    expect(fake.running()).toEqual([])
  })

  it('starts one for all calls that wait for it', async () => {
    const fake = fakeSurroundings(answers)
    const simulator = await createSimulatorIn(fake.surroundings, { source, threads: 1 })
    fake.workers[0]?.die()
    const calls = [1, 2, 3].map(() => simulator.setBlock(call))
    expect(simulator.state).toEqual({ status: 'starting' })
    await Promise.all(calls)
    expect(starts(fake.workers)).toBe(2)
  })

  it('goes on at the block on which it stood', async () => {
    const fake = fakeSurroundings({
      coordinator: (worker, message) => {
        if (message.type === 'start')
          worker.say({ type: 'started', block: header } as unknown as FromCoordinator)
        else answers.coordinator?.(worker, message)
      },
    })
    const simulator = await createSimulatorIn(fake.surroundings, {
      source: http('http://127.0.0.1:1'),
      block: 'latest',
      threads: 1,
    })
    fake.workers[0]?.die()
    await simulator.setBlock(call)
    const blocks = fake.workers.map(({ posted }) => posted[0]?.remote)
    expect(blocks).toMatchObject([{ block: 'latest' }, { block: header.hash }])
  })

  it('lets a signal end a call that waits for the new one, and nothing else', async () => {
    const fake = fakeSurroundings(answers)
    const simulator = await createSimulatorIn(fake.surroundings, { source, threads: 1 })
    fake.workers[0]?.die()
    const reason = new Error('enough')
    const abort = new AbortController()
    const aborted = simulator.setBlock({ ...call, signal: abort.signal })
    const other = simulator.setBlock(call)
    abort.abort(reason)
    await expect(aborted).rejects.toBe(reason)
    await other
  })

  it('is disposed of while another one starts', async () => {
    const fake = fakeSurroundings(answers)
    const simulator = await createSimulatorIn(fake.surroundings, { source, threads: 2 })
    fake.workers[0]?.die()
    const waiting = simulator.setBlock(call)
    await simulator.dispose()
    await expect(waiting).rejects.toMatchObject({ code: 'DISPOSED' })
    expect(simulator.state).toEqual({ status: 'disposed' })
    expect(fake.running()).toEqual([])
  })
})

describe('a call that is aborted', () => {
  /** Takes up the first call of the first engine and is deaf from then on, as one in wasm is. */
  const deaf = (): Behaviours => {
    let first: FakeWorker | undefined
    return {
      coordinator: (worker, message) => {
        first ??= worker
        if (worker !== first) return answers.coordinator?.(worker, message)
        startsWell(worker, message)
        if (message.type === 'call' && message.id === 1) worker.say({ type: 'working', id: 1 })
      },
    }
  }
  const pause = (milliseconds: number): Promise<void> =>
    new Promise((resolve) => setTimeout(resolve, milliseconds))

  it('costs an engine that does not leave it, and those behind it nothing', async () => {
    const fake = fakeSurroundings(deaf())
    const simulator = await createSimulatorIn(fake.surroundings, { source, threads: 1 })
    const reason = new Error('enough')
    const abort = new AbortController()
    const aborted = simulator.setBlock({ ...call, signal: abort.signal })
    const order: number[] = []
    const behind = [1, 2].map((index) => simulator.setBlock(call).then(() => order.push(index)))
    abort.abort(reason)
    await expect(aborted).rejects.toBe(reason)
    await Promise.all(behind)
    expect([order, starts(fake.workers)]).toEqual([[1, 2], 2])
    expect(fake.running()).toEqual(['forerun coordinator'])
  })

  it('costs nothing where it only waited', async () => {
    const fake = fakeSurroundings(deaf())
    const simulator = await createSimulatorIn(fake.surroundings, { source, threads: 1 })
    const running = simulator.setBlock(call)
    const abort = new AbortController()
    const waiting = simulator.setBlock({ ...call, signal: abort.signal })
    abort.abort()
    await expect(waiting).rejects.toBe(abort.signal.reason)
    // Twice as long as the engine would have.
    await pause(100)
    fake.workers[0]?.say({ type: 'result', id: 1, value: header })
    await running
    expect(starts(fake.workers)).toBe(1)
  })

  it('costs an engine that comes to it all the same', async () => {
    const fake = fakeSurroundings(deaf())
    const simulator = await createSimulatorIn(fake.surroundings, { source, threads: 1 })
    const running = simulator.setBlock(call)
    const abort = new AbortController()
    const waiting = simulator.setBlock({ ...call, signal: abort.signal })
    abort.abort()
    await expect(waiting).rejects.toBe(abort.signal.reason)
    fake.workers[0]?.say({ type: 'result', id: 1, value: header })
    await running
    fake.workers[0]?.say({ type: 'working', id: 2 })
    await vi.waitFor(() => expect([simulator.state.status, fake.running()]).toEqual(['idle', []]))
  })

  it('leaves an engine that leaves it', async () => {
    const fake = fakeSurroundings({
      coordinator: (worker, message) => {
        if (message.type === 'abort') worker.say({ type: 'aborted', id: message.id as number })
        else if (message.id !== 1) answers.coordinator?.(worker, message)
      },
    })
    const simulator = await createSimulatorIn(fake.surroundings, { source, threads: 1 })
    const abort = new AbortController()
    const aborted = simulator.setBlock({ ...call, signal: abort.signal })
    fake.workers[0]?.say({ type: 'working', id: 1 })
    abort.abort()
    await expect(aborted).rejects.toBe(abort.signal.reason)
    await pause(100)
    await simulator.setBlock(call)
    expect(starts(fake.workers)).toBe(1)
  })
})

describe('a worker that ends without a word', () => {
  it.each([0, 1, 2])('is noticed by the lock that it held (worker %i)', async (index) => {
    const locks = new FakeLocks()
    const fake = fakeSurroundings({}, { locks: () => locks })
    const simulator = await createSimulatorIn(fake.surroundings, { source, threads: 2 })
    const pending = simulator.setBlock(call)
    const line = fake.workers[index]?.posted[0]?.line as string
    locks.waiting.get(line)?.()
    await expect(pending).rejects.toMatchObject({
      code: 'WORKER_LOST',
      worker: fake.workers[index]?.name,
      calls: ['setBlock'],
    })
    expect(fake.running()).toEqual([])
    expect(locks.waiting.size).toBe(0)
  })

  it('leaves no request for a lock behind when it is ended', async () => {
    const locks = new FakeLocks()
    const fake = fakeSurroundings({}, { locks: () => locks })
    const simulator = await createSimulatorIn(fake.surroundings, { source, threads: 2 })
    expect(locks.waiting.size).toBe(3)
    await simulator.dispose()
    expect(locks.waiting.size).toBe(0)
  })
})

describe('a lazy simulator', () => {
  it('starts with its first call', async () => {
    const fake = fakeSurroundings(answers)
    const simulator = await createSimulatorIn(fake.surroundings, { source, threads: 2, lazy: true })
    expect([simulator.state, simulator.mode, simulator.threads]).toEqual([
      { status: 'idle' },
      undefined,
      0,
    ])
    expect(fake.workers).toEqual([])
    await simulator.setBlock(call)
    expect([simulator.mode, simulator.threads]).toEqual(['threads', 2])
  })

  it('refuses bad parameters at once', async () => {
    const { surroundings } = fakeSurroundings()
    const bad = { source, threads: 65, lazy: true }
    await expect(createSimulatorIn(surroundings, bad)).rejects.toMatchObject({ field: 'threads' })
    const worse = { source, lazy: 'yes' as unknown as boolean }
    await expect(createSimulatorIn(surroundings, worse)).rejects.toMatchObject({ field: 'lazy' })
  })

  it('can be tried again after a start that failed', async () => {
    const fake = fakeSurroundings(failsOnce())
    const simulator = await createSimulatorIn(fake.surroundings, { source, threads: 1, lazy: true })
    await expect(simulator.warmup()).rejects.toMatchObject({ code: 'START_FAILED' })
    expect(simulator.state).toMatchObject({ status: 'failed', error: { code: 'START_FAILED' } })
    await simulator.warmup()
    expect(simulator.state.status).toBe('ready')
    await simulator.warmup()
    expect(starts(fake.workers)).toBe(2)
  })

  it('starts nothing once it is disposed of', async () => {
    const fake = fakeSurroundings(answers)
    const simulator = await createSimulatorIn(fake.surroundings, { source, lazy: true })
    await simulator.dispose()
    await expect(simulator.warmup()).rejects.toMatchObject({ code: 'DISPOSED' })
    await expect(simulator.setBlock(call)).rejects.toMatchObject({ code: 'DISPOSED' })
    expect(fake.workers).toEqual([])
  })
})
