// Runs in the browser: the same block in forerun and in another engine, by turns, on the same page.

import { createSimulator, snapshot } from '/dist/index.js'
import { prepare } from '/peers/ethereumjs.js'

const operations = {
  /** Times in milliseconds of each turn: of the whole call of forerun, of its execution, of the peer. */
  compare: async ({ caseUrl, turns }) => {
    const { state, request } = await (await fetch(caseUrl)).json()
    const runPeer = await prepare({ state, request })
    const simulator = await createSimulator({ source: snapshot(state), threads: 1 })
    const runs = []
    const ours = async () => {
      const start = performance.now()
      const { gasUsed, checks, milliseconds } = await simulator.replayBlock(request)
      return { time: performance.now() - start, gasUsed, right: checks.gasUsed, milliseconds }
    }
    const theirs = async () => {
      const start = performance.now()
      const gasUsed = await runPeer()
      return { time: performance.now() - start, gasUsed }
    }
    for (let turn = 0; turn < turns; turn++) {
      let forerun
      let peer
      if (turn % 2 === 0) {
        forerun = await ours()
        peer = await theirs()
      } else {
        peer = await theirs()
        forerun = await ours()
      }
      if (forerun.right !== true || forerun.gasUsed !== peer.gasUsed)
        throw new Error(`forerun used ${forerun.gasUsed} gas and its peer ${peer.gasUsed}`)
      runs.push({ call: forerun.time, execution: forerun.milliseconds, peer: peer.time })
    }
    await simulator.dispose()
    return runs
  },
}

/** Never rejects: an error is an answer too. */
window.perform = async (operation, parameters) => {
  try {
    return JSON.stringify({ value: await operations[operation](JSON.parse(parameters)) })
  } catch (error) {
    return JSON.stringify({
      error: { name: error?.name, message: String(error?.message ?? error) },
    })
  }
}

document.documentElement.dataset.ready = 'yes'
