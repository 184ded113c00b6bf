// A worker with the test module. It plays both roles, that of the one which takes calls and that of a
// thread of the pool, like the package's own worker file; that one cannot be used, since the package's
// module is built into it.

import {
  choose,
  initSync,
  initThreadPool,
  installPanicHook,
  nameOf,
  run,
  Vectors,
  wbg_rayon_start_worker,
} from '/conformance/forerun.js'

const post = (message) => self.postMessage(message)

/** A panic leaves its words on the global object; what else ends a module says so itself. */
const described = (error) => self.__forerunPanic ?? `${error?.name}: ${error?.message}`

let threadsReady
let vectors
// The threads read the channel inside by its address: it must never be freed.
const held = []

self.__forerunStartWorkers = async (module, memory, builder) => {
  held.push(builder)
  const ready = new Promise((resolve) => {
    threadsReady = resolve
  })
  post({ type: 'spawn', module, memory, receiver: builder.receiver() })
  await ready
  builder.build()
}

async function start({ threads }) {
  const module = await WebAssembly.compileStreaming(fetch('/conformance/forerun_bg.wasm'))
  initSync({ module })
  installPanicHook()
  await initThreadPool(threads)
}

function join({ module, memory, receiver }) {
  initSync({ module, memory })
  post({ type: 'joined' })
  wbg_rayon_start_worker(receiver)
}

const bytes = async (url) => new Uint8Array(await (await fetch(url)).arrayBuffer())

/** The files at `url`, an object with the content of each in base64. */
async function importVectors({ url, threads }) {
  vectors?.free()
  vectors = new Vectors()
  const files = await (await fetch(url)).json()
  for (const [path, content] of Object.entries(files))
    vectors.add(
      path,
      Uint8Array.from(atob(content), (character) => character.charCodeAt(0)),
    )
  return JSON.parse(vectors.import(threads))
}

const calls = {
  start,
  choose: ({ total, sample, seed }) => [...choose(total, sample, BigInt(seed))],
  run: async ({ kind, path, url, places, threads }) =>
    JSON.parse(run(kind, path, await bytes(url), new Uint32Array(places), threads)),
  nameOf: async ({ kind, path, url, place }) =>
    JSON.parse(nameOf(kind, path, await bytes(url), place)),
  importVectors,
  snapshotOf: ({ block }) => vectors.snapshot(block),
  judge: ({ index, answers }) => JSON.parse(vectors.judge(index, JSON.stringify(answers))),
}

self.onmessage = async ({ data }) => {
  try {
    if (data.type === 'threads-ready') return threadsReady()
    if (data.type === 'join') return join(data)
    post({ type: 'result', value: await calls[data.type](data) })
  } catch (error) {
    const trapped = error instanceof WebAssembly.RuntimeError || error instanceof RangeError
    if (trapped || data.type === 'join') post({ type: 'panicked', message: described(error) })
    else post({ type: 'thrown', message: String(error?.message ?? error) })
  }
}
