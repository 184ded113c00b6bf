// A worker, of a page or of Node: the engine and the reader of the package, put together so that all
// that a request looks at is known beforehand and fetched in one wave. Nothing can be faster that
// takes the same servers, the same reader and the same engine.

const port = globalThis.WorkerGlobalScope
  ? globalThis
  : (await import('node:worker_threads')).parentPort

const signal = new AbortController().signal
let parts

const operations = {
  /** Loads everything and finds the block, so that `run` has nothing else to wait for. */
  async open({ dist, glue, module, urls, chain, kind, request }) {
    const [
      { Engine, initSync },
      { http },
      { createHttpTransport },
      { resolveBlock },
      { createReader },
    ] = await Promise.all([
      import(glue),
      import(`${dist}sources/http.js`),
      import(`${dist}state/transport.js`),
      import(`${dist}state/resolve-block.js`),
      import(`${dist}state/reader.js`),
    ])
    initSync({ module })
    const { chainId, fork, blobParams } = chain
    const transport = createHttpTransport(http(urls))
    const block = await resolveBlock(transport, 'latest', { id: chainId, fork, blobParams })
    const start = { chainId, fork, blobParams, block: block.header, accounts: {}, complete: false }
    const engine = new Engine(encode(start), 1)
    parts = { engine, reader: createReader(transport, block), kind, request }
  },
  /** Runs with these keys, and with whatever more is missing, and returns all of them. */
  async rehearse({ keys }) {
    const { engine, reader } = parts
    const all = structuredClone(keys)
    begin()
    engine.provide(encode(await reader.read(keys, signal)))
    for (;;) {
      const step = engine.step()
      // What it needs comes as a text of JSON, an answer as an object.
      if (typeof step !== 'string') return all
      const need = JSON.parse(step)
      add(all, need)
      engine.provide(encode(await reader.read(need, signal)))
    }
  },
  async run({ keys }) {
    const { engine, reader } = parts
    const started = performance.now()
    const values = await reader.read(keys, signal)
    begin()
    engine.provide(encode(values))
    const answer = engine.step()
    const milliseconds = performance.now() - started
    if (typeof answer === 'string') throw new Error('the oracle did not foresee everything')
    return { milliseconds, answer }
  },
}

function begin() {
  const { engine, kind, request } = parts
  const bytes = new TextEncoder().encode(request)
  if (kind === 'bundle') engine.beginBundle(bytes, true)
  else engine.beginReplay(bytes, true)
}

const encode = (value) => new TextEncoder().encode(JSON.stringify(value))

function add(all, { accounts, storage, codes, blockHashes }) {
  all.accounts.push(...accounts)
  all.codes.push(...codes)
  all.blockHashes.push(...blockHashes)
  for (const [address, slots] of Object.entries(storage))
    all.storage[address] = [...(all.storage[address] ?? []), ...slots]
}

async function receive({ operation, parameters }) {
  try {
    port.postMessage({ value: await operations[operation](parameters) })
  } catch (error) {
    port.postMessage({ error: String(error?.message ?? error) })
  }
}

if (port === globalThis) port.onmessage = ({ data }) => receive(data)
else port.on('message', receive)
