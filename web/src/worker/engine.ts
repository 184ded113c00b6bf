// What the glue of both wasm builds offers, and how one request is worked off with it.

import type { CallStage } from '../progress.js'
import type { Call } from '../protocol.js'
import { isNothing, type Keys, noKeys, type Values } from '../state/keys.js'
import { Account } from './account.js'
import { decodeText, encodeText } from './json.js'
import { WireFailure } from './load-wasm.js'
import type { RemoteState } from './remote-state.js'

/** The engine. The glues' own classes differ by name only; this is what both offer. */
export type Engine = {
  beginBundle(request: Uint8Array, runAhead: boolean): void
  beginReplay(request: Uint8Array, runAhead: boolean): void
  beginRpc(request: Uint8Array, runAhead: boolean): void
  /** The answer, or the JSON of keys. */
  step(): Answer | string
  reads(): number
  provide(values: Uint8Array): void
  predict(values: Uint8Array): void
  /** Predicts what the last keys point to. */
  point(values: Uint8Array): void
  moveTo(snapshot: Uint8Array): void
  /** The JSON of values. */
  known(): string
}

type Answer = { report: Record<string, unknown> } & Record<string, unknown>

/** Says how far a call has come; there is one where somebody listens. */
export type Tell = (stage: CallStage) => void

/**
 * Works a request off: runs as far as the state that is known allows, has what is missing read, all of
 * it at once, and goes on.
 */
export async function work(
  engine: Engine,
  state: RemoteState | undefined,
  call: Call,
  signal: AbortSignal,
  tell: Tell | undefined,
): Promise<unknown> {
  const runAhead = state?.runAhead ?? true
  begin(engine, call, runAhead)
  const take = (values: Values): void => engine.provide(encodeText(values))
  const account = new Account(state, tell, { signal, take, follows: runAhead })
  try {
    return await workOff(engine, state, call, account, signal, tell)
  } finally {
    account.end()
  }
}

async function workOff(
  engine: Engine,
  state: RemoteState | undefined,
  call: Call,
  account: Account,
  signal: AbortSignal,
  tell: Tell | undefined,
): Promise<unknown> {
  const predicted = new Set<string>()
  for (let pass = 1; ; pass++) {
    tell?.({ type: 'executing', pass })
    const step = engine.step()
    if (typeof step !== 'string') {
      // A node's answer holds nothing but the answer.
      if (call.action === 'rpc') return step
      if (state !== undefined) step.report.state = account.close(engine.reads())
      if (call.replayKey === true) step.replayKey = replayKey(engine, state, call)
      return step
    }
    const need = account.left(JSON.parse(step) as Keys)
    if (state === undefined) {
      if (need.areFirst) continue
      throw missing(need)
    }
    signal.throwIfAborted()
    // What the cache has comes first, as long as it has anything new: it costs no round trip.
    const found = await state.look(need)
    const news = unseen(found.predicted, predicted)
    if (!isEmpty(news)) engine.predict(encodeText(news))
    if (!isEmpty(found.known)) engine.provide(encodeText(found.known))
    if (!isEmpty(news) || !isEmpty(found.known)) continue
    signal.throwIfAborted()
    if (need.areFirst) {
      await account.begin(need)
      continue
    }
    const followed = await account.wave(need)
    if (followed !== undefined) engine.point(encodeText(followed))
  }
}

const begin = (engine: Engine, { action, request }: Call, runAhead: boolean): void => {
  switch (action) {
    case 'replayBlock':
      return engine.beginReplay(request, runAhead)
    case 'rpc':
      return engine.beginRpc(request, runAhead)
    default:
      return engine.beginBundle(request, runAhead)
  }
}

const isEmpty = (values: Values): boolean =>
  [values.accounts, values.storage, values.codes, values.blockHashes].every(
    (each) => Object.keys(each).length === 0,
  )

/** What of these values was not handed out before, which it is from now on. */
const unseen = (values: Values, seen: Set<string>): Values => {
  const isNew = (name: string): boolean => !seen.has(name) && seen.add(name) !== undefined
  const only = <T>(all: Record<string, T>, prefix: string): Record<string, T> =>
    Object.fromEntries(Object.entries(all).filter(([name]) => isNew(prefix + name)))
  const storage: Values['storage'] = {}
  for (const [address, slots] of Object.entries(values.storage)) {
    const fresh = only(slots, `${address}.`)
    if (Object.keys(fresh).length > 0) storage[address as keyof Values['storage']] = fresh
  }
  return {
    accounts: only(values.accounts, ''),
    storage,
    codes: only(values.codes, ''),
    // Nothing is predicted of them.
    blockHashes: {},
  }
}

/** Nobody can be asked for what a snapshot lacks. */
const missing = (need: Keys): WireFailure => {
  const [storageOf, slots] = Object.entries(need.storage)[0] ?? []
  const facts = isNothing({ ...noKeys(), accounts: need.accounts })
    ? storageOf === undefined
      ? { codeHash: need.codes[0], blockNumber: need.blockHashes[0] }
      : { address: storageOf, slot: slots?.[0] }
    : { address: need.accounts[0] }
  return new WireFailure({ code: 'MISSING_STATE', message: 'the snapshot lacks it', ...facts })
}

/** All that the same simulation takes: the state that it read, and the request. */
const replayKey = (engine: Engine, state: RemoteState | undefined, call: Call): unknown => {
  if (state === undefined) return undefined
  const { accounts, storage, codes, blockHashes } = JSON.parse(engine.known()) as Values
  const withStorage = Object.fromEntries(
    Object.entries(accounts).map(([address, account]) => {
      const slots = storage[address as keyof typeof storage]
      return [address, slots === undefined ? account : { ...account, storage: slots }]
    }),
  )
  return {
    snapshot: { ...state.chain(), accounts: withStorage, codes, blockHashes },
    request: decodeText(call.request),
  }
}
