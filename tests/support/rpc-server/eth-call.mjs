// `eth_call` on a recorded state, with overrides of state as go-ethereum takes them, executed by
// @ethereumjs/evm: what a server answers here comes from nothing that is tested.

import { Common, createCustomCommon, Hardfork, Mainnet } from '@ethereumjs/common'
import { createEVM } from '@ethereumjs/evm'
import { SimpleStateManager } from '@ethereumjs/statemanager'
import { createAccount, createAddressFromString, hexToBytes, unpadBytes } from '@ethereumjs/util'
import { word } from './hex.mjs'
import { RpcError } from './rpc-error.mjs'

const gasCap = 50_000_000n

/** Codes as bytes, which a server of a block needs again and again. */
const codes = new Map()

function bytesOf(code) {
  if (!codes.has(code)) codes.set(code, hexToBytes(code))
  return codes.get(code)
}

/** A recorded state, and what is written over it. */
class Over extends SimpleStateManager {
  #state

  constructor(state, common) {
    super({ common })
    this.#state = state
  }

  async getAccount(address) {
    const key = address.toString()
    if (this.topAccountStack().has(key)) return super.getAccount(address)
    const found = this.#state.account(key)
    if (found === undefined) return undefined
    const { balance, nonce, codeHash } = found
    return createAccount({ balance, nonce, codeHash: hexToBytes(codeHash) })
  }

  async getCode(address) {
    const key = address.toString()
    if (this.topCodeStack().has(key)) return super.getCode(address)
    return bytesOf(this.#state.account(key)?.code ?? '0x')
  }

  async getStorage(address, key) {
    const written = await super.getStorage(address, key)
    if (written.length > 0) return written
    return hexOf(
      this.#state.slot(address.toString(), BigInt(`0x${Buffer.from(key).toString('hex')}`)),
    )
  }
}

const hexOf = (value) => unpadBytes(hexToBytes(word(value)))

function commonOf({ chainId, header }) {
  if (chainId !== 1) return createCustomCommon({ chainId }, Mainnet, { hardfork: Hardfork.Prague })
  const common = new Common({ chain: Mainnet })
  common.setHardforkBy({ blockNumber: header.number, timestamp: header.timestamp })
  return common
}

/**
 * @param {import('./state.mjs').State} state
 * @param {{ from?: string, to?: string, data?: string, gas?: string }} call
 * @param {Record<string, { code?: string, stateDiff?: Record<string, string> }>} [overrides]
 * @returns {Promise<string>}
 * @throws {RpcError} where the call fails
 */
export async function executeCall(state, { from, to, data = '0x', gas }, overrides = {}) {
  const common = commonOf(state)
  const over = new Over(state, common)
  for (const [key, { code, stateDiff = {}, ...others }] of Object.entries(overrides)) {
    if (Object.keys(others).length > 0)
      throw new RpcError(-32602, `no such override here: ${Object.keys(others).join(', ')}`)
    const address = createAddressFromString(key)
    if (code !== undefined) await over.putCode(address, hexToBytes(code))
    for (const [slot, value] of Object.entries(stateDiff))
      await over.putStorage(address, hexToBytes(slot), unpadBytes(hexToBytes(value)))
  }
  const evm = await createEVM({ common, stateManager: over })
  const wanted = gas === undefined ? gasCap : BigInt(gas)
  const { execResult } = await evm.runCall({
    to: to === undefined ? undefined : createAddressFromString(to),
    ...(from === undefined ? {} : { caller: createAddressFromString(from) }),
    data: hexToBytes(data),
    gasLimit: wanted < gasCap ? wanted : gasCap,
    skipBalance: true,
  })
  const output = `0x${Buffer.from(execResult.returnValue).toString('hex')}`
  const { exceptionError } = execResult
  if (exceptionError?.error === 'revert') throw new RpcError(3, 'execution reverted', output)
  if (exceptionError) throw new RpcError(-32000, String(exceptionError.error))
  return output
}
