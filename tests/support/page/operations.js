// What every test page has: operations by name, which a test performs from outside (harness.mjs).

import { pack, unpack } from './quantities.js'

/** An error as plain data, with all the facts of its class. */
export const described = (error) => ({
  ...error,
  name: error?.name,
  message: String(error?.message ?? error),
})

/** Lets a test perform these from now on. Never rejects: an error is an answer too. */
export function offer(operations, describe = described) {
  window.perform = async (operation, parameters) => {
    try {
      return pack({ value: await operations[operation](unpack(parameters)) })
    } catch (error) {
      return pack({ error: describe(error) })
    }
  }
  document.documentElement.dataset.ready = 'yes'
}
