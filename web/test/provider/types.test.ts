// That the provider is what libraries take is for the compiler to say; this file is checked with the
// other tests.

import { BrowserProvider } from 'ethers'
import { createPublicClient, custom as viemCustom } from 'viem'
import { expect, expectTypeOf, it } from 'vitest'
import { custom, type ForerunProvider, type Hex, type ProviderRpcError } from '../../src/index.js'

const provider: ForerunProvider = {
  request: async () => '0x539',
  on: () => undefined,
  removeListener: () => undefined,
}

it('is a provider to viem, to ethers and to another simulator', async () => {
  const client = createPublicClient({ transport: viemCustom(provider) })
  expect(await client.getChainId()).toBe(1337)
  const browser = new BrowserProvider(provider)
  expect((await browser.getNetwork()).chainId).toBe(1337n)
  browser.destroy()
  expect(custom(provider).provider).toBe(provider)

  // What its events tell listeners.
  provider.on('connect', ({ chainId }) => expectTypeOf(chainId).toEqualTypeOf<Hex>())
  provider.on('chainChanged', (chainId) => expectTypeOf(chainId).toEqualTypeOf<Hex>())
  provider.on('disconnect', (error) => expectTypeOf(error).toEqualTypeOf<ProviderRpcError>())
  provider.on('accountsChanged', (accounts) => {
    expectTypeOf(accounts).toEqualTypeOf<readonly string[]>()
  })
  // @ts-expect-error there is no such event
  provider.on('colourChanged', () => undefined)
})
