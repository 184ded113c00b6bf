import { describe, expect, it } from 'vitest'
import { custom, http, InvalidRequestError } from '../src/index.js'

describe('http', () => {
  it('takes one URL or several, and is plain data', () => {
    expect(http('https://a.example/rpc')).toEqual({
      type: 'http',
      endpoints: [{ url: 'https://a.example/rpc', headers: {} }],
      options: {
        batchLimit: 100,
        concurrency: 32,
        timeout: 10_000,
        totalTimeout: 60_000,
        retries: 4,
        hedgeAfter: 2_000,
      },
    })
    const source = http(['https://a.example', 'http://127.0.0.1:8545/?x=1#y'], {
      headers: { 'X-Key': 'k' },
      hedgeAfter: false,
      batchLimit: 1,
    })
    expect(source.endpoints).toEqual([
      { url: 'https://a.example/', headers: { 'x-key': 'k' } },
      { url: 'http://127.0.0.1:8545/?x=1', headers: { 'x-key': 'k' } },
    ])
    expect(source.options).toMatchObject({
      hedgeAfter: false,
      batchLimit: 1,
    })
    expect(structuredClone(source)).toEqual(source)
  })

  it('sends a user in the URL as a header', () => {
    expect(http('https://us%40er:p%C3%A4ss@a.example/rpc').endpoints).toEqual([
      {
        url: 'https://a.example/rpc',
        headers: { authorization: `Basic ${Buffer.from('us@er:päss').toString('base64')}` },
      },
    ])
  })

  it.each([
    [[], {}, 'urls', []],
    ['', {}, 'urls', ''],
    [undefined, {}, 'urls', undefined],
    ['not a url', {}, 'urls', 'not a url'],
    ['ws://a.example', {}, 'urls', 'ws://a.example'],
    [['https://a.example', 7], {}, 'urls[1]', 7],
    [['https://a.example', 'https://a.example/'], {}, 'urls[1]', 'https://a.example/'],
    ['https://a.example', { batchLimit: 0 }, 'batchLimit', 0],
    ['https://a.example', { batchLimit: 1.5 }, 'batchLimit', 1.5],
    ['https://a.example', { concurrency: '6' }, 'concurrency', '6'],
    ['https://a.example', { timeout: 2 ** 31 }, 'timeout', 2 ** 31],
    ['https://a.example', { totalTimeout: Number.NaN }, 'totalTimeout', Number.NaN],
    ['https://a.example', { retries: -1 }, 'retries', -1],
    ['https://a.example', { hedgeAfter: true }, 'hedgeAfter', true],
    ['https://a.example', { batch: 3 }, 'batch', 3],
    ['https://a.example', { headers: 'x: y' }, 'headers', 'x: y'],
    ['https://a.example', { headers: { x: 7 } }, 'headers.x', 7],
    ['https://a.example', { headers: { 'a b': 'c' } }, 'headers.a b', '(not shown)'],
    ['https://a.example', { headers: { x: 'secret\n' + 'y: z' } }, 'headers.x', '(not shown)'],
  ])('refuses %j with %j, naming %s', (urls, options, field, value) => {
    let refusal: unknown
    try {
      http(urls as string, options as object)
    } catch (error) {
      refusal = error
    }
    expect(refusal).toBeInstanceOf(InvalidRequestError)
    expect(refusal).toMatchObject({ field, value })
  })
})

describe('custom', () => {
  const provider = { request: async () => '0x1' }

  it('takes a provider, which gets neither batches nor second requests', () => {
    expect(custom(provider, { retries: 1 })).toMatchObject({
      type: 'custom',
      provider,
      options: { retries: 1, batchLimit: 1, hedgeAfter: false },
    })
  })

  it.each([
    [undefined, {}, 'provider'],
    [{}, {}, 'provider'],
    [provider, { batchLimit: 3 }, 'batchLimit'],
    [provider, { concurrency: 0 }, 'concurrency'],
    [provider, null, 'options'],
  ])('refuses %o with %j, naming %s', (given, options, field) => {
    expect(() => custom(given as typeof provider, options as object)).toThrow(
      expect.objectContaining({ code: 'INVALID_REQUEST', field }),
    )
  })
})
