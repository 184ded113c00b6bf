import { describe, expect, it } from 'vitest'
import { InvalidRequestError } from '../src/index.js'
import { encodeJson } from '../src/wire.js'

const encode = (value: unknown): string =>
  new TextDecoder().decode(encodeJson(value, (facts) => new InvalidRequestError(facts)))

describe('the JSON of a request', () => {
  it('writes quantities and bytes as 0x strings and leaves undefined out', () => {
    expect(
      encode({
        zero: 0n,
        wei: 10n ** 18n,
        most: 2n ** 256n - 1n,
        bytes: Uint8Array.of(0, 1, 255),
        index: 3,
        nothing: null,
        absent: undefined,
        list: [{ inner: 16n }, '0xAb'],
      }),
    ).toBe(
      `{"zero":"0x0","wei":"0xde0b6b3a7640000","most":"0x${'f'.repeat(64)}","bytes":"0x0001ff","index":3,"nothing":null,"list":[{"inner":"0x10"},"0xAb"]}`,
    )
  })

  it('keeps a key called __proto__, so that it is refused as unknown and not lost', () => {
    expect(encode(JSON.parse('{"__proto__":{"a":1}}'))).toBe('{"__proto__":{"a":1}}')
  })

  it.each([
    ['transactions[1].value', { transactions: [{ value: 1n }, { value: -1n }] }, '-1'],
    ['block.number', { block: { number: Number.NaN } }, 'NaN'],
    ['transactions[0]', { transactions: [undefined] }, undefined],
    ['call', { call: () => 1 }, 'function'],
    ['mark', { mark: Symbol('x') }, 'symbol'],
  ])('refuses %s by its path', (field, value, shown) => {
    expect(() => encode(value)).toThrow(expect.objectContaining({ field, value: shown }))
  })
})
