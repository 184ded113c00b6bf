// Runs in the browser: how long it takes from the import of the package to a first result.

const operations = {
  /** Milliseconds from the start of the import to the end of each step. */
  start: async ({ caseUrl, threads, again = 0, leisure = 0 }) => {
    const { state, transactions } = await (await fetch(caseUrl)).json()
    const start = performance.now()
    const since = () => performance.now() - start
    const { createSimulator, snapshot } = await import('/dist/index.js')
    const imported = since()
    const simulator = await createSimulator({
      source: snapshot(state),
      threads,
      requireThreads: threads > 1,
    })
    const started = since()
    const simulate = () => simulator.simulateBundle({ transactions })
    const first = await simulate()
    const answered = since()
    if (first.transactions.length !== transactions.length) throw new Error('a result is missing')
    // So much work that the browser finds the compiled code worth keeping, and time to store it.
    for (let n = 0; n < again; n++) await simulate()
    await new Promise((resolve) => setTimeout(resolve, leisure))
    await simulator.dispose()
    return { imported, started, answered }
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
