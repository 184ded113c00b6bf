// Node and Chromium behind one face: simulators that are described in plain data, and whose results
// and errors come back as plain data, so that a test runs in both word for word.

import * as forerun from 'forerun'
import { openBrowser } from '../browsers.mjs'
import { openPage, openTestSite, PageError } from '../harness.mjs'
import { described } from '../page/operations.js'
import { pack, unpack } from '../page/quantities.js'
import { ask } from '../provider/questions.mjs'
import {
  abortAfter,
  atOnce,
  disposeAfter,
  disposeBefore,
  listen,
  open,
  run,
} from './page/simulator.js'

/** What a simulator rejected with: `facts` are those of its class. */
export class Rejection extends Error {
  constructor(facts) {
    super(`${facts.name} ${facts.code ?? ''}: ${facts.message}`)
    this.name = 'Rejection'
    this.facts = facts
  }
}

/** What `call` was rejected with; fails if it was not. */
export async function rejectionOf(call) {
  try {
    await call
  } catch (error) {
    if (error instanceof Rejection) return error.facts
    throw error
  }
  throw new Error('nothing was rejected')
}

/** All of a result but what says how it came about. */
export const contentOf = ({
  report: _,
  replayKey: __,
  milliseconds: ___,
  sequentialMilliseconds: ____,
  ...content
}) => content

/** As it comes from a page. */
const plainly = async (promise) => {
  try {
    return unpack(pack({ value: await promise })).value
  } catch (error) {
    throw new Rejection(unpack(pack(described(error))))
  }
}

/** What is reported as a warning of the process. */
const catchWarnings = (take) => {
  process.on('warning', take)
  return () => process.off('warning', take)
}

const inNode = () => ({
  name: 'Node',
  listen: (description, what) => plainly(listen(forerun, description, what, catchWarnings)),
  async open(description) {
    let simulator
    await plainly(
      open(forerun, description).then((made) => {
        simulator = made
      }),
    )
    return {
      mode: simulator.mode,
      block: simulator.block,
      run: ({ kind, request }) => plainly(run(simulator, kind, request)),
      setBlock: (block) => plainly(simulator.setBlock({ block })),
      request: (method, params) => plainly(simulator.provider.request({ method, params })),
      atOnce: (calls) => plainly(atOnce(simulator, calls)),
      disposeBefore: (what) => plainly(disposeBefore(simulator, what)),
      ask: (name, facts) => plainly(ask(simulator.provider, name, facts)),
      abortAfter: (milliseconds, { kind, request }) =>
        plainly(abortAfter(simulator, { kind, request, milliseconds })),
      disposeAfter: (milliseconds, { kind, request }) =>
        plainly(disposeAfter(simulator, { kind, request, milliseconds })),
      dispose: () => simulator.dispose(),
    }
  },
  async close() {},
})

/** @param {{ folders?: Record<string, string> }} [options] more that pages find, by path */
async function inChromium({ folders = {} } = {}) {
  const site = await openTestSite({ more: folders })
  const { driver, quit } = await openBrowser('chromium').catch(async (error) => {
    await site.close()
    throw error
  })
  let page
  const load = async () => {
    page = await openPage(driver, site.url, { path: '/support/remote/page/index.html' })
  }
  const perform = async (operation, parameters) => {
    try {
      return await page(operation, parameters)
    } catch (error) {
      if (error instanceof PageError) throw new Rejection(error.facts)
      throw error
    }
  }
  const close = async () => {
    await quit()
    await site.close()
  }
  try {
    await load()
  } catch (error) {
    await close()
    throw error
  }
  return {
    name: 'Chromium',
    listen: (description, what) => perform('listen', { description, ...what }),
    async open(description) {
      const { id, mode, block } = await perform('open', description)
      return {
        mode,
        block,
        run: ({ kind, request }) => perform('run', { id, kind, request }),
        setBlock: (block) => perform('setBlock', { id, block }),
        request: (method, params) => perform('request', { id, method, params }),
        atOnce: (calls) => perform('atOnce', { id, calls }),
        disposeBefore: (what) => perform('disposeBefore', { id, ...what }),
        ask: (name, facts) => perform('ask', { id, name, facts }),
        abortAfter: (milliseconds, { kind, request }) =>
          perform('abortAfter', { id, kind, request, milliseconds }),
        disposeAfter: (milliseconds, { kind, request }) =>
          perform('disposeAfter', { id, kind, request, milliseconds }),
        dispose: () => perform('dispose', { id }),
      }
    },
    /** Loads the page anew: of what was there only what is stored stays. */
    reload: load,
    close,
  }
}

/** Where the package runs: by name, how to open it. Each has to be closed. */
export const runtimes = { Node: inNode, Chromium: inChromium }

/** Hands a simulator to `use` and disposes of it. */
export async function withSimulator(runtime, description, use) {
  const simulator = await runtime.open(description)
  try {
    return await use(simulator)
  } finally {
    await simulator.dispose()
  }
}
