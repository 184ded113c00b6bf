// Which calls answer which keys, in as few requests as what is known of the endpoints allows.
//
// Everything goes out at once, so the choice is about requests, not about round trips:
//
//   slots      eth_getStorageValues, 1024 a call | eth_getProof, with its account | eth_getStorageAt
//   accounts   eth_getAccountInfo                | eth_getProof + eth_getCode     | three plain calls
//
// The plain calls at the end of each line are served everywhere. The others are optional: each
// comes with the keys that are left over if it fails. Proofs cost servers much work and us many
// bytes; they are used only where plain calls would not fit into one request.

import type { Address, Hex } from '../hex.js'
import {
  codeHash,
  data,
  emptyCodeHash,
  isRecord,
  MalformedAnswer,
  quantity,
  quantity64,
  word,
} from './answers.js'
import { type AccountValue, type Keys, noKeys, type Values } from './keys.js'
import { Absent, type RpcCall } from './rpc.js'

/** A call, where its value goes, and what is missing if it fails. */
export type Read = {
  call: RpcCall
  take(value: unknown): void
  /** Of an optional call: the keys that have to be read in another way. */
  without?: Keys
}

/** Which optional methods to use. */
export type Methods = { storageValues: boolean; accountInfo: boolean; proof: boolean }

/** Only what every server serves. */
export const plainMethods: Methods = { storageValues: false, accountInfo: false, proof: false }

const mostSlots = 1024
const mostSlotsOfProof = 256

/** Plans the calls for keys. Their values are put into `values`. */
export function plan(
  keys: Keys,
  to: { methods: Methods; values: Values; ownerOf: (codeHash: Hex) => Address },
): Read[] {
  const { methods, values, ownerOf } = to
  const reads: Read[] = []
  const wanted = new Set(keys.accounts)
  const slotsLeft: [Address, Hex[]][] = []
  for (const [address, slots] of Object.entries(keys.storage) as [Address, Hex[]][]) {
    if (slots.length === 0) continue
    const together = wanted.has(address) && !methods.accountInfo
    if (!methods.storageValues && methods.proof && (together || slots.length > 1)) {
      if (together) {
        wanted.delete(address)
        reads.push(codeOf(address, (code) => put(values, address, { code })))
      }
      chunks(slots, mostSlotsOfProof).forEach((chunk, index) => {
        reads.push(proofOf(address, chunk, together && index === 0, values))
      })
    } else slotsLeft.push([address, slots])
  }
  if (methods.storageValues) reads.push(...storageValues(slotsLeft, values))
  else
    for (const [address, slots] of slotsLeft)
      for (const slot of slots) reads.push(storageAt(address, slot, values))
  for (const address of wanted)
    reads.push(...(methods.accountInfo ? [accountInfo(address, values)] : account(address, values)))
  for (const hash of keys.codes)
    reads.push(
      codeOf(ownerOf(hash), (code) => {
        values.codes[hash] = code
      }),
    )
  for (const number of keys.blockHashes) reads.push(blockHash(number, values))
  return reads
}

/** How many calls it takes to read keys plainly. */
export const plainCalls = (keys: Keys): number =>
  3 * keys.accounts.length +
  keys.codes.length +
  keys.blockHashes.length +
  Object.values(keys.storage).reduce((sum, slots) => sum + slots.length, 0)

/** One call of each optional method, about some of the keys, to find out whether it is served. */
export function probesFor(keys: Keys, withProof: boolean): RpcCall[] {
  const withSlots = Object.entries(keys.storage).find(([, slots]) => slots.length > 0)
  const address = (withSlots?.[0] ?? keys.accounts[0]) as Address | undefined
  if (address === undefined) return []
  const slots = withSlots?.[1].slice(0, 2) ?? [`0x${'0'.repeat(64)}` as Hex]
  const values: Values = { accounts: {}, storage: {}, codes: {}, blockHashes: {} }
  return [
    ...storageValues([[address, slots]], values),
    accountInfo(keys.accounts[0] ?? address, values),
    ...(withProof ? [proofOf(address, slots, true, values)] : []),
  ].map(({ call }) => call)
}

const chunks = <T>(items: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  )

const pinned = <T>(
  method: string,
  params: readonly unknown[],
  read: (result: unknown) => T,
  take: (value: T) => void,
): Read => ({
  call: { method, params, pinned: true, read },
  take: take as (value: unknown) => void,
})

const optional = (read: Read, without: Keys): Read => ({
  ...read,
  call: { ...read.call, optional: true },
  without,
})

const put = (values: Values, address: Address, part: Partial<AccountValue>): void => {
  values.accounts[address] = {
    ...(values.accounts[address] ?? { balance: '0x0', nonce: '0x0' }),
    ...part,
  }
}

const putSlot = (values: Values, address: Address, slot: Hex, value: Hex): void => {
  values.storage[address] ??= {}
  values.storage[address][slot] = value
}

const codeOf = (address: Address, take: (code: Hex) => void): Read =>
  pinned('eth_getCode', [address], (result) => data(result, 'the code'), take)

const account = (address: Address, values: Values): Read[] => [
  pinned(
    'eth_getBalance',
    [address],
    (result) => quantity(result, 'the balance'),
    (balance) => put(values, address, { balance }),
  ),
  pinned(
    'eth_getTransactionCount',
    [address],
    (result) => quantity64(result, 'the nonce'),
    (nonce) => put(values, address, { nonce }),
  ),
  codeOf(address, (code) => put(values, address, { code })),
]

const storageAt = (address: Address, slot: Hex, values: Values): Read =>
  pinned(
    'eth_getStorageAt',
    [address, slot],
    (result) => word(result, 'the value of the slot'),
    (value) => putSlot(values, address, slot, value),
  )

const blockHash = (number: Hex, values: Values): Read => ({
  call: {
    method: 'eth_getBlockByNumber',
    params: [number, false],
    read: (result) => {
      if (result === null) throw new Absent(`block ${number}`)
      if (!isRecord(result)) throw new MalformedAnswer('the block', result, 'is not an object')
      if (quantity64(result.number, 'the block number') !== number)
        throw new MalformedAnswer('the block number', result.number, `is not ${number}`)
      return data(result.hash, 'the block hash', 32)
    },
  },
  take: (hash) => {
    values.blockHashes[number] = hash as Hex
  },
})

// Servers differ in whether there is a code, a hash, or both. Some give null for an account that
// does not exist, others for one they failed to find; plain calls have to say which it was.
const accountInfo = (address: Address, values: Values): Read =>
  optional(
    pinned(
      'eth_getAccountInfo',
      [address],
      (result): AccountValue => {
        if (!isRecord(result)) throw new MalformedAnswer('the account', result, 'is not an object')
        const hash = result.codeHash ?? undefined
        const known = hash === undefined ? undefined : codeHash(hash, 'the hash of the code')
        const code = result.code ?? (known === emptyCodeHash ? '0x' : undefined)
        return {
          balance: quantity(result.balance, 'the balance'),
          nonce: quantity64(result.nonce, 'the nonce'),
          code: data(code, 'the code'),
          ...(known === undefined ? {} : { codeHash: known }),
        }
      },
      (value) => put(values, address, value),
    ),
    { ...noKeys(), accounts: [address] },
  )

const storageValues = (storage: readonly [Address, Hex[]][], values: Values): Read[] => {
  const pairs = storage.flatMap(([address, slots]) => slots.map((slot) => [address, slot] as const))
  return chunks(pairs, mostSlots).map((chunk) => {
    const asked: Record<Address, Hex[]> = {}
    for (const [address, slot] of chunk) {
      asked[address] ??= []
      asked[address].push(slot)
    }
    return optional(
      pinned(
        'eth_getStorageValues',
        [asked],
        (result) => readStorageValues(result, asked),
        (found) => {
          for (const [address, slot, value] of found) putSlot(values, address, slot, value)
        },
      ),
      { ...noKeys(), storage: asked },
    )
  })
}

const readStorageValues = (
  result: unknown,
  asked: Record<Address, Hex[]>,
): [Address, Hex, Hex][] => {
  if (!isRecord(result)) throw new MalformedAnswer('the answer', result, 'is not an object')
  const answered = new Map(
    Object.entries(result).map(([address, found]) => [address.toLowerCase(), found]),
  )
  return (Object.entries(asked) as [Address, Hex[]][]).flatMap(([address, slots]) => {
    const found = answered.get(address)
    if (!Array.isArray(found) || found.length !== slots.length)
      throw new MalformedAnswer(`the values of ${address}`, found, `are not ${slots.length}`)
    return slots.map((slot, index): [Address, Hex, Hex] => [
      address,
      slot,
      word(found[index], 'the value of the slot'),
    ])
  })
}

const proofOf = (address: Address, slots: Hex[], withAccount: boolean, values: Values): Read =>
  optional(
    pinned(
      'eth_getProof',
      [address, slots],
      (result) => readProof(result, address, slots),
      (proof) => {
        if (withAccount) put(values, address, proof.account)
        slots.forEach((slot, index) => {
          putSlot(values, address, slot, proof.values[index] as Hex)
        })
      },
    ),
    { ...noKeys(), accounts: withAccount ? [address] : [], storage: { [address]: slots } },
  )

const readProof = (
  result: unknown,
  address: Address,
  slots: readonly Hex[],
): { account: AccountValue; values: Hex[] } => {
  if (!isRecord(result)) throw new MalformedAnswer('the proof', result, 'is not an object')
  const about = data(result.address, 'the address', 20)
  if (about !== address) throw new MalformedAnswer('the address', about, `is not ${address}`)
  if (!Array.isArray(result.storageProof))
    throw new MalformedAnswer('the storage proof', result.storageProof, 'is not a list')
  const found = new Map<Hex, Hex>()
  for (const entry of result.storageProof) {
    if (!isRecord(entry)) throw new MalformedAnswer('the storage proof', entry, 'has no slot')
    found.set(word(entry.key, 'the slot'), word(entry.value, 'the value of the slot'))
  }
  return {
    account: {
      balance: quantity(result.balance, 'the balance'),
      nonce: quantity64(result.nonce, 'the nonce'),
      codeHash: codeHash(result.codeHash, 'the hash of the code'),
    },
    values: slots.map((slot) => {
      const value = found.get(slot)
      if (value === undefined)
        throw new MalformedAnswer('the storage proof', result.storageProof, `lacks ${slot}`)
      return value
    }),
  }
}
