import { expect, it, vi } from 'vitest'

const entries = {
  forerun: () => import('../src/index.js'),
  'forerun/cache': () => import('../src/cache.js'),
  'forerun/viem': () => import('../src/viem/index.js'),
  'forerun/vite': () => import('../src/vite.js'),
}

// A server renders pages in Node: importing must touch nothing that only browsers have.
it.each(Object.entries(entries))(
  'imports %s without touching what starts anything',
  async (name, load) => {
    // Other entries have loaded the same modules.
    vi.resetModules()
    const touched: string[] = []
    const watched = ['Worker', 'WebAssembly', 'fetch', 'navigator', 'SharedArrayBuffer'] as const
    const before = watched.map((name) => Object.getOwnPropertyDescriptor(globalThis, name))
    for (const name of watched)
      Object.defineProperty(globalThis, name, {
        configurable: true,
        get: () => {
          touched.push(name)
          return undefined
        },
      })
    try {
      const functions = Object.values(await load()).filter((each) => typeof each === 'function')
      expect(functions.length, name).toBeGreaterThan(0)
    } finally {
      watched.forEach((name, index) => {
        const descriptor = before[index]
        if (descriptor === undefined) Reflect.deleteProperty(globalThis, name)
        else Object.defineProperty(globalThis, name, descriptor)
      })
    }
    expect(touched).toEqual([])
  },
)
