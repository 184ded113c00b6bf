// A block's transactions as calls of @ethereumjs/evm, with all state in maps: without signatures, fees
// and the other parts of a transaction, which is the least that its user can have it do.

import { createCustomCommon, Mainnet } from '@ethereumjs/common'
import { createEVM } from '@ethereumjs/evm'
import { createAddressFromString, hexToBytes } from '@ethereumjs/util'
import { blockOf, hardforkOf, stateOf } from './ethereumjs.mjs'

/**
 * Sets up the state of a case; returns a function that makes all calls once on that state, whatever it did
 * to it before, and resolves to the gas that the transactions would have used.
 */
export async function prepareCalls({ state, request }) {
  const common = createCustomCommon({ chainId: state.chainId }, Mainnet, {
    hardfork: hardforkOf(state),
  })
  const stateManager = await stateOf(state, common)
  const evm = await createEVM({ common, stateManager })
  const block = blockOf(request, common)
  const calls = request.block.transactions.map(({ from, to, data, value, gas }) => ({
    caller: createAddressFromString(from),
    to: to && createAddressFromString(to),
    data: hexToBytes(data),
    value: BigInt(value),
    gasLimit: BigInt(gas),
    block,
  }))
  return async () => {
    await stateManager.checkpoint()
    try {
      let used = 0n
      for (const call of calls) {
        const { execResult } = await evm.runCall(call)
        // Otherwise what one has touched or written would cost the next one less.
        await evm.journal.cleanup()
        stateManager.originalStorageCache.clear()
        if (execResult.exceptionError) throw new Error(String(execResult.exceptionError.error))
        used += intrinsicGas(call) + execResult.executionGasUsed
      }
      return used
    } finally {
      await stateManager.revert()
    }
  }
}

/** What a transaction costs before its call begins: EIP-2028 and, for creations, EIP-2 and EIP-3860. */
function intrinsicGas({ to, data }) {
  const nonzero = data.reduce((count, byte) => count + (byte === 0 ? 0 : 1), 0)
  const creation = to ? 0 : 32_000 + 2 * Math.ceil(data.length / 32)
  return BigInt(21_000 + 4 * (data.length - nonzero) + 16 * nonzero + creation)
}
