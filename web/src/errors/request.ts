// Errors about what the caller handed in: the request, one of its transactions, or the snapshot.

import { ForerunError, type ForerunErrorOptions } from './forerun-error.js'

const shown = (value: unknown): string => {
  if (value === undefined) return 'nothing'
  const text =
    typeof value === 'string'
      ? value
      : (JSON.stringify(value, (_, inner) => (typeof inner === 'bigint' ? `${inner}` : inner)) ??
        String(value))
  // A whole contract's code in a message helps nobody; the full value stays in the field.
  return text.length > 80 ? `${text.slice(0, 77)}...` : text
}

/** A parameter is missing, unknown or out of its range. Nothing was executed. */
export class InvalidRequestError extends ForerunError {
  readonly code = 'INVALID_REQUEST'
  /** Path of the field, for example `block.timestamp`. */
  readonly field: string
  /** The value that was refused. */
  readonly value: unknown
  /** Why it was refused. */
  readonly reason: string

  constructor(
    facts: { field: string; value: unknown; reason: string },
    options: ForerunErrorOptions = {},
  ) {
    super(
      `The request is invalid: ${facts.field} = ${shown(facts.value)}: ${facts.reason}.`,
      options,
    )
    this.name = 'InvalidRequestError'
    this.field = facts.field
    this.value = facts.value
    this.reason = facts.reason
  }
}

/** A transaction could never stand in a block: bad bytes, chain id, nonce, funds and the like. */
export class InvalidTransactionError extends ForerunError {
  readonly code = 'INVALID_TRANSACTION'
  /** Position of the transaction in its bundle or block. */
  readonly index: number
  /** The field at fault, for example `nonce`. */
  readonly field: string
  /** The value that was refused. */
  readonly value: unknown
  /** What would have been accepted, where that is one value. */
  readonly expected: unknown
  /** Why it was refused. */
  readonly reason: string

  constructor(
    facts: { index: number; field: string; value: unknown; reason: string; expected?: unknown },
    options: ForerunErrorOptions = {},
  ) {
    const expected = facts.expected === undefined ? '' : `, expected ${shown(facts.expected)}`
    super(
      `Transaction ${facts.index} is invalid: ${facts.field} = ${shown(facts.value)}: ${facts.reason}${expected}.`,
      options,
    )
    this.name = 'InvalidTransactionError'
    this.index = facts.index
    this.field = facts.field
    this.value = facts.value
    this.expected = facts.expected
    this.reason = facts.reason
  }
}

/** The snapshot cannot be read: no JSON, bad hex, an unknown fork, a code that does not match its hash. */
export class InvalidSnapshotError extends ForerunError {
  readonly code = 'INVALID_SNAPSHOT'
  /** Path of the field, for example `accounts.0xabc….storage.0x01`. */
  readonly field: string
  /** The value that was refused. */
  readonly value: unknown
  /** Why it was refused. */
  readonly reason: string

  constructor(
    facts: { field: string; value: unknown; reason: string },
    options: ForerunErrorOptions = {},
  ) {
    super(
      `The snapshot is invalid: ${facts.field} = ${shown(facts.value)}: ${facts.reason}.`,
      options,
    )
    this.name = 'InvalidSnapshotError'
    this.field = facts.field
    this.value = facts.value
    this.reason = facts.reason
  }
}

/** The execution needed state that the source does not hold. */
export class MissingStateError extends ForerunError {
  readonly code = 'MISSING_STATE'
  /** The account that was asked for. */
  readonly address: string | undefined
  /** The storage slot that was asked for. */
  readonly slot: string | undefined
  /** The hash of the code that was asked for. */
  readonly codeHash: string | undefined
  /** The number of the block whose hash was asked for. */
  readonly blockNumber: string | number | undefined

  constructor(
    facts: {
      address?: string | undefined
      slot?: string | undefined
      codeHash?: string | undefined
      blockNumber?: string | number | undefined
    },
    options: ForerunErrorOptions = {},
  ) {
    const names = Object.entries(facts)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => `${name} ${value}`)
    super(`State is missing: ${names.join(', ') || 'unknown key'}.`, options)
    this.name = 'MissingStateError'
    this.address = facts.address
    this.slot = facts.slot
    this.codeHash = facts.codeHash
    this.blockNumber = facts.blockNumber
  }
}
