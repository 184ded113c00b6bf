// The base of everything forerun throws. An error is told apart by `code`, never by the text of
// its message and never by `instanceof` alone, which fails where two copies of a package meet.

// The guide as it lies in the package. It stands here once, for the day it has a URL of its own.
const guide = 'forerun/docs/guide.md'

/** What kind of trouble an error is; each code has its own class. */
export type ForerunErrorCode =
  | 'INVALID_REQUEST'
  | 'INVALID_TRANSACTION'
  | 'INVALID_SNAPSHOT'
  | 'MISSING_STATE'
  | 'STATE_SOURCE'
  | 'BLOCK_NOT_FOUND'
  | 'BLOCK_CHANGED'
  | 'START_FAILED'
  | 'TIMEOUT'
  | 'THREADS_UNAVAILABLE'
  | 'WORKER_LOST'
  | 'DISPOSED'
  | 'ENGINE'

/** What the constructor of {@link ForerunError} takes besides the short message. */
export type ForerunErrorOptions = {
  /** More about the particular case: a reason, a status, a panic message. */
  details?: string | undefined
  /** What was thrown below, if anything. */
  cause?: unknown
}

/**
 * The base class of all errors of forerun.
 *
 * @example
 * ```ts
 * import { createSimulator, ForerunError, snapshot } from 'forerun'
 *
 * try {
 *   await createSimulator({ source: snapshot({ chainId: 1, fork: 'TOMORROW', accounts: {} }) })
 * } catch (error) {
 *   if (!(error instanceof ForerunError)) throw error
 *   console.log(error.code) // 'INVALID_SNAPSHOT'
 *   console.log(error.docsUrl) // 'forerun/docs/guide.md#invalid_snapshot'
 * }
 * ```
 */
export abstract class ForerunError extends Error {
  /** The kind of trouble, a literal in each subclass. */
  abstract readonly code: ForerunErrorCode
  /** One sentence that says what went wrong, with its facts. */
  readonly shortMessage: string
  /** More about the particular case, if there is more to say. */
  readonly details: string | undefined

  constructor(shortMessage: string, options: ForerunErrorOptions = {}) {
    super(
      options.details === undefined
        ? shortMessage
        : `${shortMessage}\n\nDetails: ${options.details}`,
      options.cause === undefined ? undefined : { cause: options.cause },
    )
    this.name = 'ForerunError'
    this.shortMessage = shortMessage
    this.details = options.details
  }

  /** Where the guide says what to do about this code: a path from where packages are installed. */
  get docsUrl(): string {
    return `${guide}#${this.code.toLowerCase()}`
  }
}
