import { afterEach, describe, expect, it, vi } from 'vitest'
import { instantiate, loadWasm } from '../src/worker/load-wasm.js'

// The smallest module: magic and version.
const wasm = Uint8Array.of(0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00)
const page = '<!doctype html><h1>Not here</h1>'
const url = 'https://a.example/forerun.wasm'

const serve = (body: BodyInit, contentType: string, status = 200): void => {
  vi.stubGlobal('fetch', async () => {
    return new Response(body, { status, headers: { 'content-type': contentType } })
  })
}

afterEach(() => {
  vi.unstubAllGlobals()
})

describe('loadWasm', () => {
  it.each(['application/wasm', 'application/wasm; charset=utf-8', 'application/octet-stream', ''])(
    'takes wasm served as "%s"',
    async (contentType) => {
      serve(wasm, contentType)
      expect(await loadWasm({ url }, 'single')).toBeInstanceOf(WebAssembly.Module)
    },
  )

  it.each([
    ['a missing file', page, 'text/html', 404],
    ['a page of HTML in place of a missing file', page, 'text/html', 200],
    ['a page of HTML served as wasm', page, 'application/wasm', 200],
    ['an empty file', '', 'application/octet-stream', 200],
    ['a file cut off', wasm.slice(0, 6), 'application/octet-stream', 200],
  ])('names URL, status and MIME type of %s', async (_name, body, contentType, status) => {
    serve(body, contentType, status)
    await expect(loadWasm({ url }, 'single')).rejects.toMatchObject({
      wire: { code: 'START_FAILED', step: 'wasm', url, status, contentType },
    })
  })

  it('asks nobody for what was handed over', async () => {
    vi.stubGlobal('fetch', async () => {
      throw new Error('nobody was to be asked')
    })
    const module = new WebAssembly.Module(wasm)
    expect(await loadWasm({ url: 'wasmModule.single', content: module }, 'single')).toBe(module)
    expect(await loadWasm({ url: 'wasmBytes.single', content: wasm }, 'single')).toBeInstanceOf(
      WebAssembly.Module,
    )
  })

  it('names the parameter by which bytes came that do not compile', async () => {
    const content = wasm.slice(0, 6)
    await expect(loadWasm({ url: 'wasmBytes.single', content }, 'single')).rejects.toMatchObject({
      wire: { code: 'START_FAILED', step: 'wasm', url: 'wasmBytes.single' },
    })
  })

  it('refuses the other build', async () => {
    serve(wasm, 'application/wasm')
    await expect(loadWasm({ url }, 'threads')).rejects.toMatchObject({
      wire: { code: 'START_FAILED', url, details: expect.stringContaining('"threads"') },
    })
  })

  it('names the URL when the network fails', async () => {
    vi.stubGlobal('fetch', async () => {
      throw new TypeError('refused')
    })
    await expect(loadWasm({ url }, 'single')).rejects.toMatchObject({
      wire: { code: 'START_FAILED', step: 'wasm', url, details: 'TypeError: refused' },
    })
  })
})

describe('how much is here', () => {
  /** In two pieces, as over a network. */
  const inPieces = () =>
    new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(wasm.slice(0, 5))
        controller.enqueue(wasm.slice(5))
        controller.close()
      },
    })

  const told = async (headers: Record<string, string>) => {
    vi.stubGlobal('fetch', async () => new Response(inPieces(), { headers }))
    const heard: unknown[] = []
    expect(await loadWasm({ url }, 'single', (each) => heard.push(each))).toBeInstanceOf(
      WebAssembly.Module,
    )
    return heard
  }

  it.each(['application/wasm', 'application/octet-stream'])(
    'is told piece by piece, before the module is there: %s',
    async (type) => {
      expect(await told({ 'content-type': type, 'content-length': '8' })).toEqual([
        { loaded: 5, total: 8 },
        { loaded: 8, total: 8 },
      ])
    },
  )

  it('is told without the whole where the server does not say it, or means compressed bytes', async () => {
    const withoutTotal = [{ loaded: 5 }, { loaded: 8 }]
    expect(await told({ 'content-type': 'application/wasm' })).toEqual(withoutTotal)
    expect(await told({ 'content-length': '6', 'content-encoding': 'br' })).toEqual(withoutTotal)
  })

  it('changes nothing about what is wrong with the file', async () => {
    serve(page, 'text/html')
    await expect(loadWasm({ url }, 'single', () => undefined)).rejects.toMatchObject({
      wire: { details: 'the file holds no WebAssembly' },
    })
  })
})

describe('instantiate', () => {
  it('says that worker and wasm files do not belong together', () => {
    // Imports a function "b" of "a" that nobody gives it.
    const stranger = new WebAssembly.Module(
      Uint8Array.from([...wasm, 1, 4, 1, 0x60, 0, 0, 2, 7, 1, 1, 0x61, 1, 0x62, 0, 0]),
    )
    expect(() => instantiate(url, () => new WebAssembly.Instance(stranger, { a: {} }))).toThrow(
      expect.objectContaining({
        wire: expect.objectContaining({
          code: 'START_FAILED',
          step: 'wasm',
          url,
          details: expect.stringContaining('different builds'),
        }),
      }),
    )
  })
})
