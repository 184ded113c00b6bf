// Asks a worker, one question at a time; by whatever name its runtime calls things.

/**
 * @param {{ post: (message: object) => void, listen: (receive: (message: object) => void, fail: (error: Error) => void) => void, end: () => void }} worker
 */
export function asking({ post, listen, end }) {
  let waiting
  listen(
    ({ value, error }) =>
      error === undefined ? waiting?.resolve(value) : waiting?.reject(new Error(error)),
    (error) => waiting?.reject(error),
  )
  return {
    ask: (operation, parameters) =>
      new Promise((resolve, reject) => {
        waiting = { resolve, reject }
        post({ operation, parameters })
      }),
    end,
  }
}
