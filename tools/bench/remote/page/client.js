// What the benchmark does with the package, on a page and in Node alike: whoever loads this hands in
// the package and how a worker is started.

/** What is judged of an answer: it need not travel as a whole. A block's has no transactions in it. */
const gistOf = ({ report, transactions, checks }) => ({
  waves: report.state?.waves,
  results: Array.isArray(transactions)
    ? transactions.map(({ status, gasUsed }) => ({ status, gasUsed: BigInt(gasUsed) }))
    : undefined,
  checks,
})

/**
 * @param {object} parts
 * @param {object} parts.forerun the package
 * @param {() => { ask: (operation: string, parameters: object) => Promise<any>, end: () => void }} parts.openOracle
 *   starts a worker with `oracle.js`
 */
export function openClient({ forerun, openOracle }) {
  let simulator
  let oracle
  return {
    /** A simulator that stands on the head of these servers and has read nothing yet. */
    async create({ urls, chain, threads, runAhead = true, cache }) {
      await this.close()
      simulator = await forerun.createSimulator({
        source: forerun.http(urls),
        chain: { id: chain.chainId, fork: chain.fork, blobParams: chain.blobParams },
        threads,
        // Otherwise one thread would be measured under the name of several.
        requireThreads: threads > 1,
        runAhead,
        ...(cache === undefined ? {} : { cache: forerun[cache]() }),
      })
    },
    async run({ kind, request }) {
      const started = performance.now()
      const answer =
        kind === 'bundle'
          ? await simulator.simulateBundle(request)
          : await simulator.replayBlock(request)
      return { milliseconds: performance.now() - started, ...gistOf(answer) }
    },
    /** Moves to the servers' new head. */
    async move() {
      await simulator.setBlock({ block: 'latest' })
    },
    /** An engine on the same servers that will be told what to read. */
    async openOracle({ kind, request, ...parameters }) {
      await this.close()
      oracle = openOracle()
      // As an engine takes it: quantities are 0x strings there.
      const text = JSON.stringify(request, (_, entry) =>
        typeof entry === 'bigint' ? `0x${entry.toString(16)}` : entry,
      )
      await oracle.ask('open', { kind, request: text, ...parameters })
    },
    /** What it takes besides these keys. */
    rehearse: ({ keys }) => oracle.ask('rehearse', { keys }),
    /** Reads these keys in one wave and then runs. */
    async foretold({ keys }) {
      const { milliseconds, answer } = await oracle.ask('run', { keys })
      return { milliseconds, ...gistOf(answer) }
    },
    async close() {
      await simulator?.dispose()
      simulator = undefined
      oracle?.end()
      oracle = undefined
    },
  }
}
