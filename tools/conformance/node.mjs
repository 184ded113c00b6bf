// The test module in Node: a thread that is started again where the module is lost.

import { Worker } from 'node:worker_threads'
import { within } from '../../tests/support/limit.mjs'
import { callLimit, LostModule } from './cases.mjs'

/** @implements {import('./cases.mjs').Place} */
export class NodeModule {
  #worker

  async open() {
    this.#worker = new Worker(new URL('node-module.mjs', import.meta.url))
  }

  choose(choice) {
    return this.#perform('choose', choice)
  }

  run({ kind, path, file }, places) {
    return this.#perform('run', { kind, path, file, places })
  }

  nameOf({ kind, path, file }, place) {
    return this.#perform('nameOf', { kind, path, file, place })
  }

  async #perform(operation, parameters) {
    if (!this.#worker) await this.open()
    const answered = answerOf(this.#worker)
    this.#worker.postMessage({ operation, parameters })
    let answer
    try {
      answer = await within(callLimit, operation, answered)
    } catch (error) {
      answer = { lost: error.message }
    }
    const { value, refused, lost } = answer
    if (refused !== undefined) throw new Error(refused)
    if (lost === undefined) return value
    await this.close()
    throw new LostModule(lost)
  }

  async close() {
    const worker = this.#worker
    this.#worker = undefined
    await worker?.terminate()
  }
}

/** What a thread says next; rejects if it ends instead. */
const answerOf = (worker) =>
  new Promise((resolve, reject) => {
    const settle = (settled) => (value) => {
      for (const [event, listener] of Object.entries(listeners)) worker.off(event, listener)
      settled(value)
    }
    const listeners = {
      message: settle(resolve),
      error: settle(reject),
      exit: settle(() => reject(new Error('the thread ended'))),
    }
    for (const [event, listener] of Object.entries(listeners)) worker.on(event, listener)
  })
