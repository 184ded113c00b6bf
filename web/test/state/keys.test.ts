// Keys that others name as well.

import { expect, it } from 'vitest'
import { isNothing, type Keys, noKeys, without } from '../../src/state/keys.js'
import { address, slot } from './rpc-server.js'

const all: Keys = {
  accounts: [address(1), address(2)],
  storage: { [address(1)]: [slot(1), slot(2)], [address(2)]: [slot(3)] },
  codes: ['0x01'],
  blockHashes: ['0x7'],
  derived: ['0x00'],
}

it('leaves what others do not name', () => {
  const others: Keys = {
    ...noKeys(),
    accounts: [address(2), address(9)],
    storage: { [address(1)]: [slot(2), slot(9)], [address(2)]: [slot(3)] },
    blockHashes: ['0x7'],
  }
  expect(without(all, others)).toEqual({
    accounts: [address(1)],
    storage: { [address(1)]: [slot(1)] },
    codes: ['0x01'],
    blockHashes: [],
    derived: ['0x00'],
  })
  expect(without(all, noKeys())).toEqual(all)
  expect(isNothing(without(all, all))).toBe(true)
})
