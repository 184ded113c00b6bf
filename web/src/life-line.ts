// How a page learns that a worker is gone. A worker that ends says nothing to anybody, and one that
// is busy in wasm cannot answer a question. But a lock that it holds is let go when it ends, however
// it does (https://w3c.github.io/web-locks/), so each holds one for life and the page waits for it.

/** The part of `navigator.locks` that is used. */
export type Locks = {
  request(
    name: string,
    options: { signal?: AbortSignal },
    granted: () => Promise<void> | undefined,
  ): Promise<unknown>
}

/** What this realm has. Pages that are not served securely have none, and then nobody notices. */
export const ownLocks = (): Locks | undefined =>
  (globalThis as { navigator?: { locks?: Locks } }).navigator?.locks

/** A name that no other line has. */
export const newLine = (): string =>
  `forerun ${globalThis.crypto?.randomUUID?.() ?? `${Date.now()} ${Math.random()}`}`

/** Holds a line until this worker ends. Resolves as soon as it is held; never rejects. */
export const hold = (line: string | undefined, locks = ownLocks()): Promise<void> =>
  line === undefined || locks === undefined
    ? Promise.resolve()
    : new Promise((resolve) => {
        const forLife = new Promise<void>(() => {})
        const granted = (): Promise<void> => {
          resolve()
          return forLife
        }
        // Where it is refused nobody notices an end, and all else works.
        locks.request(line, {}, granted).catch(() => resolve())
      })

/** Calls back when whoever holds a line is gone, unless the signal comes first. */
export const watchLine = (
  line: string | undefined,
  locks: Locks | undefined,
  signal: AbortSignal,
  onGone: () => void,
): void => {
  if (line === undefined || locks === undefined) return
  const granted = (): undefined => {
    if (!signal.aborted) onGone()
    return undefined
  }
  locks.request(line, { signal }, granted).catch(() => {})
}
