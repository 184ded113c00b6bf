// Runs in the browser: simulators whose files come from elsewhere, and whose memory is little.

import { createSimulator, snapshot } from '/dist/index.js'
import { offer } from '/support/page/operations.js'

const places = {
  threads: '/elsewhere/threads.bin',
  single: new URL('/elsewhere/single.bin', location.href),
}

const bytesOf = async (place) => (await fetch(place)).arrayBuffer()
const each = async (make) => ({
  threads: await make(places.threads),
  single: await make(places.single),
})

/** Where the files come from, by name. */
const ways = {
  standard: () => ({}),
  url: () => ({ wasmUrl: places }),
  bytes: async () => ({ wasmBytes: await each(bytesOf) }),
  module: async () => ({
    wasmModule: await each(async (place) => WebAssembly.compile(await bytesOf(place))),
  }),
  workerUrl: () => ({ workerUrl: '/elsewhere/worker.js' }),
  /** As an application does whose bundler looks for workers. */
  bundler: () => ({
    createWorker: (_url, options) => new Worker(new URL('/elsewhere/worker.js', location), options),
  }),
  trusted: () => {
    const policy = window.trustedTypes.createPolicy('forerun-test', {
      createScriptURL: (url) => url,
    })
    return {
      createWorker: (url, options) => new Worker(policy.createScriptURL(url.href), options),
    }
  },
}

/** Memories that nobody uses and that stay. */
const hoard = []
/** A simulator that stays. */
let simulator

/** What comes of using a simulator, which is gone then. */
const withSimulator = async ({ state, ...options }, use) => {
  const simulator = await createSimulator({ source: snapshot(state), ...options })
  try {
    return await use(simulator)
  } finally {
    await simulator.dispose()
  }
}

const operations = {
  /** Simulates a bundle with files from elsewhere; `only` names one build, whose file stands alone. */
  run: async ({ way, state, request, only, ...options }) => {
    const files = await ways[way]()
    const given = Object.fromEntries(
      Object.entries(files).map(([name, value]) => [name, only ? value[only] : value]),
    )
    return withSimulator({ state, ...given, ...options }, async (simulator) => {
      const { transactions } = await simulator.simulateBundle(request)
      const { mode, memory } = simulator
      return { mode, memory, gasUsed: transactions.map(({ gasUsed }) => gasUsed) }
    })
  },
  /** Starts where shared memories may have so many pages. */
  startTight: ({ room, ...options }) =>
    withSimulator(
      { workerUrl: `/page/tight-worker.js?room=${room}`, ...options },
      ({ mode, fallbackReason, memory }) => ({ mode, fallbackReason, memory }),
    ),
  /** Reserves shared memories until the browser refuses small ones too; returns how many there are. */
  exhaust: async () => {
    for (let maximum = 65_536; maximum > 1_024; ) {
      try {
        hoard.push(new WebAssembly.Memory({ initial: 1, maximum, shared: true }))
      } catch {
        maximum /= 2
      }
    }
    return hoard.length
  },
  open: async ({ state, ...options }) => {
    simulator = await createSimulator({ source: snapshot(state), ...options })
    return { mode: simulator.mode, memory: simulator.memory }
  },
  grow: async ({ request }) => {
    const { status } = await simulator.simulateBundle(request)
    return { status, memory: simulator.memory }
  },
  /** Creates simulators one after the other, asks each for a bundle and disposes of it. */
  rounds: async ({ count, request, ...options }) => {
    for (let round = 0; round < count; round++) {
      const { status } = await withSimulator(options, (one) => one.simulateBundle(request))
      if (status !== 'success') throw new Error(`round ${round} ended as ${status}`)
    }
  },
  close: async () => {
    await simulator.dispose()
    return simulator.memory ?? 'none'
  },
}

offer(operations)
