// Options that remote sources share: checked here once, then complete, and plain data so that they
// can be posted to a worker.

import { InvalidRequestError } from '../errors/request.js'

/** How requests are sent and what is done about those that fail; every field is there. */
export type RemoteOptions = {
  /** The most calls in one JSON-RPC batch; 1 sends every call by itself. */
  readonly batchLimit: number
  /** The most requests under way at one endpoint. */
  readonly concurrency: number
  /** Milliseconds one attempt may take, from sending to the last byte of the answer. */
  readonly timeout: number
  /** Milliseconds one read may take with all its attempts. */
  readonly totalTimeout: number
  /** How often a failed request is repeated. */
  readonly retries: number
  /** Milliseconds after which a slow request is sent to another endpoint too; `false`: never. */
  readonly hedgeAfter: number | false
}

/** What holds where nothing else is said. */
export const defaultRemoteOptions: RemoteOptions = {
  batchLimit: 100,
  concurrency: 32,
  timeout: 10_000,
  totalTimeout: 60_000,
  retries: 4,
  hedgeAfter: 2_000,
}

// Timers count milliseconds in 31 bits; a longer one would fire at once.
const longestTimer = 2 ** 31 - 1

const ranges = {
  batchLimit: [1, 1_000],
  concurrency: [1, 256],
  timeout: [1, longestTimer],
  totalTimeout: [1, longestTimer],
  retries: [0, 20],
  hedgeAfter: [1, longestTimer],
} as const

/** Checks options and fills in the defaults of those that are absent. */
export function checkRemoteOptions(
  options: unknown,
  known: readonly (keyof RemoteOptions)[],
): RemoteOptions {
  if (typeof options !== 'object' || options === null)
    throw new InvalidRequestError({ field: 'options', value: options, reason: 'not an object' })
  const checked: Record<string, unknown> = { ...defaultRemoteOptions }
  for (const [field, value] of Object.entries(options)) {
    if (!known.includes(field as keyof RemoteOptions))
      throw new InvalidRequestError({ field, value, reason: 'unknown field' })
    if (value === undefined) continue
    if (!(field === 'hedgeAfter' && value === false)) {
      const [least, most] = ranges[field as keyof RemoteOptions]
      if (!Number.isInteger(value) || (value as number) < least || (value as number) > most)
        throw new InvalidRequestError({
          field,
          value,
          reason: `not a whole number from ${least} to ${most}`,
        })
    }
    checked[field] = value
  }
  return checked as RemoteOptions
}
