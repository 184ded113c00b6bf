// Values as the engine has them and as they stand on sheets.

import type { Address, Hex } from '../../hex.js'
import type { AccountValue, Keys, Values } from '../keys.js'

const keccakOfNothing = '0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470'
const zeroHash = `0x${'0'.repeat(64)}`

const quantity = /^0x[0-9a-f]{0,64}$/i
const data = /^0x(?:[0-9a-f]{2})*$/i
const hash = /^0x[0-9a-f]{64}$/i

/** Whether a text is bytes in hex. */
export const isData = (text: unknown): text is Hex => typeof text === 'string' && data.test(text)

/** Whether a text is 32 bytes in hex. */
export const isHash = (text: unknown): text is Hex => typeof text === 'string' && hash.test(text)

/** A word without its leading zeros; nothing if it is none. */
export const shortWord = (word: unknown): string | undefined =>
  typeof word === 'string' && quantity.test(word)
    ? `0x${word.slice(2).replace(/^0+/, '').toLowerCase()}`
    : undefined

/** A word with its leading zeros. */
export const longWord = (word: string): Hex | undefined =>
  quantity.test(word) ? `0x${word.slice(2).padStart(64, '0')}` : undefined

/** The hash by which an account names its code: an empty text where it has none. */
export function nameOfCode(codeHash: unknown): string | undefined {
  if (codeHash === keccakOfNothing || codeHash === zeroHash) return ''
  return isHash(codeHash) ? codeHash.toLowerCase() : undefined
}

/** An account on a sheet: balance, nonce, hash of the code, and whether it is there if that is known. */
export function writeAccount(value: AccountValue, codeHash: string): string | undefined {
  if (!quantity.test(value.balance) || !quantity.test(value.nonce)) return undefined
  const exists = value.exists === undefined ? '' : value.exists ? '1' : '0'
  return [value.balance, value.nonce, codeHash, exists].join(',')
}

/** The account on a sheet, without its code. */
export function readAccount(text: string): AccountValue | undefined {
  const [balance = '', nonce = '', codeHash = '', exists = ''] = text.split(',')
  if (!quantity.test(balance) || !quantity.test(nonce)) return undefined
  const account: AccountValue = { balance: balance as Hex, nonce: nonce as Hex }
  if (codeHash === '') account.code = '0x'
  else if (isHash(codeHash)) account.codeHash = codeHash
  else return undefined
  if (exists !== '') account.exists = exists === '1'
  return account
}

/** About how many bytes the values take. */
export function sizeOfValues(values: Values): number {
  let bytes = 0
  for (const account of Object.values(values.accounts)) bytes += 200 + (account.code?.length ?? 0)
  for (const slots of Object.values(values.storage)) bytes += 60 + Object.keys(slots).length * 140
  for (const code of Object.values(values.codes)) bytes += 80 + code.length
  return bytes + Object.keys(values.blockHashes).length * 90
}

/** Adds values to others. */
export function addValues(all: Values, more: Values): void {
  Object.assign(all.accounts, more.accounts)
  Object.assign(all.codes, more.codes)
  Object.assign(all.blockHashes, more.blockHashes)
  for (const [address, slots] of Object.entries(more.storage) as [Address, Record<Hex, Hex>][])
    all.storage[address] = Object.assign(all.storage[address] ?? {}, slots)
}

/** Moves to `found` what `values` hold of the keys, and returns the keys that are left. */
export function takeValues(values: Values, keys: Keys, found: Values): Keys {
  const left = <K extends Hex, V>(wanted: readonly K[], from: Record<K, V>, to: Record<K, V>) =>
    wanted.filter((key) => {
      const value = from[key]
      if (value === undefined) return true
      to[key] = value
      return false
    })
  const storage: Keys['storage'] = {}
  for (const [address, slots] of Object.entries(keys.storage) as [Address, Hex[]][]) {
    const there = values.storage[address]
    if (there === undefined) {
      storage[address] = slots
      continue
    }
    const to = found.storage[address] ?? {}
    const rest = left(slots, there, to)
    if (rest.length < slots.length) found.storage[address] = to
    if (rest.length > 0) storage[address] = rest
  }
  return {
    // Code that did not come along is looked for like that of any other account.
    accounts: keys.accounts.filter((address) => {
      const value = values.accounts[address]
      const code = value && codeAmong(values, value)
      if (value === undefined || code === undefined) return true
      found.accounts[address] = { ...value, code }
      return false
    }),
    storage,
    codes: left(keys.codes, values.codes, found.codes),
    blockHashes: left(keys.blockHashes, values.blockHashes, found.blockHashes),
  }
}

function codeAmong(values: Values, { code, codeHash }: AccountValue): Hex | undefined {
  if (code !== undefined || codeHash === undefined) return code
  return nameOfCode(codeHash) === '' ? '0x' : values.codes[codeHash]
}
