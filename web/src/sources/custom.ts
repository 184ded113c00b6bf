// A base state that is read through a wallet or another EIP-1193 provider.

import { InvalidRequestError } from '../errors/request.js'
import { checkRemoteOptions, type RemoteOptions } from './remote-options.js'

/** The one method of an [EIP-1193](https://eips.ethereum.org/EIPS/eip-1193) provider we use. */
export type Eip1193Provider = {
  /** Answers a call of a JSON-RPC method. */
  request(parameters: { method: string; params?: readonly unknown[] }): Promise<unknown>
}

/** Options of {@link custom}. */
export type CustomOptions = {
  /**
   * The most requests under way, 1 to 256.
   *
   * @defaultValue 32
   */
  concurrency?: number | undefined
  /**
   * Milliseconds one attempt may take.
   *
   * @defaultValue 10000
   */
  timeout?: number | undefined
  /**
   * Milliseconds one read may take with all its attempts.
   *
   * @defaultValue 60000
   */
  totalTimeout?: number | undefined
  /**
   * How often a failed request is repeated, 0 to 20.
   *
   * @defaultValue 4
   */
  retries?: number | undefined
}

/** A provider that state is read through. Made by {@link custom}. */
export type CustomSource = {
  /** Tells sources apart. */
  readonly type: 'custom'
  /** The provider itself, which stays on the page. */
  readonly provider: Eip1193Provider
  /** Complete: what was left out is filled in. */
  readonly options: RemoteOptions
}

/**
 * Reads the base state through an EIP-1193 provider, such as a wallet's. The provider stays where
 * it is; the engine's worker asks for each request by message.
 *
 * @param provider - An object with the method `request`.
 * @param options - Limits and retries.
 * @returns A source for `createSimulator`.
 *
 * @example
 * ```ts
 * import { createSimulator, custom, type Eip1193Provider } from 'forerun'
 *
 * declare const window: { ethereum: Eip1193Provider }
 *
 * const simulator = await createSimulator({ source: custom(window.ethereum) })
 * ```
 */
export function custom(provider: Eip1193Provider, options: CustomOptions = {}): CustomSource {
  if (typeof provider?.request !== 'function')
    throw new InvalidRequestError({
      field: 'provider',
      value: String(provider),
      reason: 'has no method request',
    })
  return {
    type: 'custom',
    provider,
    options: {
      ...checkRemoteOptions(options, ['concurrency', 'timeout', 'totalTimeout', 'retries']),
      batchLimit: 1,
      hedgeAfter: false,
    },
  }
}
