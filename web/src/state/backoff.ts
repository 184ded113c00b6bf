// How long to wait before a request is repeated.

import type { Failure } from './failure.js'

// Milliseconds before the first repetition; each further one may wait twice as long. A server that
// was asked too much has to be left alone for longer than one that stumbled.
const first = { transient: 150, limited: 500 }
const longest = 10_000

/**
 * Milliseconds until a call that failed so many times is repeated: exponential backoff with full
 * jitter, but never earlier than the server says.
 */
export function waitAfter(failure: Failure, failures: number, random: () => number): number {
  const base = failure.kind === 'limited' ? first.limited : first.transient
  const most = Math.min(longest, base * 2 ** (failures - 1))
  return Math.max(failure.retryAfter ?? 0, Math.ceil(random() * most))
}
