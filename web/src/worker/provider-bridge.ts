// A provider of the page as the worker has it: each request is a message, and so is each answer.
// Whoever asks has a time limit of its own, so a question that is never answered holds up nobody; it
// is forgotten when the worker ends.

import type { FromCoordinator, ProviderAnswer } from '../protocol.js'
import type { Eip1193Provider } from '../sources/custom.js'

type Waiting = { resolve: (result: unknown) => void; reject: (error: unknown) => void }

/** Asks the page's provider. */
export class ProviderBridge implements Eip1193Provider {
  readonly #post: (message: FromCoordinator) => void
  readonly #waiting = new Map<number, Waiting>()
  #nextId = 1

  constructor(post: (message: FromCoordinator) => void) {
    this.#post = post
  }

  /** Sends a request to the page. */
  request({ method, params }: { method: string; params?: unknown }): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const id = this.#nextId++
      this.#waiting.set(id, { resolve, reject })
      this.#post({ type: 'ask', id, method, params: (params ?? []) as readonly unknown[] })
    })
  }

  /** Takes in what the page's provider said. */
  take(id: number, answer: ProviderAnswer): void {
    const waiting = this.#waiting.get(id)
    this.#waiting.delete(id)
    if ('error' in answer)
      waiting?.reject(Object.assign(new Error(answer.error.message), answer.error))
    else waiting?.resolve(answer.result)
  }
}
