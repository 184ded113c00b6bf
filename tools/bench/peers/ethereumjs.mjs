// A block of transactions in @ethereumjs/vm, with all state in maps. Its other state manager, a trie
// with caches before it, was tried as well and took somewhat longer.

import { createBlock } from '@ethereumjs/block'
import { createCustomCommon, Hardfork, Mainnet } from '@ethereumjs/common'
import { SimpleStateManager } from '@ethereumjs/statemanager'
import { createLegacyTx } from '@ethereumjs/tx'
import {
  createAccount,
  createAddressFromString,
  hexToBytes,
  setLengthLeft,
  unpadBytes,
} from '@ethereumjs/util'
import { createVM, runTx } from '@ethereumjs/vm'

/**
 * Sets up the state and the block of a case; returns a function that executes the block once on that
 * state, whatever it did to it before, and resolves to the gas used.
 */
export async function prepare({ state, request }) {
  const common = createCustomCommon({ chainId: state.chainId }, Mainnet, {
    hardfork: Hardfork[state.fork[0] + state.fork.slice(1).toLowerCase()],
  })
  const stateManager = new SimpleStateManager({ common })
  for (const [key, account] of Object.entries(state.accounts)) {
    const address = createAddressFromString(key)
    const { balance = '0x0', nonce = '0x0', codeHash, storage = {} } = account
    await stateManager.putAccount(
      address,
      createAccount({ balance: BigInt(balance), nonce: BigInt(nonce) }),
    )
    if (codeHash) await stateManager.putCode(address, hexToBytes(state.codes[codeHash]))
    for (const [slot, value] of Object.entries(storage))
      await stateManager.putStorage(address, word(slot), unpadBytes(word(value)))
  }
  const vm = await createVM({ common, stateManager })
  const { header, transactions } = request.block
  const block = createBlock(
    {
      header: {
        number: header.number,
        timestamp: header.timestamp,
        gasLimit: header.gasLimit,
        baseFeePerGas: header.baseFeePerGas,
        coinbase: header.miner,
        mixHash: header.mixHash,
      },
    },
    { common },
  )
  const sent = new Map()
  const list = transactions.map(({ from, to, data, value, gas, gasPrice }) => {
    const nonce = BigInt(state.accounts[from]?.nonce ?? 0) + BigInt(sent.get(from) ?? 0)
    sent.set(from, (sent.get(from) ?? 0) + 1)
    const fields = { nonce, to, data, value, gasLimit: gas, gasPrice }
    const tx = createLegacyTx(fields, { common, freeze: false })
    // As ours, it is spared the search for the signer.
    const sender = createAddressFromString(from)
    tx.getSenderAddress = () => sender
    return tx
  })
  return async () => {
    await stateManager.checkpoint()
    try {
      let used = 0n
      for (const tx of list) {
        const { totalGasSpent, execResult } = await runTx(vm, { tx, block })
        if (execResult.exceptionError) throw new Error(String(execResult.exceptionError.error))
        used += totalGasSpent
      }
      return used
    } finally {
      await stateManager.revert()
    }
  }
}

const word = (quantity) => {
  const digits = quantity.slice(2)
  return setLengthLeft(hexToBytes(`0x${digits.length % 2 ? '0' : ''}${digits}`), 32)
}
