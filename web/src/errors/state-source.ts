// Errors about where base state is read: the servers do not answer, answer nonsense, or no longer
// have the block that a simulation stands on.

import { ForerunError, type ForerunErrorOptions } from './forerun-error.js'

/** State could not be read: after all attempts on all endpoints there is no usable answer. */
export class StateSourceError extends ForerunError {
  readonly code = 'STATE_SOURCE'
  /** The JSON-RPC method that got no usable answer, for example `eth_getStorageAt`. */
  readonly method: string
  /** The endpoint that was asked last: its URL without user, query and what looks like a key. */
  readonly endpoint: string
  /** How often the request was sent, on all endpoints together. */
  readonly attempts: number
  /** HTTP status of the last answer, where that was at fault. */
  readonly status: number | undefined
  /** JSON-RPC error code of the last answer, where there was one. */
  readonly rpcCode: number | undefined
  /** The block whose state was wanted, by its hash. */
  readonly block: string | undefined

  constructor(
    facts: {
      method: string
      endpoint: string
      attempts: number
      status?: number | undefined
      rpcCode?: number | undefined
      block?: string | undefined
    },
    options: ForerunErrorOptions = {},
  ) {
    const more = [
      facts.status === undefined ? [] : [`status ${facts.status}`],
      facts.rpcCode === undefined ? [] : [`error ${facts.rpcCode}`],
      facts.block === undefined ? [] : [`block ${facts.block}`],
    ].flat()
    super(
      `State could not be read: ${facts.method} at ${facts.endpoint} failed after ${facts.attempts} ${facts.attempts === 1 ? 'attempt' : 'attempts'}${more.map((fact) => `, ${fact}`).join('')}.`,
      options,
    )
    this.name = 'StateSourceError'
    this.method = facts.method
    this.endpoint = facts.endpoint
    this.attempts = facts.attempts
    this.status = facts.status
    this.rpcCode = facts.rpcCode
    this.block = facts.block
  }
}

/** No endpoint knows the block that was asked for. */
export class BlockNotFoundError extends ForerunError {
  readonly code = 'BLOCK_NOT_FOUND'
  /** The tag, number or hash that was asked for. */
  readonly block: string
  /** The endpoint that was asked last. */
  readonly endpoint: string

  constructor(facts: { block: string; endpoint: string }, options: ForerunErrorOptions = {}) {
    super(`Block ${facts.block} was not found at ${facts.endpoint}.`, options)
    this.name = 'BlockNotFoundError'
    this.block = facts.block
    this.endpoint = facts.endpoint
  }
}

/**
 * The chain was reorganised under a simulation, at an endpoint that can only be asked by block
 * number: the number now belongs to another block. Nothing that was read with it was used.
 */
export class BlockChangedError extends ForerunError {
  readonly code = 'BLOCK_CHANGED'
  /** The block's number. */
  readonly number: string
  /** The hash that is pinned. */
  readonly expected: string
  /** The hash that the number has now. */
  readonly found: string
  /** The endpoint that said so. */
  readonly endpoint: string

  constructor(
    facts: { number: string; expected: string; found: string; endpoint: string },
    options: ForerunErrorOptions = {},
  ) {
    super(
      `Block ${facts.number} changed at ${facts.endpoint}: it was ${facts.expected} and is ${facts.found} now.`,
      options,
    )
    this.name = 'BlockChangedError'
    this.number = facts.number
    this.expected = facts.expected
    this.found = facts.found
    this.endpoint = facts.endpoint
  }
}
