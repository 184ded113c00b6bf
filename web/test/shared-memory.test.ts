import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createSharedMemory } from '../src/worker/shared-memory.js'

/** A browser that reserves the maximum up front and has room for so many pages. */
const roomFor = (
  room: number,
  refusal: unknown = new RangeError('could not allocate memory'),
): number[] => {
  const asked: number[] = []
  vi.stubGlobal('WebAssembly', {
    Memory: class {
      readonly maximum: number
      constructor({ maximum }: { maximum: number }) {
        asked.push(maximum)
        if (maximum > room) throw refusal
        this.maximum = maximum
      }
    },
  })
  return asked
}

beforeEach(() => {
  vi.stubGlobal('__FORERUN_INITIAL_PAGES__', 20)
})
afterEach(() => {
  vi.unstubAllGlobals()
})

describe('createSharedMemory', () => {
  it('takes what was asked for where there is room', () => {
    const asked = roomFor(65_536)
    expect(createSharedMemory(16_384)).toMatchObject({ maximumPages: 16_384 })
    expect(asked).toEqual([16_384])
  })

  it('asks for half where there is not', () => {
    const asked = roomFor(5_000)
    expect(createSharedMemory(16_384)).toMatchObject({
      memory: { maximum: 4_096 },
      maximumPages: 4_096,
    })
    expect(asked).toEqual([16_384, 8_192, 4_096])
  })

  it('asks for 256 MiB at last, whatever was asked for first', () => {
    const asked = roomFor(4_096)
    expect(createSharedMemory(10_000)).toMatchObject({ maximumPages: 4_096 })
    expect(asked).toEqual([10_000, 5_000, 4_096])
  })

  it('asks once for less than that', () => {
    const asked = roomFor(0)
    expect(() => createSharedMemory(300)).toThrow()
    expect(asked).toEqual([300])
  })

  it('knows a lack of room by the words of Firefox too', () => {
    const asked = roomFor(8_192, 'out of memory')
    expect(createSharedMemory(16_384)).toMatchObject({ maximumPages: 8_192 })
    expect(asked).toEqual([16_384, 8_192])
  })

  it('gives up below 256 MiB with the reason to fall back', () => {
    const asked = roomFor(4_095)
    expect(() => createSharedMemory(16_384)).toThrow(
      expect.objectContaining({
        wire: expect.objectContaining({ code: 'THREADS_UNAVAILABLE', reason: 'memory' }),
      }),
    )
    expect(asked).toEqual([16_384, 8_192, 4_096])
  })

  it('does not take another failure for a lack of memory', () => {
    vi.stubGlobal('WebAssembly', {
      Memory: class {
        constructor() {
          throw new TypeError('no shared memory here')
        }
      },
    })
    expect(() => createSharedMemory(16_384)).toThrow(
      expect.objectContaining({
        wire: expect.objectContaining({ reason: 'no-atomics' }),
      }),
    )
  })
})
