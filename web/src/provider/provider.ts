// The provider as a page has it. What it cannot decide itself, the worker does (worker/rpc.ts), in the
// order of the calls: which methods the engine answers, and which block is pinned by then.

import { asProviderError, codes, ProviderRpcError } from '../errors/provider-rpc.js'
import { rebuildError } from '../errors/rebuild.js'
import type { Hex } from '../hex.js'
import type { RpcReply } from '../protocol.js'
import type { Eip1193Provider } from '../sources/custom.js'
import type { ProviderHost } from '../supervisor.js'
import { encodeJson } from '../wire.js'
import { createListeners } from './events.js'

/** What {@link ForerunProvider} is asked. */
export type RequestArguments = {
  /** For example `eth_call`. */
  readonly method: string
  /** Its parameters, by position. */
  readonly params?: readonly unknown[] | object | undefined
}

/** The events of {@link ForerunProvider}, with what listeners are told. */
export type ProviderEvents = {
  /** The simulator answers. Who begins to listen hears it as soon as there is an engine. */
  connect: {
    /** The chain that is stood on. */
    chainId: Hex
  }
  /** The simulator was disposed of. An engine that dies is followed by another one. */
  disconnect: ProviderRpcError
  /** `setBlock` led to another chain, as when the user of a wallet has switched. */
  chainChanged: Hex
  /** From a wallet that is the source. */
  accountsChanged: readonly string[]
  /** From a wallet that is the source. */
  message: {
    /** What it is about, for example `eth_subscription`. */
    readonly type: string
    /** What it says. */
    readonly data: unknown
  }
}

/**
 * An [EIP-1193](https://eips.ethereum.org/EIPS/eip-1193) provider on a simulator. It stands on the
 * simulator's block: `latest`, `pending`, `safe` and `finalized` mean that one. Answers are those of a
 * node, and so are errors: a revert has the code 3 and carries its data.
 *
 * Calls are simulated here and never sent to the source, which is asked for state only. State of other
 * blocks, and what else only reads, comes from the source (`passThrough`). Methods of wallets go to the
 * wallet where the source is one. What is left fails with 4200.
 *
 * @example
 * ```ts
 * import { createSimulator, http } from 'forerun'
 * import { createPublicClient, custom, parseAbi } from 'viem'
 *
 * const simulator = await createSimulator({ source: http('https://rpc.example') })
 * const client = createPublicClient({ transport: custom(simulator.provider, { retryCount: 0 }) })
 * const supply = await client.readContract({
 *   address: '0x6b175474e89094c44da98b954eedeac495271d0f',
 *   abi: parseAbi(['function totalSupply() view returns (uint256)']),
 *   functionName: 'totalSupply',
 * })
 * console.log(supply)
 * await simulator.dispose()
 * ```
 */
export type ForerunProvider = {
  /** Answers a call of a JSON-RPC method; rejects with a {@link ProviderRpcError}. */
  request(parameters: RequestArguments): Promise<unknown>
  /** Begins to listen. */
  on<Name extends keyof ProviderEvents>(
    event: Name,
    listener: (told: ProviderEvents[Name]) => void,
  ): void
  /** Listens no longer. */
  removeListener<Name extends keyof ProviderEvents>(
    event: Name,
    listener: (told: ProviderEvents[Name]) => void,
  ): void
}

/** Makes the provider of a host. */
export function createProvider(host: ProviderHost): ForerunProvider {
  const listeners = createListeners<ProviderEvents>()
  let chain: number | undefined
  let hasEnded = false
  host.listen({
    moved: ({ chainId }) => {
      // Of the first one nobody has heard yet.
      if (chain !== undefined && chainId !== chain)
        listeners.tell('chainChanged', `0x${chainId.toString(16)}`)
      chain = chainId
    },
    ended: (reason) => {
      hasEnded = true
      listeners.tell('disconnect', asProviderError(reason, true))
    },
  })

  const request = async ({ method, params = [] }: RequestArguments): Promise<unknown> => {
    if (typeof method !== 'string' || method === '')
      throw invalid(codes.invalidRequest, 'the method is not named')
    if (isOfWallets(method)) return askWallet(host, hasEnded, method, params)
    if (!Array.isArray(params)) throw invalid(codes.invalidParams, 'params: not a list')
    const bytes = encodeJson({ method, params: params.map(orNull) }, ({ field, reason }) =>
      invalid(codes.invalidParams, `${field}: ${reason}`),
    )
    try {
      return unfold((await host.call({ action: 'rpc', request: bytes })) as RpcReply)
    } catch (error) {
      throw asProviderError(error, hasEnded)
    }
  }

  /** Wallets have events of their own. */
  const walletFor = (event: keyof ProviderEvents): EmittingWallet | undefined => {
    if (event !== 'accountsChanged' && event !== 'message') return undefined
    const wallet = host.passThrough === 'none' ? undefined : host.wallet
    return wallet as EmittingWallet | undefined
  }

  return {
    request,
    on: (event, listener) => {
      const wallet = walletFor(event)
      if (wallet !== undefined) return void wallet.on?.(event, listener as never)
      listeners.add(event, listener)
      if (event !== 'connect') return
      const only = listener as (told: ProviderEvents['connect']) => void
      request({ method: 'eth_chainId' }).then(
        (chainId) => listeners.tell('connect', { chainId: chainId as Hex }, only),
        // It is at its end, which `disconnect` tells.
        () => undefined,
      )
    },
    removeListener: (event, listener) => {
      walletFor(event)?.removeListener?.(event, listener as never)
      listeners.remove(event, listener)
    },
  }
}

type EmittingWallet = Eip1193Provider & {
  on?(event: string, listener: (told: never) => void): unknown
  removeListener?(event: string, listener: (told: never) => void): unknown
}

const invalid = (code: number, message: string): ProviderRpcError =>
  new ProviderRpcError({ code, message })

// As JSON has it.
const orNull = (value: unknown): unknown => value ?? null

const ofWallets =
  /^(wallet_\w+|personal_\w+|eth_(accounts|requestAccounts|coinbase|sendTransaction|sign\w*|decrypt|getEncryptionPublicKey))$/

const isOfWallets = (method: string): boolean => ofWallets.test(method)

/** Asks the wallet in its own words, and hands on in its own words what it says. */
const askWallet = (
  { wallet, passThrough }: ProviderHost,
  hasEnded: boolean,
  method: string,
  params: unknown,
): Promise<unknown> => {
  if (hasEnded) throw invalid(codes.disconnected, 'the simulator is at its end')
  if (wallet === undefined)
    throw invalid(codes.unsupported, `${method} is a wallet's to answer, and the source is none`)
  if (passThrough === 'none')
    throw invalid(codes.unsupported, `${method} is not handed on: passThrough is 'none'`)
  return wallet.request({ method, params: params as readonly unknown[] })
}

const unfold = (reply: RpcReply): unknown => {
  const answer =
    'json' in reply ? (JSON.parse(reply.json) as Exclude<RpcReply, { json: string }>) : reply
  if ('error' in answer) {
    const { error, cause } = answer
    throw new ProviderRpcError(error, cause === undefined ? {} : { cause: rebuildError(cause) })
  }
  return answer.result
}
