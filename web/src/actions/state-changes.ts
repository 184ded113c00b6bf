// What transactions changed, as the engine writes it.

import type { Address, Hex } from '../hex.js'
import { toBigInt } from '../wire.js'

/** A value before and after. */
export type Change<T> = {
  /** Before the transaction, or the bundle. */
  before: T
  /** After it. */
  after: T
}

/** What became of an account; what did not change is absent. */
export type StateChange = {
  /** The account. */
  address: Address
  /** Wei. */
  balance?: Change<bigint> | undefined
  /** How many transactions it has sent, or contracts it has made. */
  nonce?: Change<bigint> | undefined
  /** `0x` where there is none. */
  code?: Change<Hex> | undefined
  /**
   * Slots that changed, as words of 32 bytes. Of an account that is gone those are listed that were
   * looked at.
   */
  storage?:
    | readonly ({
        /** Which slot. */
        slot: Hex
      } & Change<Hex>)[]
    | undefined
}

type WireChange = Omit<StateChange, 'balance' | 'nonce'> & {
  balance?: Change<string>
  nonce?: Change<string>
}

/** Reads the engine's text. */
export const readStateChanges = (text: string): readonly StateChange[] =>
  (JSON.parse(text) as WireChange[]).map(({ balance, nonce, ...rest }) => ({
    ...rest,
    ...(balance && { balance: quantities(balance) }),
    ...(nonce && { nonce: quantities(nonce) }),
  }))

const quantities = ({ before, after }: Change<string>): Change<bigint> => ({
  before: toBigInt(before),
  after: toBigInt(after),
})
