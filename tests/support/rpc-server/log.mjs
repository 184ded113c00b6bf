// What a server was asked, request by request, so that tests and benchmarks judge a client by what
// went over the wire and not by what it says about itself.

/**
 * @typedef {object} Entry
 * @property {number} index from 1 on, as the rules of faults count; 0 for a preflight
 * @property {'call' | 'preflight'} kind
 * @property {number} endpoint which of the server's URLs it came to, from 0 on
 * @property {number} at milliseconds since the server was opened
 * @property {number} [ended] when all of the answer was handed to the system, or the connection broke
 * @property {string} body as it came
 * @property {{ method: string, params: unknown[] }[]} calls
 * @property {boolean} batch
 * @property {number} bytesIn of the body
 * @property {number} bytesOut of the answer's body
 * @property {number} [status]
 * @property {string[]} faults
 */

/** Methods that say what a chain and its blocks are, and read no state. */
const aboutTheChain = new Set([
  'web3_clientVersion',
  'net_version',
  'eth_chainId',
  'eth_blockNumber',
  'eth_getBlockByNumber',
  'eth_getBlockByHash',
])

const readsState = ({ calls }) => calls.some(({ method }) => !aboutTheChain.has(method))

export class RequestLog {
  /** @type {Entry[]} */
  entries = []
  #count = 0
  #zero = performance.now()

  /** Milliseconds since the server was opened. */
  now() {
    return performance.now() - this.#zero
  }

  /** @param {Partial<Entry>} entry @returns {Entry} */
  add(entry) {
    const full = {
      index: entry.kind === 'preflight' ? 0 : ++this.#count,
      kind: 'call',
      endpoint: 0,
      at: this.now(),
      body: '',
      calls: [],
      batch: false,
      bytesIn: 0,
      bytesOut: 0,
      faults: [],
      ...entry,
    }
    this.entries.push(full)
    return full
  }

  /** Forgets all; the next request is number 1 again. */
  clear() {
    this.entries = []
    this.#count = 0
  }

  /**
   * Requests without preflights; with `state` only those that read state, which block headers are
   * not.
   */
  requests({ state = false } = {}) {
    return this.entries.filter((entry) => entry.kind === 'call' && (!state || readsState(entry)))
  }

  /** All calls, in order of arrival. */
  calls(options) {
    return this.requests(options).flatMap(({ calls }) => calls)
  }

  /** Counts of everything; `state` as above. */
  summary(options) {
    const requests = this.requests(options)
    const methods = {}
    for (const { calls } of requests)
      for (const { method } of calls) methods[method] = (methods[method] ?? 0) + 1
    const sum = (of) => requests.reduce((total, entry) => total + of(entry), 0)
    return {
      requests: requests.length,
      preflights: this.entries.filter(({ kind }) => kind === 'preflight').length,
      rounds: roundsOf(requests).most,
      calls: sum(({ calls }) => calls.length),
      methods,
      bytes: { in: sum(({ bytesIn }) => bytesIn), out: sum(({ bytesOut }) => bytesOut) },
    }
  }
}

/**
 * Which round trip each request belongs to: 1 for those that came before any was answered, else one
 * more than the latest round of which an answer had gone out when it came. `most` is how many round
 * trips had to be waited for one after the other.
 * @param {Entry[]} entries
 */
export function roundsOf(entries) {
  const inOrder = [...entries].sort((a, b) => a.at - b.at)
  const rounds = new Map()
  for (const entry of inOrder) {
    let before = 0
    for (const [other, round] of rounds)
      if (other.ended !== undefined && other.ended <= entry.at) before = Math.max(before, round)
    rounds.set(entry, before + 1)
  }
  return { of: (entry) => rounds.get(entry), most: Math.max(0, ...rounds.values()) }
}
