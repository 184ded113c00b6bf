// Faults that a server is told to have: which, and when. A rule is `{ fault, ...when, ...how }`.
//
// When, all that are given must fit:
// - `requests`: numbers of HTTP requests, the first since the log was cleared being 1
// - `from`, `until`: the first and the last of them
// - `method`: a name or several; the request must have such a call, and what changes answers
//   changes only theirs
// - `endpoint`: number of the URL, from 0 on
// - `probability`: of each request, drawn from the seed
// - `times`: how often at most
//
// What (`fault`) and how, in place of the answer:
// - `status`: `{ status, retryAfter?, body?, cors? }`; without `cors: false` pages may read it
// - `cut`: the connection breaks `{ where: 'headers' | 'body' }`
// - `hang`: the answer does not end: `{ where: 'headers' | 'body' | 'stream' }`: nothing comes,
//   half of it comes, or it goes on with white space for ever
// - `malformed`: half of the JSON; `content`: a page of HTML in its place
// - `refuse-batch`: `{ style }` as the server's own `batch.style`
// - `slow`: later by `{ milliseconds }`, and else as it should be
//
// And changing the answers:
// - `error`: `{ code, message }` for each call; `partial`: the same for some, `{ share }` of them
// - `shuffle`, `missing` (`{ share }`), `wrong-ids`, `duplicate`: order, number and ids of a
//   batch's answers
// - `null`: null for accounts; `short`: slot keys and values without leading zeros
// - `other-block`: the values, or the header, of `{ block }` instead
// - `prune`: as if the block had gone

import { headerNotFound } from './chain.mjs'
import { quantity } from './hex.mjs'
import { randomFrom } from './random.mjs'
import { RpcError } from './rpc-error.mjs'

const inPlaceOfAnswer = new Set(['status', 'cut', 'hang', 'malformed', 'content', 'refuse-batch'])

/** Methods that give something of an account itself. */
const ofAccounts = new Set([
  'eth_getBalance',
  'eth_getTransactionCount',
  'eth_getCode',
  'eth_getProof',
  'eth_getAccount',
  'eth_getAccountInfo',
])

/** Where in the parameters the block stands. */
const blockAt = {
  eth_getBlockByNumber: 0,
  eth_getBlockByHash: 0,
  eth_getBlockAccessList: 0,
  eth_getBalance: 1,
  eth_getTransactionCount: 1,
  eth_getCode: 1,
  eth_getStorageValues: 1,
  eth_getAccount: 1,
  eth_getAccountInfo: 1,
  eth_getStorageAt: 2,
  eth_getProof: 2,
}

const givesHeader = ({ method }) => method.startsWith('eth_getBlockBy')

const failed = ({ code = -32603, message = 'internal error' }) => ({
  error: new RpcError(code, message),
})

/**
 * By name: what becomes of a call's outcome, `{ result }` or `{ error }`. `again` answers another
 * call.
 * @type {Record<string, (outcome: object, call: object, rule: object, tools: object) => object>}
 */
const outcomes = {
  error: (_, __, rule) => failed(rule),
  partial: (outcome, _, rule, { random }) =>
    random() < (rule.share ?? 0.5) ? failed(rule) : outcome,
  null: (outcome, { method }, rule) =>
    rule.method !== undefined || ofAccounts.has(method) ? { result: null } : outcome,
  short: (outcome, { method }) => ({ ...outcome, result: shortened(method, outcome.result) }),
  prune: (outcome, call) => {
    if (givesHeader(call)) return { result: null }
    return call.method in blockAt ? { error: headerNotFound() } : outcome
  },
  'other-block': (outcome, call, { block }, { again }) => {
    const place = blockAt[call.method]
    if (place === undefined) return outcome
    const params = [...call.params]
    params[place] = block
    const method = givesHeader(call) ? 'eth_getBlockByNumber' : call.method
    return again({ method, params })
  },
}

function shortened(method, result) {
  if (result === null || result === undefined) return result
  if (method === 'eth_getStorageAt') return quantity(result)
  if (method === 'eth_getStorageValues')
    return Object.fromEntries(
      Object.entries(result).map(([address, values]) => [address, values.map(quantity)]),
    )
  if (method === 'eth_getProof')
    return {
      ...result,
      storageProof: result.storageProof.map((entry) => ({ ...entry, key: quantity(entry.key) })),
    }
  return result
}

/** By name: what becomes of the list of a request's answers. */
const lists = {
  shuffle: (answers, _, { random }) => shuffled(answers, random),
  missing: (answers, { share = 0.5 }, { random }) => {
    const left = answers.filter(() => random() >= share)
    // One at least goes: else there would be no fault.
    return left.length === answers.length ? left.slice(1) : left
  },
  'wrong-ids': (answers) =>
    answers.map((answer) => ({
      ...answer,
      id: typeof answer.id === 'number' ? answer.id + 1_000_000 : `not ${answer.id}`,
    })),
  duplicate: (answers) => answers.flatMap((answer) => [answer, answer]),
}

function shuffled(answers, random) {
  const left = [...answers]
  const order = []
  while (left.length > 0) order.push(...left.splice(Math.floor(random() * left.length), 1))
  // Two answers would stay as they are half of the time.
  const same = order.every((answer, index) => answer === answers[index])
  return same ? order.reverse() : order
}

const known = new Set([...inPlaceOfAnswer, 'slow', ...Object.keys(outcomes), ...Object.keys(lists)])

/** The rules of a server, and the draws they need. */
export class FaultPlan {
  #rules
  #random

  constructor(rules, seed) {
    for (const { fault } of rules)
      if (!known.has(fault)) throw new Error(`there is no fault ${JSON.stringify(fault)}`)
    this.#rules = rules.map((rule) => ({ rule, left: rule.times ?? Number.POSITIVE_INFINITY }))
    this.#random = randomFrom(seed)
  }

  /** The rules that apply to a request. */
  at({ index, endpoint, calls }) {
    const apply = this.#rules.filter((entry) => {
      const { requests, from = 1, until = Number.POSITIVE_INFINITY, probability } = entry.rule
      if (entry.left <= 0 || index < from || index > until) return false
      if (requests !== undefined && !requests.includes(index)) return false
      if ((entry.rule.endpoint ?? endpoint) !== endpoint) return false
      if (!calls.some((call) => concerns(entry.rule, call))) return false
      return probability === undefined || this.#random() < probability
    })
    for (const entry of apply) entry.left -= 1
    return new Faults(
      apply.map(({ rule }) => rule),
      this.#random,
    )
  }
}

const concerns = ({ method }, call) =>
  method === undefined || [method].flat().includes(call?.method)

/** The faults of one request. */
class Faults {
  #rules
  #random

  constructor(rules, random) {
    this.#rules = rules
    this.#random = random
  }

  get names() {
    return this.#rules.map(({ fault }) => fault)
  }

  /** The rule of which the server does something else than to answer. */
  get inPlace() {
    return this.#rules.find(({ fault }) => inPlaceOfAnswer.has(fault))
  }

  /** By how many milliseconds the answer is later. */
  get delay() {
    const slow = this.#rules.filter(({ fault }) => fault === 'slow')
    return slow.reduce((sum, { milliseconds }) => sum + milliseconds, 0)
  }

  /** What a call comes to. `answer` says what it should be. */
  outcome(call, answer) {
    let outcome = answer(call)
    for (const rule of this.#rules)
      if (Object.hasOwn(outcomes, rule.fault) && concerns(rule, call))
        outcome = outcomes[rule.fault](outcome, call, rule, { random: this.#random, again: answer })
    return outcome
  }

  /** What is sent of a batch's answers. */
  list(answers) {
    let sent = answers
    for (const rule of this.#rules)
      if (Object.hasOwn(lists, rule.fault))
        sent = lists[rule.fault](sent, rule, { random: this.#random })
    return sent
  }
}
