import { describe, expect, it } from 'vitest'
import { InvalidRequestError, indexedDb, memory, none } from '../../../src/index.js'

describe('options of the cache', () => {
  it('are plain data that can be sent to a worker', () => {
    for (const options of [indexedDb(), memory(), none(), indexedDb({ name: 'other' })])
      expect(structuredClone(options)).toEqual(options)
    expect(indexedDb({ name: 'other', maximumBytes: 2 ** 20 })).toEqual({
      type: 'indexedDb',
      name: 'other',
      maximumBytes: 1_048_576,
    })
  })

  it('have defaults where a value is undefined', () => {
    expect(indexedDb({ name: undefined, maximumBytes: undefined })).toEqual(indexedDb())
    expect(memory({ maximumBytes: undefined })).toEqual(memory())
  })

  it.each<[string, string, () => unknown]>([
    ['an unknown option', 'cache.size', () => memory({ size: 1 } as object)],
    ['an option of the other cache', 'cache.name', () => memory({ name: 'x' } as object)],
    ['an empty name', 'cache.name', () => indexedDb({ name: '' })],
    ['a name that is none', 'cache.name', () => indexedDb({ name: 1 } as object)],
    ['too few bytes', 'cache.maximumBytes', () => memory({ maximumBytes: 1000 })],
    ['half a byte', 'cache.maximumBytes', () => memory({ maximumBytes: 2 ** 20 + 0.5 })],
    ['no number', 'cache.maximumBytes', () => indexedDb({ maximumBytes: '1' } as object)],
    ['no object', 'cache', () => indexedDb(null as unknown as object)],
  ])('refuse %s and name the field', (_, field, make) => {
    let thrown: unknown
    try {
      make()
    } catch (error) {
      thrown = error
    }
    expect(thrown).toBeInstanceOf(InvalidRequestError)
    expect((thrown as InvalidRequestError).field).toBe(field)
  })
})
