import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Progress } from '../../src/index.js'
import { ProgressLine, type Terminal } from '../../src/node/cli/progress-line.js'

const url = 'file:///forerun.wasm'
const asked = { accounts: 1, slots: 1_200, codes: 0, blockHashes: 2 }
const bytes = { sent: 1, received: 1 }

beforeEach(() => vi.stubEnv('TERM', 'xterm'))
afterEach(() => vi.unstubAllEnvs())

/** What is written for these, piece by piece. */
const written = (terminal: Omit<Terminal, 'write'>, ...all: Progress[]): string[] => {
  const pieces: string[] = []
  const line = new ProgressLine({ ...terminal, write: (text) => pieces.push(text) })
  for (const each of all) line.show(each)
  line.clear()
  return pieces
}

/** What stands on the line for one. */
const shown = (progress: Progress): string | undefined =>
  written({ isTTY: true, columns: 100 }, progress)[0]?.replace('\r\x1b[K', '')

describe('the line', () => {
  it.each<[Progress, string]>([
    [{ type: 'starting', build: 'single', step: 'block' }, 'looking for the block'],
    [{ type: 'loading', url, loaded: 2_500 }, 'loading the engine: 2,500 bytes'],
    [
      { type: 'loading', url, loaded: 1, total: 4 },
      'loading the engine [#####...............] 25 %',
    ],
    [{ type: 'loading', url, loaded: 9, total: 8 }, `loading the engine [${'#'.repeat(20)}] 100 %`],
    [{ type: 'executing', action: 'simulateBundle', pass: 1 }, 'executing'],
    [{ type: 'executing', action: 'simulateBundle', pass: 3 }, 'executing, pass 3'],
    [
      { type: 'wave', action: 'simulateBundle', phase: 'begin', wave: 2, asked },
      'wave 2: reading 1 account, 1,200 slots, 2 block hashes',
    ],
    [
      {
        type: 'wave',
        action: 'simulateBundle',
        phase: 'end',
        wave: 2,
        asked,
        requests: 1,
        bytes,
        milliseconds: 41.7,
      },
      'wave 2: 42 ms',
    ],
    [{ type: 'block', action: 'setBlock', block: 'latest' }, 'looking for block latest'],
  ])('says %j', (progress, text) => {
    expect(shown(progress)).toBe(text)
  })

  const [first, second]: Progress[] = [
    { type: 'executing', action: 'replayBlock', pass: 1 },
    { type: 'executing', action: 'replayBlock', pass: 2 },
  ] as const

  it('is written only when it changes, and is gone in the end', () => {
    expect(written({ isTTY: true, columns: 80 }, first, first, second)).toEqual([
      '\r\x1b[Kexecuting',
      '\r\x1b[Kexecuting, pass 2',
      '\r\x1b[K',
    ])
  })

  it('fits the terminal, and one that does not know its width', () => {
    expect(written({ isTTY: true, columns: 6 }, first)[0]).toBe('\r\x1b[Kexecu')
    expect(written({ isTTY: true, columns: 0 }, first)[0]).toBe('\r\x1b[Kexecuting')
  })

  it('is not there without a terminal, or on one that knows no codes', () => {
    expect(written({ isTTY: false }, first)).toEqual([])
    expect(written({}, first)).toEqual([])
    vi.stubEnv('TERM', 'dumb')
    expect(written({ isTTY: true }, first)).toEqual([])
  })
})
