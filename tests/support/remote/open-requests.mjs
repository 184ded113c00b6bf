// Whether anything is still under way at a server.

import assert from 'node:assert/strict'

/** Half of what a request may take by itself: what ends later was not given up. */
const limit = 5_000

/** Waits until no request is open, and fails if some still are when the time is over. */
export async function untilNoneIsOpen({ log }) {
  const until = performance.now() + limit
  const open = () => log.requests().filter(({ ended }) => ended === undefined)
  while (open().length > 0 && performance.now() < until)
    await new Promise((resolve) => setTimeout(resolve, 20))
  assert.deepEqual(open(), [])
}
