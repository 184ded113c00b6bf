// No wait without a limit.

/** Something took longer than it may. */
export class TimeLimitError extends Error {
  constructor(what: string, milliseconds: number) {
    super(`${what} took longer than ${milliseconds} ms`)
    this.name = 'TimeLimitError'
  }
}

/** Settles as `promise` does, or rejects when the time is over and calls `stop`. */
export function within<T>(
  milliseconds: number,
  what: string,
  promise: Promise<T>,
  stop: () => void = () => {},
): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new TimeLimitError(what, milliseconds))
      stop()
    }, milliseconds)
    promise.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}
