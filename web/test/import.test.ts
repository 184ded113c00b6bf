import { expect, it } from 'vitest'

// A server renders pages in Node: importing must touch nothing that only browsers have.
it('imports without touching Worker, WebAssembly or the network', async () => {
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
    const forerun = await import('../src/index.js')
    expect(typeof forerun.createSimulator).toBe('function')
  } finally {
    watched.forEach((name, index) => {
      const descriptor = before[index]
      if (descriptor === undefined) Reflect.deleteProperty(globalThis, name)
      else Object.defineProperty(globalThis, name, descriptor)
    })
  }
  expect(touched).toEqual([])
})
