// What a request costs of a source, and the waves in which it is read.

import type { StateReport } from '../actions/report.js'
import type { AskedCounts } from '../progress.js'
import { type Keys, type Values, without } from '../state/keys.js'
import type { Tell } from './engine.js'
import type { Read, Reading, RemoteState } from './remote-state.js'

type Costs = {
  requests: number
  sent: number
  received: number
  methods: Record<string, number>
}

/** A wave that has begun with some of its keys. */
type Begun = {
  keys: Keys
  before: Costs
  start: number
  reading: Promise<Read>
  /** For whatever else is read in this wave. */
  signal: AbortSignal
  /** Ends what is still under way, if anything is. */
  end: () => void
}

/** Milliseconds in which what is sent has gone out. */
const untilSent = 5

const turn = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds))

/** Counts what a request costs, and tells of its waves. */
export class Account {
  readonly #state: RemoteState | undefined
  readonly #tell: Tell | undefined
  readonly #reading: Reading
  readonly #before: Costs
  /** The wave that has begun with some of its keys. */
  #begun: Begun | undefined
  #waves = 0
  #asked = 0
  #milliseconds = 0

  constructor(state: RemoteState | undefined, tell: Tell | undefined, reading: Reading) {
    this.#state = state
    this.#tell = tell
    this.#reading = reading
    this.#before = this.#now()
  }

  #now(): Costs {
    const {
      requests = 0,
      bytes = { sent: 0, received: 0 },
      methods = {},
    } = this.#state?.statistics ?? {}
    return { requests, ...bytes, methods: { ...methods } }
  }

  /** Begins a wave with its first keys, and lets them go out. */
  async begin(keys: Keys): Promise<void> {
    const before = this.#now()
    const start = performance.now()
    this.#announce(this.#ask(keys))
    const control = new AbortController()
    const { signal } = this.#reading
    const stop = (): void => control.abort(signal.reason)
    signal.addEventListener('abort', stop, { once: true })
    const end = (): void => {
      signal.removeEventListener('abort', stop)
      control.abort()
    }
    const reading = this.#read(keys, { ...this.#reading, signal: control.signal })
    // It is waited for later, or never if the request turns out to be none.
    reading.catch(() => undefined)
    this.#begun = { keys, before, start, reading, signal: control.signal, end }
    // What is sent goes out while nobody works here, once new connections stand, which take a moment
    // from when they are asked for, and that is at the end of this turn.
    await turn(0)
    await turn(untilSent)
  }

  /** Keys without those that a wave has begun with. */
  left(keys: Keys): Keys {
    return this.#begun === undefined ? keys : without(keys, this.#begun.keys)
  }

  /** Reads keys in one wave, that which has begun if one has. */
  async wave(keys: Keys): Promise<Values | undefined> {
    const asked = this.#ask(keys)
    const begun = this.#begun
    const { before, start } = begun ?? { before: this.#now(), start: performance.now() }
    let reads: Promise<Read>[]
    if (begun === undefined) {
      this.#announce(asked)
      reads = [this.#read(keys, this.#reading)]
    } else {
      // What is left are senders and the protocol's own, which point nowhere.
      const left = this.#read(keys, { ...this.#reading, signal: begun.signal, follows: false })
      reads = [begun.reading, left]
    }
    const found = await Promise.all(reads)
    this.end()
    const milliseconds = performance.now() - start
    this.#milliseconds += milliseconds
    const { requests, bytes } = difference(before, this.#now())
    const all = begun === undefined ? asked : sum(count(begun.keys), asked)
    this.#tell?.({
      ...{ type: 'wave', phase: 'end', wave: this.#waves },
      ...{ asked: all, requests, bytes, milliseconds },
    })
    for (const { values } of found) this.#state?.keep(values)
    return found[0]?.followed
  }

  /** Of a wave that has begun nothing goes on, whether it was waited for or not. */
  end(): void {
    this.#begun?.end()
    this.#begun = undefined
  }

  #announce(asked: AskedCounts): void {
    this.#waves++
    this.#tell?.({ type: 'wave', phase: 'begin', wave: this.#waves, asked })
  }

  #ask(keys: Keys): AskedCounts {
    const asked = count(keys)
    this.#asked += asked.accounts + asked.slots + asked.codes + asked.blockHashes
    return asked
  }

  #read(keys: Keys, reading: Reading): Promise<Read> {
    return (this.#state as RemoteState).read(keys, reading)
  }

  close(read: number): StateReport {
    const now = this.#now()
    const methods: Record<string, number> = {}
    for (const [method, times] of Object.entries(now.methods)) {
      const more = times - (this.#before.methods[method] ?? 0)
      if (more > 0) methods[method] = more
    }
    return {
      waves: this.#waves,
      ...difference(this.#before, now),
      methods,
      asked: this.#asked,
      read,
      milliseconds: this.#milliseconds,
    }
  }
}

const difference = (before: Costs, now: Costs): Pick<StateReport, 'requests' | 'bytes'> => ({
  requests: now.requests - before.requests,
  bytes: { sent: now.sent - before.sent, received: now.received - before.received },
})

const count = (keys: Keys): AskedCounts => ({
  accounts: keys.accounts.length,
  slots: Object.values(keys.storage).reduce((sum, slots) => sum + slots.length, 0),
  codes: keys.codes.length,
  blockHashes: keys.blockHashes.length,
})

const sum = (one: AskedCounts, other: AskedCounts): AskedCounts => ({
  accounts: one.accounts + other.accounts,
  slots: one.slots + other.slots,
  codes: one.codes + other.codes,
  blockHashes: one.blockHashes + other.blockHashes,
})
