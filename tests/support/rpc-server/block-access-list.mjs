// What a block changed, in the form of EIP-7928, from the states before and after it. Which
// transaction did it is not known, so everything bears the index of the first one; what was only
// read is not listed.

import { quantity, word } from './hex.mjs'

const index = '0x1'
const nobody = { balance: 0n, nonce: 0n, code: '0x', storage: new Map() }

/** @param {import('./state.mjs').State} before @param {import('./state.mjs').State} after */
export function difference(before, after) {
  const addresses = [...new Set([...before.accounts.keys(), ...after.accounts.keys()])].sort()
  return addresses.flatMap((address) => {
    const [old, now] = [before, after].map((state) => state.accounts.get(address) ?? nobody)
    if (old === now) return []
    const slots = [...new Set([...old.storage.keys(), ...now.storage.keys()])]
      .filter((key) => (old.storage.get(key) ?? 0n) !== (now.storage.get(key) ?? 0n))
      .sort((a, b) => (a < b ? -1 : 1))
    const change = (differs, entry) => (differs ? [{ index, ...entry }] : [])
    const entry = {
      address,
      storageChanges: slots.map((key) => ({
        key: word(key),
        changes: [{ index, value: word(now.storage.get(key) ?? 0n) }],
      })),
      storageReads: [],
      balanceChanges: change(old.balance !== now.balance, { value: quantity(now.balance) }),
      nonceChanges: change(old.nonce !== now.nonce, { value: quantity(now.nonce) }),
      codeChanges: change(old.code !== now.code, { code: now.code }),
    }
    const lists = [
      entry.storageChanges,
      entry.balanceChanges,
      entry.nonceChanges,
      entry.codeChanges,
    ]
    return lists.some(({ length }) => length > 0) ? [entry] : []
  })
}
