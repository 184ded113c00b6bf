// Hex as JSON-RPC writes it.

import { createHash } from 'node:crypto'

/** Code hash of an account without code. */
export const emptyCodeHash = '0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470'
/** Root of an empty trie. */
export const emptyRoot = '0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421'

/** Minimal hex of a quantity, given as bigint, number, decimal or 0x string. */
export const quantity = (value) => `0x${BigInt(value).toString(16)}`

/** 32 bytes of a quantity. */
export const word = (value) => `0x${BigInt(value).toString(16).padStart(64, '0')}`

export const isHash = (text) => typeof text === 'string' && /^0x[0-9a-f]{64}$/i.test(text)

export const isAddress = (text) => typeof text === 'string' && /^0x[0-9a-f]{40}$/i.test(text)

export const isQuantity = (text) => typeof text === 'string' && /^0x[0-9a-f]{1,64}$/i.test(text)

/** A hash of what has none that is known: the same for the same words, and of nothing else. */
export const madeUpHash = (words) => `0x${createHash('sha256').update(words).digest('hex')}`
