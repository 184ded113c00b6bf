// Questions whose answers a test knows, put to servers of its own.

import type { HttpOptions } from '../../src/sources/http.js'
import type { RpcCall, Transport } from '../../src/state/rpc.js'
import {
  type Arrived,
  address,
  calm,
  chain,
  connect,
  header,
  hurried,
  type ServerOptions,
  serve,
} from './rpc-server.js'

/** Asks for the balance of a numbered account. */
export const balance = (of: number): RpcCall<string> => ({
  method: 'eth_getBalance',
  params: [address(of)],
  pinned: true,
  read: (result) => {
    if (typeof result !== 'string') throw new Error('not a balance')
    return result
  },
})
/** The block that is asked about. */
export const pin = { hash: header.hash, number: header.number }
/** 1, 2, 3 and so on. */
export const numbers = (count: number): number[] =>
  Array.from({ length: count }, (_, index) => index + 1)
/** What the first accounts have. */
export const balances = (count: number): string[] =>
  numbers(count).map((of) => chain.balance(address(of)))

/** Reads some balances. */
export const ask = async (transport: Transport, count = 5, signal = calm()): Promise<unknown[]> => {
  const outcomes = await transport.request(numbers(count).map(balance), { signal, pin })
  return outcomes.map((outcome) => outcome.ok && outcome.value)
}

/** A server, time that runs faster, and a transport to the server. */
export const setUp = async (options: ServerOptions, of: HttpOptions = {}, factor?: number) => {
  const server = await serve(options)
  const surroundings = hurried(factor)
  return { server, surroundings, transport: connect([server], of, { surroundings }) }
}

/** Takes the first `times` requests over, and answers the later ones well. */
export const first =
  (
    times: number,
    spoil: (arrived: Arrived) => boolean | Promise<boolean>,
  ): ServerOptions['request'] =>
  (arrived) =>
    arrived.number <= times && spoil(arrived)
