// Methods by which a server says beforehand what a transaction will look at. They get its calldata,
// so that nobody should ask them who was not allowed to.

import { quantity, word } from './hex.mjs'

/**
 * `debug_traceCall` with the prestateTracer and `eth_createAccessList`, which answer any call with
 * these places. For the `methods` of a server.
 * @param {import('./reads.mjs').Reads} reads
 */
export const manifestsOf = ({ accounts, storage }) => ({
  debug_traceCall: (chain, _, block) => {
    const state = chain.resolve(block)
    return Object.fromEntries(
      accounts.map((address) => {
        const { balance = 0n, nonce = 0n, code = '0x' } = state.account(address) ?? {}
        const slots = storage[address] ?? []
        const entry = { balance: quantity(balance) }
        // As go-ethereum does, without what is empty.
        if (nonce > 0n) entry.nonce = Number(nonce)
        if (code !== '0x') entry.code = code
        if (slots.length > 0)
          entry.storage = Object.fromEntries(
            slots.map((slot) => [word(slot), word(state.slot(address, slot))]),
          )
        return [address, entry]
      }),
    )
  },
  eth_createAccessList: (chain, _, block) => {
    chain.resolve(block)
    const accessList = Object.entries(storage).map(([address, slots]) => ({
      address,
      storageKeys: slots.map(word),
    }))
    return { accessList, gasUsed: '0x5208' }
  },
})
