// A worker with a module that allocates. It plays both roles, that of the one which takes calls and that
// of a thread of the pool, like the package's own worker file.

let bindings
let threadsReady
// The threads read the channel inside by its address: it must never be freed.
const held = []

self.__forerunStartWorkers = async (module, memory, builder) => {
  held.push(builder)
  const ready = new Promise((resolve) => {
    threadsReady = resolve
  })
  self.postMessage({ type: 'spawn', module, memory, receiver: builder.receiver() })
  await ready
  builder.build()
}

const calls = {
  async start({ glue, wasm, threads }) {
    bindings = await import(glue)
    bindings.initSync({ module: await WebAssembly.compileStreaming(fetch(wasm)) })
    await bindings.initThreadPool(threads)
  },
  allocate({ threads, rounds }) {
    const start = performance.now()
    const blocks = bindings.allocate(threads, rounds)
    return ((performance.now() - start) / blocks) * 1e6
  },
}

self.onmessage = async ({ data }) => {
  if (data.type === 'threads-ready') return threadsReady()
  try {
    if (data.type === 'join') {
      bindings = await import(data.glue)
      bindings.initSync({ module: data.module, memory: data.memory })
      self.postMessage({ type: 'joined' })
      return bindings.wbg_rayon_start_worker(data.receiver)
    }
    self.postMessage({ type: 'result', value: await calls[data.type](data) })
  } catch (error) {
    const message = String(error?.message ?? error)
    self.postMessage(
      data.type === 'join' ? { type: 'panicked', message } : { type: 'failed', message },
    )
  }
}
