// Runs in the browser: the same block in several wasm builds, by turns, in one worker. The builds'
// modules are compiled once and kept: how well the browser has compiled their code is then no matter
// of who is measured first.

/** Compiled builds by name: `{ name, glue, module }`. */
const builds = []
let cases

const start = () => new Worker(new URL('./worker.js', import.meta.url), { type: 'module' })

/** Asks a worker, and waits for its answer. */
const ask = (worker, message) =>
  new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) =>
      data.error === undefined ? resolve(data.value) : reject(new Error(data.error))
    worker.onerror = (event) => reject(new Error(event.message ?? 'the worker could not be loaded'))
    worker.postMessage(message)
  })

/** The first so many bytes are another's every turn, so that no result is one of a turn before. */
function withSeed(request, seed) {
  if (seed === undefined) return request
  const [transaction, ...rest] = request.block.transactions
  const data = seed + transaction.data.slice(seed.length)
  return {
    ...request,
    block: { ...request.block, transactions: [{ ...transaction, data }, ...rest] },
  }
}

const operations = {
  /** Compiles builds: `{ name, glue, wasm }` with URLs. */
  load: async ({ variants }) => {
    for (const { name, glue, wasm } of variants) {
      const module = await WebAssembly.compileStreaming(fetch(wasm))
      builds.push({ name, glue: new URL(glue, location.href).href, module })
    }
  },
  /** Takes the case that is measured from now on. */
  take: async ({ caseUrl }) => {
    cases?.worker?.terminate()
    const { state, request } = await (await fetch(caseUrl)).json()
    cases = { state: new TextEncoder().encode(JSON.stringify(state)), request }
  },
  /**
   * Measures so many turns. Returns for each build and turn `{ first, rest, empty }`: milliseconds of a
   * first execution, of `repeat` times two further ones of the same, and of as many more in which no
   * result of a signature or precompile is remembered.
   * - `fresh`: whether each turn has instances and engines of its own, which remember nothing
   * - `seeds`: one for each turn, or none
   */
  measure: async ({ turns, from = 0, fresh, repeat, seeds }) => {
    if (builds.length === 0) throw new Error('no build is loaded: the browser was started anew')
    const runs = Object.fromEntries(builds.map(({ name }) => [name, []]))
    for (let turn = 0; turn < turns; turn++) {
      if (fresh) cases.worker?.terminate()
      if (fresh || !cases.worker) {
        cases.worker = start()
        await ask(cases.worker, { type: 'open', builds, state: cases.state })
      }
      const request = { ...withSeed(cases.request, seeds?.[turn]), ...(repeat > 0 && { repeat }) }
      const bytes = (value) => new TextEncoder().encode(JSON.stringify(value))
      // By turns, and each build comes first as often as any.
      const order = builds.map((_, place) => (place + from + turn) % builds.length)
      const found = await ask(cases.worker, {
        type: 'turn',
        order,
        request: bytes(request),
        forgetful: bytes({ ...request, remember: false }),
      })
      for (const { name, ...times } of found) runs[name].push(times)
    }
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
