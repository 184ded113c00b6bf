// A block of transactions in @ethereumjs/vm, with all state in maps. Its other state manager, a trie
// with caches before it, was tried as well and took somewhat longer.

import { createBlock } from '@ethereumjs/block'
import { createCustomCommon, Hardfork, Mainnet } from '@ethereumjs/common'
import { SimpleStateManager } from '@ethereumjs/statemanager'
import { createLegacyTx, createTxFromRLP } from '@ethereumjs/tx'
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
    hardfork: hardforkOf(state),
  })
  const stateManager = await stateOf(state, common)
  const vm = await createVM({ common, stateManager })
  const block = blockOf(request, common)
  const list = transactionsOf({ state, request }, common)
  return async () => {
    await stateManager.checkpoint()
    try {
      let used = 0n
      for (const tx of list) {
        const { totalGasSpent, execResult } = await runTx(vm, { tx, block })
        // A block of the chain may hold such.
        if (execResult.exceptionError && !recorded(request))
          throw new Error(String(execResult.exceptionError.error))
        used += totalGasSpent
      }
      return used
    } finally {
      await stateManager.revert()
    }
  }
}

/** By the name that this engine has for it. */
export const hardforkOf = ({ fork }) =>
  Hardfork[fork === 'MERGE' ? 'Paris' : fork[0] + fork.slice(1).toLowerCase()]

/** Whether a block is one of the chain. */
const recorded = ({ block }) => block.transactions.some(({ raw }) => raw)

/** The state of a case in maps. */
export async function stateOf(state, common) {
  const stateManager = new SimpleStateManager({ common })
  for (const [key, account] of Object.entries(state.accounts)) {
    const address = createAddressFromString(key)
    const { balance = '0x0', nonce = '0x0', codeHash, storage = {} } = account
    await stateManager.putAccount(
      address,
      createAccount({ balance: BigInt(balance), nonce: BigInt(nonce) }),
    )
    const code = state.codes[codeHash]
    // That of an account without code is among none.
    if (code) await stateManager.putCode(address, hexToBytes(code))
    for (const [slot, value] of Object.entries(storage))
      await stateManager.putStorage(address, word(slot), unpadBytes(word(value)))
  }
  return stateManager
}

/** The environment of a case's transactions. */
export function blockOf({ block: { header } }, common) {
  return createBlock(
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
    // Of a header there is more that this engine would check than what it needs here.
    { common, skipConsensusFormatValidation: true },
  )
}

function transactionsOf({ state, request }, common) {
  const sent = new Map()
  return request.block.transactions.map(({ raw, from, to, data, value, gas, gasPrice }) => {
    // As ours, it is spared the search for the signer.
    const sender = createAddressFromString(from)
    if (raw) return sentBy(sender, createTxFromRLP(hexToBytes(raw), { common, freeze: false }))
    const nonce = BigInt(state.accounts[from]?.nonce ?? 0) + BigInt(sent.get(from) ?? 0)
    sent.set(from, (sent.get(from) ?? 0) + 1)
    const fields = { nonce, to, data, value, gasLimit: gas, gasPrice }
    return sentBy(sender, createLegacyTx(fields, { common, freeze: false }))
  })
}

function sentBy(sender, tx) {
  tx.getSenderAddress = () => sender
  return tx
}

const word = (quantity) => {
  const digits = quantity.slice(2)
  return setLengthLeft(hexToBytes(`0x${digits.length % 2 ? '0' : ''}${digits}`), 32)
}
