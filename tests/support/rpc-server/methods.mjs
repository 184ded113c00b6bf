// The methods that read state, answered as public clients answer them. Each gets the chain and the
// call's parameters, and gives back the result or the promise of it.

import { difference } from './block-access-list.mjs'
import { executeCall } from './eth-call.mjs'
import { emptyCodeHash, emptyRoot, isAddress, isHash, isQuantity, quantity, word } from './hex.mjs'
import { RpcError } from './rpc-error.mjs'

const wrong = (what) => new RpcError(-32602, `invalid argument: ${what}`)

const nobody = { balance: 0n, nonce: 0n, code: '0x', codeHash: emptyCodeHash, storage: new Map() }

function accountAt(chain, address, block) {
  if (!isAddress(address)) throw wrong(`${JSON.stringify(address)} is no address`)
  return chain.resolve(block).account(address) ?? nobody
}

function slotAt(state, address, key) {
  if (!isQuantity(key)) throw wrong(`${JSON.stringify(key)} is no storage key`)
  return state.slot(address, key)
}

const withBody = (header, full) =>
  header && { ...header, transactions: full === undefined ? undefined : [], uncles: [] }

/** @type {Record<string, (chain: import('./chain.mjs').Chain, ...parameters: any[]) => unknown>} */
export const methods = {
  web3_clientVersion: () => 'forerun-tests/1',
  net_version: (chain) => String(chain.chainId),
  eth_chainId: (chain) => quantity(chain.chainId),
  eth_blockNumber: (chain) => quantity(chain.head.number),
  eth_getBlockByNumber: (chain, block, full) => withBody(chain.header(block), full ?? false),
  eth_getBlockByHash: (chain, hash, full) => {
    if (!isHash(hash)) throw wrong(`${JSON.stringify(hash)} is no hash`)
    return withBody(chain.header(hash), full ?? false)
  },
  eth_getBalance: (chain, address, block) => quantity(accountAt(chain, address, block).balance),
  eth_getTransactionCount: (chain, address, block) =>
    quantity(accountAt(chain, address, block).nonce),
  eth_getCode: (chain, address, block) => accountAt(chain, address, block).code,
  eth_getStorageAt: (chain, address, key, block) => {
    accountAt(chain, address, block)
    return word(slotAt(chain.resolve(block), address, key))
  },
  // Values are honest, proofs are empty: nothing here can make any.
  eth_getProof: (chain, address, keys, block) => {
    const { balance, nonce, codeHash, storage } = accountAt(chain, address, block)
    const state = chain.resolve(block)
    return {
      address: address.toLowerCase(),
      accountProof: [],
      balance: quantity(balance),
      nonce: quantity(nonce),
      codeHash,
      storageHash: storage.size === 0 ? emptyRoot : word(storage.size),
      storageProof: (keys ?? []).map((key) => ({
        key,
        value: quantity(slotAt(state, address, key)),
        proof: [],
      })),
    }
  },
  eth_getStorageValues: (chain, asked, block) => {
    if (asked === null || typeof asked !== 'object') throw wrong('no accounts')
    const entries = Object.entries(asked)
    const count = entries.reduce((sum, [, keys]) => sum + keys.length, 0)
    if (count === 0) throw new RpcError(-32602, 'empty request')
    const state = chain.resolve(block)
    return Object.fromEntries(
      entries.map(([address, keys]) => {
        if (!isAddress(address)) throw wrong(`${address} is no address`)
        return [
          address,
          keys.map((key) => {
            if (!isHash(key)) throw wrong(`storage key ${key} has not 32 bytes`)
            return word(state.slot(address, key))
          }),
        ]
      }),
    )
  },
  eth_getAccountInfo: (chain, address, block) => {
    const { balance, nonce, code } = accountAt(chain, address, block)
    return { balance: quantity(balance), nonce: quantity(nonce), code }
  },
  eth_getAccount: (chain, address, block) => {
    const { balance, nonce, codeHash, storage } = accountAt(chain, address, block)
    const storageRoot = storage.size === 0 ? emptyRoot : word(storage.size)
    return { balance: quantity(balance), nonce: quantity(nonce), codeHash, storageRoot }
  },
  eth_call: (chain, call, block, overrides) => executeCall(chain.resolve(block), call, overrides),
  eth_getBlockAccessList: (chain, block) => {
    const state = chain.resolve(block)
    const parent = chain.parentOf(state)
    if (!parent) throw new RpcError(4444, 'pruned history unavailable')
    return difference(parent, state)
  },
}
