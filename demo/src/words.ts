// Facts of a run, in words.

import type { FallbackReason, Reexecution, TransactionResult } from 'forerun'

const reasons: Record<FallbackReason, string> = {
  'not-isolated': 'this page was served without the two headers that cross-origin isolation needs',
  'no-atomics': 'this browser cannot share WebAssembly memory between workers',
  'worker-failed': 'the workers of the thread pool did not start',
  memory: 'the browser refused to reserve the shared memory',
  'one-core': 'this machine has one core',
  'single-requested': 'one thread was asked for',
}

/** Why there is one thread only. */
export const reasonInWords = (reason: FallbackReason): string => reasons[reason]

/** How a transaction ended, as one word. */
export const statusInWords = (status: TransactionResult['status']): string =>
  ({ success: 'done', reverted: 'reverted', halted: 'halted' })[status]

/** Why a transaction failed; the contract's own words where it gave some. */
export const failureInWords = (result: TransactionResult): string | undefined =>
  result.error && (result.error.message || result.error.kind)

/** What a transaction had read too early, and who changed it. */
export function conflictInWords(conflict: Reexecution, names: ReadonlyMap<string, string>): string {
  const { address, what, writer } = conflict
  const place = names.get(address.toLowerCase()) ?? address
  const part = `the ${what} of ${place}`
  return writer === undefined
    ? `ran again: it had read ${part} too early`
    : `ran again: #${writer} changed ${part}`
}

/** Milliseconds with a sensible number of digits. */
export const time = (milliseconds: number): string =>
  `${milliseconds.toFixed(milliseconds < 10 ? 2 : 1)} ms`

/** What the two times say, whichever way it went. */
export function comparisonInWords(sequential: number, parallel: number): string {
  const ratio = sequential / parallel
  if (ratio >= 1.05) return `In parallel it was ${ratio.toFixed(2)} times as fast.`
  if (ratio > 1 / 1.05)
    return 'Both ways took the same time, within what such a short run can tell.'
  const slower = (1 / ratio).toFixed(2)
  return `In parallel it was ${slower} times slower here. A bundle as short as this gains little, and keeping threads in step costs time too.`
}
