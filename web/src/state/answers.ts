// Checks of what servers answer. Nothing that a server says is used before it went through here.

import type { Hex } from '../hex.js'

/** A check: gives back the value in its one normal form, or throws `MalformedAnswer`. */
export type Checked<T> = (value: unknown, what: string) => T

/** An answer that is not what the method promises. It is worth another attempt. */
export class MalformedAnswer extends Error {
  constructor(what: string, value: unknown, reason: string) {
    const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value))
    super(`${what} ${reason}: ${text.length > 80 ? `${text.slice(0, 77)}...` : text}`)
    this.name = 'MalformedAnswer'
  }
}

/** The hash of no code at all: keccak256 of nothing. */
export const emptyCodeHash: Hex =
  '0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470'

/** Whether a value is an object with named fields. */
export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const digits = /^0x[0-9a-f]*$/i

const hex: Checked<Hex> = (value, what) => {
  if (typeof value !== 'string' || !digits.test(value))
    throw new MalformedAnswer(what, value, 'is not 0x-hex')
  return value.toLowerCase() as Hex
}

/** A number of at most 256 bits, without leading zeros. */
export const quantity: Checked<Hex> = (value, what) => {
  // Some servers give nonces and the like as JSON numbers.
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0)
    return `0x${value.toString(16)}`
  const text = hex(value, what)
  if (text === '0x') throw new MalformedAnswer(what, value, 'has no digits')
  const bare = text.slice(2).replace(/^0+(?=.)/, '')
  if (bare.length > 64) throw new MalformedAnswer(what, value, 'is longer than 32 bytes')
  return `0x${bare}`
}

/** A number of at most 64 bits. */
export const quantity64: Checked<Hex> = (value, what) => {
  const text = quantity(value, what)
  if (text.length > 18) throw new MalformedAnswer(what, value, 'is longer than 8 bytes')
  return text
}

/** Bytes, of a given length where one is given. */
export const data = (value: unknown, what: string, length?: number): Hex => {
  const text = hex(value, what)
  if (text.length % 2 !== 0) throw new MalformedAnswer(what, value, 'has half a byte')
  if (length !== undefined && text.length !== 2 + 2 * length)
    throw new MalformedAnswer(what, value, `is not ${length} bytes long`)
  return text
}

/** A key or value of storage, padded to 32 bytes: many servers leave leading zeros out. */
export const word: Checked<Hex> = (value, what) => {
  const text = hex(value, what)
  const bare = text.slice(2)
  if (bare.length > 64) throw new MalformedAnswer(what, value, 'is longer than 32 bytes')
  return `0x${bare.padStart(64, '0')}`
}

/** The hash of a code, where some servers give zero for an account that does not exist. */
export const codeHash: Checked<Hex> = (value, what) => {
  const text = data(value, what, 32)
  return /^0x0+$/.test(text) ? emptyCodeHash : text
}
