// One line on a terminal that says what is going on, and that is gone when there is more to say.

import type { AskedCounts, Progress } from '../../index.js'
import { count } from './words.js'

/** What a line is written to. */
export type Terminal = {
  isTTY?: boolean | undefined
  columns?: number | undefined
  write(text: string): unknown
}

// To the first column, and everything from there on erased.
const startOfLine = '\r\x1b[K'
const barLength = 20

/** The line. Writes nothing at all where there is no terminal. */
export class ProgressLine {
  /** Whether there is a terminal to show it on. */
  readonly isShown: boolean
  readonly #terminal: Terminal
  #shown = ''

  constructor(terminal: Terminal) {
    this.#terminal = terminal
    this.isShown = terminal.isTTY === true && process.env.TERM !== 'dumb'
  }

  show(progress: Progress): void {
    // In the last column some terminals begin a new line; some do not know how many they have.
    const text = describe(progress).slice(0, (this.#terminal.columns || 80) - 1)
    if (!this.isShown || text === this.#shown) return
    this.#terminal.write(startOfLine + text)
    this.#shown = text
  }

  clear(): void {
    if (this.#shown === '') return
    this.#terminal.write(startOfLine)
    this.#shown = ''
  }
}

const describe = (progress: Progress): string => {
  switch (progress.type) {
    case 'starting':
      return steps[progress.step]
    case 'loading': {
      const { loaded, total } = progress
      if (total === undefined) return `loading the engine: ${count(loaded, 'byte')}`
      const part = total === 0 ? 1 : Math.min(1, loaded / total)
      return `loading the engine ${bar(part)} ${Math.floor(part * 100)} %`
    }
    case 'block':
      return `looking for block ${progress.block}`
    case 'executing':
      return progress.pass === 1 ? 'executing' : `executing, pass ${progress.pass}`
    case 'wave':
      return progress.phase === 'begin'
        ? `wave ${progress.wave}: reading ${pieces(progress.asked)}`
        : `wave ${progress.wave}: ${Math.round(progress.milliseconds)} ms`
  }
}

const steps = {
  worker: 'starting the engine',
  wasm: 'loading the engine',
  threads: 'starting threads',
  block: 'looking for the block',
  snapshot: 'reading the snapshot',
} as const

const bar = (part: number): string => {
  const full = Math.floor(part * barLength)
  return `[${'#'.repeat(full)}${'.'.repeat(barLength - full)}]`
}

const pieces = ({ accounts, slots, codes, blockHashes }: AskedCounts): string =>
  [
    accounts > 0 ? [count(accounts, 'account')] : [],
    slots > 0 ? [count(slots, 'slot')] : [],
    codes > 0 ? [count(codes, 'code')] : [],
    blockHashes > 0 ? [count(blockHashes, 'block hash', 'block hashes')] : [],
  ]
    .flat()
    .join(', ')
