import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { rebuildError } from '../src/errors/rebuild.js'
import * as forerun from '../src/index.js'

/** One of each class, by code: the compiler says if one is missing. */
const oneOfEach: Record<forerun.ForerunErrorCode, forerun.ForerunError> = {
  INVALID_REQUEST: new forerun.InvalidRequestError({ field: 'x', value: 1, reason: 'y' }),
  INVALID_TRANSACTION: new forerun.InvalidTransactionError({
    index: 0,
    field: 'nonce',
    value: 1,
    reason: 'y',
  }),
  INVALID_SNAPSHOT: new forerun.InvalidSnapshotError({ field: 'x', value: 1, reason: 'y' }),
  MISSING_STATE: new forerun.MissingStateError({ address: '0x01' }),
  STATE_SOURCE: new forerun.StateSourceError({
    method: 'eth_getCode',
    endpoint: 'https://a.example/',
    attempts: 1,
  }),
  BLOCK_NOT_FOUND: new forerun.BlockNotFoundError({
    block: '0x10',
    endpoint: 'https://a.example/',
  }),
  BLOCK_CHANGED: new forerun.BlockChangedError({
    number: '0x10',
    expected: '0xaa',
    found: '0xbb',
    endpoint: 'https://a.example/',
  }),
  START_FAILED: new forerun.StartError({ step: 'wasm', url: 'https://a.example/x.wasm' }),
  TIMEOUT: new forerun.TimeoutError({
    step: 'threads',
    url: 'https://a.example/worker.js',
    milliseconds: 1,
  }),
  THREADS_UNAVAILABLE: new forerun.ThreadsUnavailableError({ reason: 'memory' }),
  WORKER_LOST: new forerun.WorkerLostError({ worker: 'forerun thread 1' }),
  DISPOSED: new forerun.DisposedError(),
  ENGINE: new forerun.EngineError(),
}

/** What the page alone throws: of these a worker has nothing to say. */
const ofPages = ['TIMEOUT', 'WORKER_LOST', 'DISPOSED']

describe.each(Object.entries(oneOfEach))('an error of code %s', (code, error) => {
  it('has that code, and a class of its own', () => {
    expect(error.code).toBe(code)
    expect(error.name).toBe(error.constructor.name)
    expect(Object.values(forerun)).toContain(error.constructor)
  })

  it('has a place in the guide', () => {
    const [file, anchor] = error.docsUrl.split('#')
    expect(file).toBe('forerun/docs/guide.md')
    const guide = readFileSync(new URL('../../docs/guide.md', import.meta.url), 'utf8')
    expect(guide.split(`<a id="${anchor}"></a>\`${code}\` | \`${error.name}\``)).toHaveLength(2)
  })

  if (ofPages.includes(code)) return
  it('is of the same class behind the border of a worker', () => {
    const rebuilt = rebuildError(structuredClone({ ...error, message: error.message }))
    expect(rebuilt).toBeInstanceOf(error.constructor)
    expect(rebuilt.code).toBe(code)
  })
})

it('says in its message all that it was told, and what was thrown below', () => {
  const cause = new RangeError('below')
  const error = new forerun.EngineError({ details: 'more', cause })
  expect(error).toMatchObject({ shortMessage: 'The engine failed.', details: 'more', cause })
  expect(error.message).toBe('The engine failed.\n\nDetails: more')
})

describe('an error from a worker', () => {
  it.each([
    [
      forerun.InvalidRequestError,
      { code: 'INVALID_REQUEST', field: 'block.number', value: 'x', reason: 'not a quantity' },
    ],
    [
      forerun.InvalidTransactionError,
      {
        code: 'INVALID_TRANSACTION',
        index: 4,
        field: 'chainId',
        value: 5,
        expected: 1,
        reason: 'another chain',
      },
    ],
    [
      forerun.InvalidSnapshotError,
      { code: 'INVALID_SNAPSHOT', field: 'fork', value: 'PARIS2', reason: 'unknown' },
    ],
    [forerun.MissingStateError, { code: 'MISSING_STATE', address: '0x01', slot: '0x02' }],
    [
      forerun.StateSourceError,
      {
        code: 'STATE_SOURCE',
        method: 'eth_getProof',
        endpoint: 'https://a.example/',
        attempts: 5,
        status: 429,
        rpcCode: -32005,
        block: '0xab',
      },
    ],
    [
      forerun.BlockNotFoundError,
      { code: 'BLOCK_NOT_FOUND', block: '0x10', endpoint: 'https://a.example/' },
    ],
    [
      forerun.BlockChangedError,
      {
        code: 'BLOCK_CHANGED',
        number: '0x10',
        expected: '0xaa',
        found: '0xbb',
        endpoint: 'https://a.example/',
      },
    ],
    [
      forerun.StartError,
      {
        code: 'START_FAILED',
        step: 'wasm',
        url: 'https://a.example/x.wasm',
        status: 404,
        contentType: 'text/html',
        details: 'gone',
      },
    ],
    [forerun.ThreadsUnavailableError, { code: 'THREADS_UNAVAILABLE', reason: 'memory' }],
    [forerun.EngineError, { code: 'ENGINE', details: 'panicked at x' }],
  ])('becomes %o again with all its facts', (expected, facts) => {
    // Structured clone is what really carries it.
    const error = rebuildError(structuredClone({ message: 'for logs', ...facts }))
    expect(error).toBeInstanceOf(expected)
    expect(error).toBeInstanceOf(forerun.ForerunError)
    expect(error).toMatchObject(facts)
    expect(error.name).toBe(expected.name)
  })

  it('of an unknown code keeps its words', () => {
    const error = rebuildError({ code: 'NEW', message: 'something else' })
    expect(error).toMatchObject({ code: 'ENGINE', details: 'NEW: something else' })
  })

  it('of the engine without details keeps its message', () => {
    expect(rebuildError({ code: 'ENGINE', message: 'lost a lock' }).message).toContain(
      'lost a lock',
    )
  })

  it('names field and value in its message, but no endless value', () => {
    const value = `0x${'00'.repeat(24_576)}`
    const error = rebuildError({
      code: 'INVALID_SNAPSHOT',
      message: '',
      field: 'accounts.0x01.code',
      value,
      reason: 'does not match codeHash',
    })
    expect(error.message).toContain('accounts.0x01.code')
    expect(error.message.length).toBeLessThan(300)
    expect(error).toMatchObject({ value })
  })

  it('can be about a bigint', () => {
    const value = { number: 2n ** 64n }
    expect(new forerun.InvalidRequestError({ field: 'block', value, reason: 'x' }).message).toBe(
      'The request is invalid: block = {"number":"18446744073709551616"}: x.',
    )
  })
})
