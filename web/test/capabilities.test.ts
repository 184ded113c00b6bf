import { describe, expect, it } from 'vitest'
import { threadsObstacle } from '../src/capabilities.js'

const isolated = { crossOriginIsolated: true, SharedArrayBuffer, WebAssembly }

describe('threadsObstacle', () => {
  it('finds nothing in the way of an isolated realm with wasm threads', () => {
    // Node's own WebAssembly validates the probe, so this also shows that the probe is valid.
    expect(threadsObstacle(isolated)).toBeUndefined()
  })

  it.each([
    ['not-isolated', { ...isolated, crossOriginIsolated: false }],
    ['not-isolated', { ...isolated, crossOriginIsolated: undefined }],
    ['no-atomics', { ...isolated, SharedArrayBuffer: undefined }],
    ['no-atomics', { ...isolated, WebAssembly: undefined }],
    ['no-atomics', { ...isolated, WebAssembly: { validate: () => false } }],
  ] as const)('says %s', (reason, realm) => {
    expect(threadsObstacle(realm)).toBe(reason)
  })
})
