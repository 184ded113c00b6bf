// What the process ends with. The same list is in the README and in the help.

import { ForerunError, type TimeoutError } from '../../index.js'
import { InputError, UsageError } from './input-error.js'

/** What an exit code means. */
export const exitCodes = {
  /** All transactions succeeded; what was replayed came out the same. */
  success: 0,
  /** Something reverted or halted; what was replayed came out otherwise. */
  failed: 1,
  /** The command line, a file or a request cannot be used. */
  input: 2,
  /** State could not be read. */
  state: 3,
  /** The engine did not start, or failed. */
  engine: 4,
  /** Ctrl-C. */
  interrupted: 130,
} as const

/** The exit code for what was thrown. */
export function codeOfError(error: unknown): number {
  if (error instanceof UsageError || error instanceof InputError) return exitCodes.input
  if (!(error instanceof ForerunError)) return exitCodes.engine
  switch (error.code) {
    case 'INVALID_REQUEST':
    case 'INVALID_TRANSACTION':
    case 'INVALID_SNAPSHOT':
      return exitCodes.input
    case 'MISSING_STATE':
    case 'STATE_SOURCE':
    case 'BLOCK_NOT_FOUND':
    case 'BLOCK_CHANGED':
      return exitCodes.state
    case 'TIMEOUT':
      // Servers that say nothing let the start run into its limit.
      return (error as TimeoutError).step === 'block' ? exitCodes.state : exitCodes.engine
    default:
      return exitCodes.engine
  }
}
