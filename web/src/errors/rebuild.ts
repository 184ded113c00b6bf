// Errors cross the worker border as plain objects, because structured clone keeps neither
// subclasses nor extra properties. Here they become their classes again, with all facts.

import type { StartStep, ThreadsObstacle, WireError } from '../protocol.js'
import type { ForerunError } from './forerun-error.js'
import { EngineError, StartError, ThreadsUnavailableError } from './life-cycle.js'
import {
  InvalidRequestError,
  InvalidSnapshotError,
  InvalidTransactionError,
  MissingStateError,
} from './request.js'
import { BlockChangedError, BlockNotFoundError, StateSourceError } from './state-source.js'

const text = (value: unknown): string => (typeof value === 'string' ? value : '')
const maybeText = (value: unknown): string | undefined =>
  typeof value === 'string' ? value : undefined
const maybeNumber = (value: unknown): number | undefined =>
  typeof value === 'number' ? value : undefined

/** Makes the error class out of what a worker sent. */
export function rebuildError(wire: WireError): ForerunError {
  const details = maybeText(wire.details)
  const options = details === undefined ? {} : { details }
  switch (wire.code) {
    case 'INVALID_REQUEST':
      return new InvalidRequestError(
        { field: text(wire.field), value: wire.value, reason: text(wire.reason) },
        options,
      )
    case 'INVALID_TRANSACTION':
      return new InvalidTransactionError(
        {
          index: maybeNumber(wire.index) ?? -1,
          field: text(wire.field),
          value: wire.value,
          reason: text(wire.reason),
          expected: wire.expected ?? undefined,
        },
        options,
      )
    case 'INVALID_SNAPSHOT':
      return new InvalidSnapshotError(
        { field: text(wire.field), value: wire.value, reason: text(wire.reason) },
        options,
      )
    case 'MISSING_STATE':
      return new MissingStateError(
        {
          address: maybeText(wire.address),
          slot: maybeText(wire.slot),
          codeHash: maybeText(wire.codeHash),
          blockNumber: maybeNumber(wire.blockNumber) ?? maybeText(wire.blockNumber),
        },
        options,
      )
    case 'STATE_SOURCE':
      return new StateSourceError(
        {
          method: text(wire.method),
          endpoint: text(wire.endpoint),
          attempts: maybeNumber(wire.attempts) ?? 0,
          status: maybeNumber(wire.status),
          rpcCode: maybeNumber(wire.rpcCode),
          block: maybeText(wire.block),
        },
        options,
      )
    case 'BLOCK_NOT_FOUND':
      return new BlockNotFoundError(
        { block: text(wire.block), endpoint: text(wire.endpoint) },
        options,
      )
    case 'BLOCK_CHANGED':
      return new BlockChangedError(
        {
          number: text(wire.number),
          expected: text(wire.expected),
          found: text(wire.found),
          endpoint: text(wire.endpoint),
        },
        options,
      )
    case 'START_FAILED':
      return new StartError(
        {
          step: text(wire.step) as StartStep,
          url: text(wire.url),
          status: maybeNumber(wire.status),
          contentType: maybeText(wire.contentType),
        },
        options,
      )
    case 'THREADS_UNAVAILABLE':
      return new ThreadsUnavailableError({ reason: text(wire.reason) as ThreadsObstacle }, options)
    case 'ENGINE':
      return new EngineError({ details: details ?? wire.message })
    default:
      // Whatever a newer engine may invent: its words must not be lost.
      return new EngineError({ details: details ?? `${wire.code}: ${wire.message}` })
  }
}
