// The places of a state that were really looked at, as others found out: what a run that knew
// everything beforehand would have fetched, and what all that a run fetched is held against.

/**
 * @typedef {{ accounts: string[], storage: Record<string, string[]> }} Reads accounts and slots
 */

/**
 * The places in answers of a `prestateTracer`, or in anything else that has accounts with
 * `storage`.
 * @param {Record<string, { storage?: Record<string, unknown> }>[]} traces
 * @returns {Reads}
 */
export function readsOf(traces) {
  const found = new Map()
  for (const trace of traces)
    for (const [address, { storage = {} }] of Object.entries(trace)) {
      const key = address.toLowerCase()
      const slots = found.get(key) ?? new Set()
      for (const slot of Object.keys(storage)) slots.add(slot.toLowerCase())
      found.set(key, slots)
    }
  const addresses = [...found.keys()].sort()
  return {
    accounts: addresses,
    storage: Object.fromEntries(
      addresses
        .filter((address) => found.get(address).size > 0)
        .map((address) => [address, [...found.get(address)].sort()]),
    ),
  }
}

/** How many values they are: accounts and slots. @param {Reads} reads */
export const countOf = ({ accounts, storage }) =>
  accounts.length + Object.values(storage).reduce((sum, slots) => sum + slots.length, 0)

/**
 * How much of `asked`, a server's calls, was for places in `reads`. An account counts once, however
 * many calls it took; a place that was asked for twice counts as two, of which one was of use.
 * @param {{ method: string, params: any[] }[]} asked
 * @param {Reads} reads
 */
export function usefulShare(asked, reads) {
  const wanted = new Set([
    ...reads.accounts,
    ...Object.entries(reads.storage).flatMap(([address, slots]) =>
      slots.map((slot) => place(address, slot)),
    ),
  ])
  const parts = new Set()
  const places = []
  for (const call of asked)
    for (const [address, slot, part] of placesIn(call)) {
      // Balance, nonce and code of one account are one value, each of them twice is not.
      if (part !== undefined) {
        const first = !parts.has(`${address} any`)
        const again = parts.has(`${address} ${part}`)
        parts.add(`${address} any`).add(`${address} ${part}`)
        if (!first && !again) continue
      }
      places.push(slot === undefined ? address : place(address, slot))
    }
  const useful = new Set(places.filter((entry) => wanted.has(entry)))
  return { asked: places.length, useful: useful.size, wanted: wanted.size }
}

const place = (address, slot) => `${address.toLowerCase()} ${BigInt(slot)}`

const partOf = {
  eth_getBalance: 'balance',
  eth_getTransactionCount: 'nonce',
  eth_getCode: 'code',
  eth_getAccountInfo: 'all',
  eth_getAccount: 'all',
}

/** The places that a call asks for: address, and slot or part of the account. */
function placesIn({ method, params }) {
  const [first, second] = params
  if (Object.hasOwn(partOf, method)) return [[first.toLowerCase(), undefined, partOf[method]]]
  if (method === 'eth_getStorageAt') return [[first.toLowerCase(), second]]
  if (method === 'eth_getProof')
    return [
      [first.toLowerCase(), undefined, 'all'],
      ...second.map((slot) => [first.toLowerCase(), slot]),
    ]
  if (method === 'eth_getStorageValues')
    return Object.entries(first).flatMap(([address, slots]) =>
      slots.map((slot) => [address.toLowerCase(), slot]),
    )
  return []
}
