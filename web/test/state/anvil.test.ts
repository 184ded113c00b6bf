// The reader against a node that others wrote: anvil, from its npm package.

import { expect, it } from 'vitest'
import { http } from '../../src/sources/http.js'
import type { Keys } from '../../src/state/keys.js'
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
