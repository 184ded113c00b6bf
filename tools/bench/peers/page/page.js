// Runs in the browser: the same block in forerun and in another engine, by turns, on the same page.

import { createSimulator, snapshot } from '/dist/index.js'
import { prepare, prepareCalls } from '/peers/ethereumjs.js'

/** The peer is told who has signed. */
function withoutSignatures(request) {
  const transactions = request.block.transactions.map(({ raw: _, ...rest }) => rest)
  return { ...request, block: { ...request.block, transactions } }
}

/** A block as a bundle in just that block. */
function bundleOf({ block: { header, transactions } }) {
  const quantities = (object, names) =>
    Object.fromEntries(
      names.flatMap((name) => (object[name] === undefined ? [] : [[name, BigInt(object[name])]])),
    )
  return {
    transactions: transactions.map((transaction) => ({
      from: transaction.from,
      to: transaction.to,
      data: transaction.data,
      ...quantities(transaction, ['value', 'gas', 'gasPrice']),
    })),
    block: {
      coinbase: header.miner,
      prevRandao: header.mixHash,
      ...quantities(header, ['number', 'timestamp', 'gasLimit', 'baseFeePerGas']),
    },
  }
}

const operations = {
  /** Times in milliseconds of each turn: of the whole call of forerun, of its execution, of the peer. */
  compare: async ({ caseUrl, turns, calls }) => {
    const { state, request } = await (await fetch(caseUrl)).json()
    const runPeer = await (calls ? prepareCalls : prepare)({ state, request })
    const simulator = await createSimulator({ source: snapshot(state), threads: 1 })
    const runs = []
    // A peer that makes calls has no receipts to make a root of; neither has a bundle.
    const bundle = bundleOf(request)
    const block = withoutSignatures(request)
    const run = () => (calls ? simulator.simulateBundle(bundle) : simulator.replayBlock(block))
    const expected = BigInt(request.block.header.gasUsed)
    const ours = async () => {
      const start = performance.now()
      const { gasUsed, milliseconds } = await run()
      return { time: performance.now() - start, gasUsed, milliseconds }
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
      if (forerun.gasUsed !== expected || forerun.gasUsed !== peer.gasUsed)
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
