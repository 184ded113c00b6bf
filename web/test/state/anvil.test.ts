// The reader against a node that others wrote: anvil, from its npm package.

import { concat, keccak256 } from 'viem'
import { expect, it } from 'vitest'
import type { Address, Hex } from '../../src/hex.js'
import { http } from '../../src/sources/http.js'
import { Follower } from '../../src/state/follow/follower.js'
import { type Keys, noKeys, noValues } from '../../src/state/keys.js'
import { createReader } from '../../src/state/reader.js'
import { resolveBlock } from '../../src/state/resolve-block.js'
import { createHttpTransport } from '../../src/state/transport.js'
import { address, calm, slot, until } from './rpc-server.js'

type Anvil = {
  url: string
  rpc(method: string, ...params: unknown[]): Promise<unknown>
  close(): Promise<void>
}

// Not written in TypeScript; the commands' tests use it as well.
const support = new URL('../../../tests/support/anvil.mjs', import.meta.url).href
const { noAnvil, openAnvil } = (await import(/* @vite-ignore */ support)) as {
  noAnvil(): string | undefined
  openAnvil(): Promise<Anvil>
}

const without = noAnvil()
if (without !== undefined) console.warn(`skipped: ${without}`)

it.skipIf(without !== undefined)('reads the same from anvil in every way there is', async () => {
  const anvil = await openAnvil()
  try {
    const contract = address(0xcc)
    const rich = address(0xdd)
    await anvil.rpc('anvil_setCode', contract, '0x6001600101')
    await anvil.rpc('anvil_setStorageAt', contract, slot(1), slot(42))
    await anvil.rpc('anvil_setBalance', rich, '0x123456789')
    await anvil.rpc('anvil_setNonce', rich, '0x7')
    await anvil.rpc('anvil_mine', '0x3')
    const keys: Keys = {
      accounts: [contract, rich, address(0xee)],
      storage: { [contract]: [slot(0), slot(1)], [rich]: [slot(5)] },
      codes: [],
      blockHashes: ['0x1', '0x2'],
    }
    const first = createHttpTransport(http(anvil.url))
    const block = await resolveBlock(first, 'latest')
    const plain = await createReader(first, block).read(keys, calm())
    expect(plain.accounts).toEqual({
      [contract]: { balance: '0x0', nonce: '0x0', code: '0x6001600101' },
      [rich]: { balance: '0x123456789', nonce: '0x7', code: '0x' },
      [address(0xee)]: { balance: '0x0', nonce: '0x0', code: '0x' },
    })
    expect(plain.storage).toEqual({
      [contract]: { [slot(0)]: slot(0), [slot(1)]: slot(42) },
      [rich]: { [slot(5)]: slot(0) },
    })
    for (const number of keys.blockHashes) {
      const found = (await anvil.rpc('eth_getBlockByNumber', number, false)) as { hash: string }
      expect(plain.blockHashes[number]).toBe(found.hash)
    }

    // What happens later does not show at the pinned block. (What is set changes the head's state.)
    await anvil.rpc('anvil_mine', '0x1')
    await anvil.rpc('anvil_setStorageAt', contract, slot(1), slot(43))
    await anvil.rpc('anvil_setBalance', rich, '0x1')
    await anvil.rpc('anvil_mine', '0x1')
    const methods = ['eth_getStorageValues', 'eth_getAccountInfo', 'eth_getProof']
    await until(() => methods.slice(0, 2).every((method) => first.supports(method)))
    expect(await createReader(first, block).read(keys, calm())).toEqual(plain)
    for (const method of methods) {
      const capabilities = {
        [anvil.url.endsWith('/') ? anvil.url : `${anvil.url}/`]: {
          methods: Object.fromEntries(methods.map((each) => [each, each === method])),
        },
      }
      const transport = createHttpTransport(http(anvil.url, { batchLimit: 1 }), { capabilities })
      const values = await createReader(transport, block).read(keys, calm())
      for (const account of Object.values(values.accounts)) delete account.codeHash
      expect(values, method).toEqual(plain)
      expect(transport.statistics.methods[method], method).toBeGreaterThan(0)
      transport.close()
    }
    first.close()
  } finally {
    await anvil.close()
  }
})

it.skipIf(without !== undefined)('has anvil follow what slots point to', async () => {
  const anvil = await openAnvil()
  try {
    // Addresses as they are: small ones are taken for amounts.
    const [owner, mapping, token, clone, target, known] = [1, 2, 3, 4, 5, 6].map(
      (number) => `0x${`${number}f`.repeat(20)}` as const,
    ) as [Address, Address, Address, Address, Address, Address]
    const cloneCode = `0x363d3d373d3d3d363d73${target.slice(2)}5af43d82803e903d91602b57fd5bf3`
    await anvil.rpc('anvil_setCode', owner, '0x6001600101')
    await anvil.rpc('anvil_setCode', token, '0x6002600201')
    await anvil.rpc('anvil_setCode', clone, cloneCode)
    await anvil.rpc('anvil_setCode', target, '0x6003600301')
    await anvil.rpc('anvil_setCode', known, '0x6004600401')
    await anvil.rpc('anvil_setBalance', token, '0x1234')
    // A token beneath a fee, a clone, a contract that is known already, an account without code, an
    // amount.
    const inSlot = (of: Address, above = '00') => `0x${above.padStart(24, '0')}${of.slice(2)}`
    const values = [
      inSlot(token, '0bb8'),
      inSlot(clone),
      inSlot(known),
      inSlot(address(7)),
      slot(9),
    ]
    for (const [number, value] of values.entries())
      await anvil.rpc('anvil_setStorageAt', owner, slot(number), value)
    // Ten bytes of slot 5 are a key of two mappings, one of Solidity's at slot 3, of whose structure it
    // is the third field, and one of Vyper's at slot 8.
    const key = '00112233445566778899'
    await anvil.rpc(
      'anvil_setStorageAt',
      owner,
      slot(5),
      `0x${'ab'.repeat(8)}${key}${'cd'.repeat(14)}`,
    )
    const padded = `0x${key.padStart(64, '0')}` as const
    const solidity = plus(keccak256(concat([padded, slot(3)])), 2n)
    const vyper = keccak256(concat([slot(8), padded]))
    await anvil.rpc('anvil_setStorageAt', mapping, solidity, slot(42))
    await anvil.rpc('anvil_setStorageAt', mapping, vyper, inSlot(token))
    await anvil.rpc('anvil_mine', '0x1')

    const transport = createHttpTransport(http(anvil.url))
    const block = await resolveBlock(transport, 'latest')
    const follower = new Follower(transport, { hash: block.hash, number: block.header.number })
    follower.note({ ...noValues(), accounts: { [known]: { ...nothing, code: '0x6004600401' } } })
    const way = (place: string, base: Hex, offset: string) =>
      `0x01${bare(owner)}${bare(slot(5))}0e0a${place}${bare(base)}01${bare(mapping)}${offset}`
    const keys: Keys = {
      ...noKeys(),
      accounts: [clone],
      storage: { [owner]: [0, 1, 2, 3, 4, 5].map(slot) },
      derived: [way('00', slot(3), '02'), way('20', slot(8), '00')],
    }
    const { following } = follower.follow(keys, () => new Promise(() => {}), calm())
    expect(await following).toEqual({
      ...noValues(),
      accounts: {
        [token]: { balance: '0x1234', nonce: '0x1', code: '0x6002600201' },
        [clone]: { balance: '0x0', nonce: '0x1', code: cloneCode },
        [target]: { balance: '0x0', nonce: '0x1', code: '0x6003600301' },
      },
      storage: { [mapping]: { [solidity]: slot(42), [vyper]: inSlot(token) } },
    })
  } finally {
    await anvil.close()
  }
})

const nothing = { balance: '0x0', nonce: '0x1' } as const
const bare = (hex: Hex): string => hex.slice(2)
const plus = (hex: Hex, more: bigint): Hex =>
  `0x${(BigInt(hex) + more).toString(16).padStart(64, '0')}`
