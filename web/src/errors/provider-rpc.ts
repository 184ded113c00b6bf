// What the EIP-1193 provider throws. Its code is a number, as libraries expect of providers, so it is
// no `ForerunError`; the `ForerunError` that it may stand for is its cause.

import { ForerunError } from './forerun-error.js'
import type { StateSourceError } from './state-source.js'

/** Codes of [EIP-1193](https://eips.ethereum.org/EIPS/eip-1193) and of JSON-RPC. */
export const codes = {
  unsupported: 4200,
  disconnected: 4900,
  invalidRequest: -32600,
  invalidParams: -32602,
  internal: -32603,
} as const

/**
 * What `simulator.provider` throws: the error of a node, under the node's code. `code` 3 is a revert,
 * 4200 a method that is not to be had, 4900 a simulator that is at its end.
 *
 * @example
 * ```ts
 * import { createSimulator, ProviderRpcError, snapshot } from 'forerun'
 *
 * const simulator = await createSimulator({
 *   source: snapshot({ chainId: 1, fork: 'OSAKA', accounts: {} }),
 * })
 * try {
 *   await simulator.provider.request({ method: 'eth_accounts' })
 * } catch (error) {
 *   if (error instanceof ProviderRpcError) console.log(error.code, error.message) // 4200 ...
 * }
 * await simulator.dispose()
 * ```
 */
export class ProviderRpcError extends Error {
  /** As EIP-1193, JSON-RPC and execution clients have them. */
  readonly code: number
  /** What a contract reverted with, as 0x data, or what else a server said. Not there without it. */
  declare readonly data?: unknown

  constructor(
    { code, message, data }: { code: number; message: string; data?: unknown },
    options: { cause?: unknown } = {},
  ) {
    super(message, options)
    this.name = 'ProviderRpcError'
    this.code = code
    // Libraries look for errors that have data by asking whether there is such a property.
    if (data !== undefined) this.data = data
  }
}

/** An error of this package as a provider's. */
export function asProviderError(error: unknown, hasEnded: boolean): ProviderRpcError {
  if (error instanceof ProviderRpcError) return error
  const message =
    error instanceof ForerunError
      ? [error.shortMessage, error.details].join(' ').trim()
      : String(error)
  return new ProviderRpcError({ code: codeOf(error, hasEnded), message }, { cause: error })
}

const codeOf = (error: unknown, hasEnded: boolean): number => {
  if (hasEnded) return codes.disconnected
  if (!(error instanceof ForerunError)) return codes.internal
  switch (error.code) {
    case 'INVALID_REQUEST':
      return codes.invalidParams
    case 'STATE_SOURCE':
      return (error as StateSourceError).rpcCode ?? codes.internal
    default:
      return codes.internal
  }
}
