// One `eth_call` a wave, by which a server follows pointers, where it takes one with overrides of
// state: what the slots of the wave point to comes in the same wave, as predictions. It names what the
// wave names anyway, addresses and slots, and nothing of calldata.

import type { Address, Hex } from '../../hex.js'
import { type Keys, noValues, type Values } from '../keys.js'
import type { RpcCall } from '../rpc.js'
import { follower, mostKeys, reader } from './program.js'

/** Where the follower stands: `forerun`, in an address that nobody has the key of. */
const place: Address = `0x${'666f726572756e'.padStart(40, '0')}`

/** Slots in one call at most: of more, a server might find the gas too much. */
const mostSlots = 1_000

/**
 * How many contracts are marked as known in one call at most. A mark is five times as long as the
 * address, and of many contracts few are pointed to again.
 */
const mostMarks = 100

/** The way to a slot, as the engine tells it: an entry of the follower's, and whose slots it goes by. */
type Way = { entry: string; owner: Address; address: Address }

const readWay = (text: string): Way => ({
  entry: text.slice(2),
  owner: `0x${text.slice(4, 44)}`,
  address: `0x${text.slice(-42, -2)}`,
})

const number = (value: number, bytes: number): string => value.toString(16).padStart(2 * bytes, '0')
const bare = (hex: Hex): string => hex.slice(2)
const tagged = (address: Address): string => `01${bare(address)}`

/**
 * The calls that follow what these keys point to. What they bring may be true, and nothing of it is
 * known. The first contracts in `known` are passed over, as are those that are asked for.
 */
export function callsToFollow(
  keys: Keys,
  known: ReadonlySet<Address>,
): RpcCall<Values | undefined>[] {
  const ways = (keys.derived ?? []).map(readWay)
  const calls: RpcCall<Values | undefined>[] = []
  const entries = (Object.entries(keys.storage) as [Address, Hex[]][]).flatMap(([owner, slots]) =>
    chunks(slots, mostKeys).map((chunk) => [owner, chunk] as const),
  )
  for (const part of chunksBySlots(entries)) calls.push(callFor(part, [], [], known))
  if (ways.length > 0) calls.push(callFor([], ways, [], known))
  // By itself: where a reader stands, there is no clone to be seen.
  if (keys.accounts.length > 0) calls.push(callFor([], [], keys.accounts, known))
  return calls
}

const chunks = <T>(items: readonly T[], length: number): T[][] =>
  Array.from({ length: Math.ceil(items.length / length) }, (_, index) =>
    items.slice(index * length, (index + 1) * length),
  )

type Entry = readonly [Address, readonly Hex[]]

const chunksBySlots = (entries: readonly Entry[]): Entry[][] => {
  const parts: Entry[][] = []
  let room = 0
  for (const entry of entries) {
    const { length } = entry[1]
    if (length > room) {
      parts.push([])
      room = mostSlots
    }
    parts.at(-1)?.push(entry)
    room -= length
  }
  return parts
}

function callFor(
  entries: readonly Entry[],
  ways: readonly Way[],
  accounts: readonly Address[],
  known: ReadonlySet<Address>,
): RpcCall<Values | undefined> {
  const slots = entries
    .map(([owner, keys]) => tagged(owner) + number(32 * keys.length, 2) + keys.map(bare).join(''))
    .join('')
  const derived = ways.map(({ entry }) => entry).join('')
  const ends = [slots, slots + derived].map((part) => number(64 + part.length / 2, 32))
  const owners = new Set([
    ...entries.map(([owner]) => owner),
    ...ways.flatMap(({ owner, address }) => [owner, address]),
  ])
  const marks = [...[...known].slice(0, mostMarks), ...owners].map((address) => [
    address.padEnd(66, '0'),
    `0x${number(1, 32)}`,
  ])
  const overrides = {
    ...Object.fromEntries([...owners].map((owner) => [owner, { code: `0x${reader}` }])),
    [place]: { code: `0x${follower}`, stateDiff: Object.fromEntries(marks) },
  }
  return {
    method: 'eth_call',
    params: [
      { to: place, data: `0x${ends.join('')}${slots}${derived}${accounts.map(tagged).join('')}` },
    ],
    pinned: true,
    after: [overrides],
    // Whatever a server says that is of no use, it would say again.
    read: (result) => readRecords(result, ways),
    readError: () => undefined,
  }
}

// A server that takes no overrides has called an account without code, and answers nothing.
function readRecords(result: unknown, ways: readonly Way[]): Values | undefined {
  if (typeof result !== 'string' || !/^0x0{63}1[0-9a-f]*$/i.test(result)) return undefined
  const followed = noValues()
  const digits = result.slice(66).toLowerCase()
  let at = 0
  const take = (bytes: number): Hex => {
    at += 2 * bytes
    return `0x${digits.slice(at - 2 * bytes, at)}`
  }
  let told = 0
  while (at < digits.length) {
    const address: Address = `0x${take(32).slice(-40)}`
    if (Number(address) === 0) {
      const owner = ways[told++]?.address
      const [slot, value] = [take(32), take(32)]
      if (owner === undefined) return undefined
      followed.storage[owner] ??= {}
      followed.storage[owner][slot] = value
    } else {
      const balance = take(32).replace(/^0x0+(?=.)/, '0x') as Hex
      const code = take(Number(take(32)))
      // Contracts begin with nonce 1, and few ever make others.
      followed.accounts[address] = { balance, nonce: '0x1', code }
    }
  }
  return at === digits.length ? followed : undefined
}
