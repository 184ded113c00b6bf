// The one border between the public surface and the engine's JSON: bigint quantities and byte
// arrays become 0x strings on the way in, quantities become bigint on the way out.

import type { Hex } from './hex.js'

/** Says which value of a request cannot be written as JSON; the caller picks the error class. */
export type RefuseValue = (facts: { field: string; value: unknown; reason: string }) => Error

const hexOfBytes = (bytes: Uint8Array): Hex => {
  let text = ''
  for (const byte of bytes) text += byte.toString(16).padStart(2, '0')
  return `0x${text}`
}

const plain = (value: unknown, field: string, refuse: RefuseValue): unknown => {
  switch (typeof value) {
    case 'bigint':
      if (value < 0n)
        throw refuse({ field, value: value.toString(), reason: 'a quantity cannot be negative' })
      return `0x${value.toString(16)}`
    case 'number':
      if (!Number.isFinite(value))
        throw refuse({ field, value: String(value), reason: 'not a finite number' })
      return value
    case 'string':
    case 'boolean':
      return value
    case 'undefined':
      return undefined
    case 'object': {
      if (value === null) return null
      if (value instanceof Uint8Array) return hexOfBytes(value)
      if (Array.isArray(value))
        return value.map((item, index) => {
          if (item === undefined)
            throw refuse({ field: `${field}[${index}]`, value: undefined, reason: 'missing' })
          return plain(item, `${field}[${index}]`, refuse)
        })
      const result: Record<string, unknown> = {}
      for (const [key, item] of Object.entries(value)) {
        const inner = plain(item, field === '' ? key : `${field}.${key}`, refuse)
        // defineProperty, because assigning to a key called __proto__ would lose it silently.
        if (inner !== undefined)
          Object.defineProperty(result, key, {
            value: inner,
            enumerable: true,
            configurable: true,
            writable: true,
          })
      }
      return result
    }
    default:
      throw refuse({ field, value: typeof value, reason: 'cannot be written as JSON' })
  }
}

/** Writes a value as UTF-8 JSON: bigint as 0x quantity, bytes as 0x data, `undefined` left out. */
export function encodeJson(value: unknown, refuse: RefuseValue): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(plain(value, '', refuse)))
}

/** Reads a quantity of the engine. */
export const toBigInt = (quantity: string | number): bigint => BigInt(quantity)

/** Reads a quantity that may be absent. */
export const toMaybeBigInt = (quantity: string | number | null | undefined): bigint | undefined =>
  quantity === null || quantity === undefined ? undefined : BigInt(quantity)
