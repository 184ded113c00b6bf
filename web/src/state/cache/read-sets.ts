// What a call of a function read the last time.

import type { Address, Hex } from '../../hex.js'
import type { Keys } from '../keys.js'
import type { ReadSetKey } from './cache.js'

/** More keys than this are not remembered of one read set. */
const maximumKeys = 1024

/** The key of a read set's record. */
export const keyOfReads = (chainId: number, { target, selector, codeHash }: ReadSetKey) =>
  `r:${chainId}:${target}:${selector}:${codeHash}`

/** As much of the keys as is remembered. */
export function trimmed(keys: Keys): Keys {
  let room = maximumKeys
  const take = <T>(items: readonly T[]): T[] => {
    const taken = items.slice(0, room)
    room -= taken.length
    return taken
  }
  const accounts = take(keys.accounts)
  const storage: Keys['storage'] = {}
  for (const [address, slots] of Object.entries(keys.storage) as [Address, Hex[]][]) {
    if (room <= 0) break
    storage[address] = take(slots)
  }
  return { accounts, storage, codes: take(keys.codes), blockHashes: take(keys.blockHashes) }
}

/** About how many bytes the keys take. */
export function sizeOfKeys(keys: Keys): number {
  let bytes = 60 + keys.accounts.length * 46 + keys.codes.length * 70
  for (const slots of Object.values(keys.storage)) bytes += 50 + slots.length * 70
  return bytes + keys.blockHashes.length * 20
}

/** The keys in a record; whatever else may stand there counts as nothing. */
export function keysOf(body: unknown): Keys | undefined {
  if (typeof body !== 'object' || body === null) return undefined
  const { accounts, storage, codes, blockHashes } = body as Partial<Keys>
  const sound =
    isTexts(accounts) &&
    isTexts(codes) &&
    isTexts(blockHashes) &&
    typeof storage === 'object' &&
    storage !== null &&
    Object.values(storage).every(isTexts)
  return sound ? { accounts, storage, codes, blockHashes } : undefined
}

const isTexts = (value: unknown): value is Hex[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'string' && item.startsWith('0x'))
