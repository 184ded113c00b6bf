// What waits to be written. It can be looked up meanwhile, as if it were written already.

import { type Keys, noValues, type Values } from '../keys.js'
import type { Place } from './cache.js'
import { type EndpointFacts, sizeOfFacts } from './endpoints.js'
import { addValues, sizeOfValues, takeValues } from './values.js'

/** What is written in one transaction. */
export type Batch = {
  readonly states: Map<string, { place: Place; values: Values }>
  readonly endpoints: Map<string, EndpointFacts>
  /** Records that were used. */
  readonly used: Set<string>
  bytes: number
}

const emptyBatch = (): Batch => ({
  states: new Map(),
  endpoints: new Map(),
  used: new Set(),
  bytes: 0,
})

const nameOf = ({ chainId, blockHash }: Place) => `${chainId}:${blockHash}`

/** A queue that holds no more than a number of bytes. */
export class Queue {
  readonly #maximum: number
  #waiting = emptyBatch()
  #written: Batch | undefined

  constructor(maximum: number) {
    this.#maximum = maximum
  }

  get isEmpty(): boolean {
    const { states, endpoints, used } = this.#waiting
    return states.size + endpoints.size + used.size === 0
  }

  /** Adds values; returns false if there is no room. */
  addValues(place: Place, values: Values): boolean {
    if (!this.#hasRoom(sizeOfValues(values))) return false
    const state = this.#waiting.states.get(nameOf(place)) ?? { place, values: noValues() }
    addValues(state.values, values)
    this.#waiting.states.set(nameOf(place), state)
    return true
  }

  addEndpoint(key: string, facts: EndpointFacts): boolean {
    if (!this.#hasRoom(sizeOfFacts(facts))) return false
    this.#waiting.endpoints.set(key, facts)
    return true
  }

  addUsed(key: string): boolean {
    if (!this.#waiting.used.has(key) && !this.#hasRoom(key.length)) return false
    this.#waiting.used.add(key)
    return true
  }

  #hasRoom(bytes: number): boolean {
    const all = this.#waiting.bytes + (this.#written?.bytes ?? 0) + bytes
    if (all > this.#maximum) return false
    this.#waiting.bytes += bytes
    return true
  }

  /** Everything that waits, which can still be looked up until `done`. */
  take(): Batch {
    const batch = this.#waiting
    this.#written = batch
    this.#waiting = emptyBatch()
    return batch
  }

  /** The batch was written, or never will be. */
  done(): void {
    this.#written = undefined
  }

  /** Moves to `found` what waits for this very block, and returns the keys that are left. */
  find(place: Place, keys: Keys, found: Values): Keys {
    let left = keys
    for (const batch of this.#batches()) {
      const state = batch.states.get(nameOf(place))
      if (state !== undefined) left = takeValues(state.values, left, found)
    }
    return left
  }

  findEndpoint(key: string): EndpointFacts | undefined {
    for (const batch of this.#batches()) {
      const facts = batch.endpoints.get(key)
      if (facts !== undefined) return facts
    }
    return undefined
  }

  #batches(): Batch[] {
    return this.#written === undefined ? [this.#waiting] : [this.#waiting, this.#written]
  }
}
