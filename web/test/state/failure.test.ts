import { describe, expect, it } from 'vitest'
import { waitAfter } from '../../src/state/backoff.js'
import {
  batchRefusal,
  readRetryAfter,
  refusesBlockHash,
  sortRpcError,
} from '../../src/state/failure.js'
import { nameOfUrl } from '../../src/state/http-wire.js'

describe('Retry-After', () => {
  const date = Date.parse('2026-11-24T12:00:00Z')
  it.each([
    ['0', 0],
    ['120', 120_000],
    ['1.5', 1_500],
    [' 3 ', 3_000],
    ['Tue, 24 Nov 2026 12:00:10 GMT', 10_000],
    ['Tue, 24 Nov 2026 11:00:00 GMT', 0],
    ['99999999999999999999', 86_400_000],
    ['Fri, 31 Dec 9999 23:59:59 GMT', 86_400_000],
    ['soon', undefined],
    ['-5', undefined],
    ['', undefined],
    [null, undefined],
  ])('%j is %s ms', (value, milliseconds) => {
    // A negative number is a date far in the past to some engines; either way nobody waits.
    expect(readRetryAfter(value, date) || 0).toBe(milliseconds ?? 0)
  })
})

describe('the wait before another attempt', () => {
  const failure = { kind: 'transient', details: '' } as const
  it.each([
    [1, 150],
    [2, 300],
    [4, 1_200],
    [7, 9_600],
    [8, 10_000],
    [20, 10_000],
  ])('after %i failures is anything up to %i ms', (failures, most) => {
    expect(waitAfter(failure, failures, () => 0)).toBe(0)
    expect(waitAfter(failure, failures, () => 0.5)).toBe(most / 2)
    expect(waitAfter(failure, failures, () => 0.9999)).toBeLessThanOrEqual(most)
  })

  it('is longer where the server was asked too much, and never shorter than it says', () => {
    expect(waitAfter({ ...failure, kind: 'limited' }, 1, () => 0.5)).toBe(250)
    expect(waitAfter({ ...failure, retryAfter: 9_000 }, 1, () => 0.5)).toBe(9_000)
  })
})

describe('an error of a call', () => {
  it.each([
    [-32601, 'the method eth_getStorageValues does not exist/is not available', 'unsupported'],
    [-32000, 'Method not found', 'unsupported'],
    [-32600, 'method eth_getProof is not whitelisted', 'unsupported'],
    [4200, 'The Provider does not support the requested method', 'unsupported'],
    [-32004, 'Method not supported', 'unsupported'],
    [-32005, 'limit exceeded', 'limited'],
    [429, 'anything', 'limited'],
    [-32000, 'Rate limit reached, upgrade', 'limited'],
    [-32029, 'Too many', 'limited'],
    [-32003, 'response too large', 'oversized'],
    [-32008, 'Response is too big', 'oversized'],
    [-32005, 'batch limit exceeded', 'oversized'],
    [-32602, 'invalid argument 0', 'refused'],
    [4100, 'unauthorised', 'refused'],
    [4001, 'user rejected', 'refused'],
    [-32000, 'header not found', 'transient'],
    [-32000, 'missing trie node abcd (path )', 'transient'],
    [-32603, 'internal error', 'transient'],
    [-32002, 'request timed out', 'transient'],
    [4900, 'disconnected', 'transient'],
    [undefined, 'whatever', 'transient'],
  ] as const)('%s "%s" is %s', (code, message, kind) => {
    expect(sortRpcError({ code, message })).toMatchObject({ kind, rpcCode: code, details: message })
  })
})

describe('an error of a batch', () => {
  it.each([
    [-32600, 'batch too large', undefined],
    [-32005, 'limit exceeded', undefined],
    [-32600, 'maximum batch size is 20', 20],
    [-32000, 'Batch size limit of 10 exceeded', 10],
    [-32000, 'batch of 100 calls exceeds the limit of 50', 50],
    [undefined, 'You cannot send more than 3 requests in a batch', 3],
    [-32000, 'Batch requests are not supported on this plan', 1],
    [-32700, 'cannot unmarshal array into Go value', 1],
  ])('%s "%s" allows %s calls', (code, message, limit) => {
    expect(batchRefusal({ code, message })).toEqual({ limit })
  })

  it.each([
    [429, 'too many requests'],
    [-32005, 'rate limit of 10 requests per second exceeded'],
    [-32603, 'internal error'],
    [-32000, 'header not found'],
  ])('%s "%s" is about something else', (code, message) => {
    expect(batchRefusal({ code, message })).toBeUndefined()
  })
})

describe('the form of the block', () => {
  it.each([
    [-32602, 'Invalid params'],
    [-32000, 'invalid argument 1: hex string without 0x prefix'],
    [-32000, 'json: cannot unmarshal object into Go value of type string'],
    [-32603, 'Expected a string'],
    [-32000, 'blockHash not supported'],
  ])('is what %s "%s" is about', (code, message) => {
    expect(refusesBlockHash({ code, message })).toBe(true)
  })

  it.each([
    [-32000, 'header not found'],
    [-32000, 'missing trie node'],
    [-32603, 'internal error'],
  ])('is not what %s "%s" is about', (code, message) => {
    expect(refusesBlockHash({ code, message })).toBe(false)
  })
})

it.each([
  ['https://user:secret@a.example/rpc?key=secret#secret', 'https://a.example/rpc'],
  ['https://a.example/v2/abcdefghijklmnopqrstuvwxyz_012', 'https://a.example/v2/***'],
  ['https://eth.a.example:8443/', 'https://eth.a.example:8443/'],
])('%s is called %s', (url, name) => {
  expect(nameOfUrl(url)).toBe(name)
})
