// A JSON-RPC server on loopback with a small chain, whose answers a test can spoil.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { onTestFinished } from 'vitest'
import { type HttpOptions, http } from '../../src/sources/http.js'
import { createReader, type StateReader } from '../../src/state/reader.js'
import type { Transport } from '../../src/state/rpc.js'
import { realSurroundings, type Surroundings } from '../../src/state/surroundings.js'
import { createHttpTransport, type TransportOptions } from '../../src/state/transport.js'

/** A call as it arrived. */
export type Call = { id: number; method: string; params: unknown[] }

/** Thrown by a handler: the error of the answer. */
export class RpcFault extends Error {
  constructor(
    readonly rpcCode: number,
    message: string,
  ) {
    super(message)
  }
}

/** A request as it arrived. */
export type Arrived = { calls: Call[]; batch: boolean; number: number; response: ServerResponse }

export type ServerOptions = {
  /** Answers one call; falls back to the small chain for `undefined`. */
  call?: (call: Call) => unknown
  /** Takes a whole request over if it gives back `true`. */
  request?: ((arrived: Arrived) => boolean | Promise<boolean>) | undefined
  /** Optional methods that are served. */
  optional?: readonly string[]
}

export type Server = {
  url: string
  /** The requests so far, each as its calls. */
  requests: Call[][]
  headers: IncomingMessage['headers'][]
  /** Methods of all calls so far. */
  methods(): string[]
  /** Requests whose answer has not ended and whose socket is open. */
  open(): number
}

export const hash = (byte: string): `0x${string}` => `0x${byte.repeat(32)}`
export const slot = (number: number): `0x${string}` => `0x${number.toString(16).padStart(64, '0')}`
export const address = (number: number): `0x${string}` =>
  `0x${number.toString(16).padStart(40, '0')}`

/** The block of the small chain. */
export const header = {
  number: '0x10',
  hash: hash('aa'),
  parentHash: hash('a9'),
  timestamp: '0x6900',
  gasLimit: '0x1c9c380',
  gasUsed: '0x0',
  baseFeePerGas: '0x7',
  miner: address(0xfee),
  mixHash: hash('33'),
  difficulty: '0x0',
  withdrawalsRoot: hash('44'),
  excessBlobGas: '0x0',
  blobGasUsed: '0x0',
  requestsHash: hash('55'),
} as const

export const emptyHash = '0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470'

/** Balance, nonce, code and slots follow from numbers, so that each answer can be told apart. */
export const chain = {
  balance: (of: string) => `0x${(BigInt(of) * 1000n).toString(16)}`,
  nonce: (of: string) => `0x${(BigInt(of) % 7n).toString(16)}`,
  code: (of: string) => (BigInt(of) % 2n === 0n ? `0x60${of.slice(-2)}` : '0x'),
  slot: (of: string, at: string) =>
    `0x${(BigInt(of) * 1_000_000n + BigInt(at)).toString(16).padStart(64, '0')}`,
}

/** Answers a call from the small chain. */
export function answer({ method, params }: Call, optional: readonly string[] = []): unknown {
  const [first, second] = params as [string, string]
  switch (method) {
    case 'eth_chainId':
      return '0x539'
    case 'eth_getBlockByHash':
      return first === header.hash ? { ...header, transactions: [] } : null
    case 'eth_getBlockByNumber': {
      if (first === 'latest' || first === header.number) return { ...header, transactions: [] }
      const number = BigInt(first)
      if (number > 16n) return null
      return { ...header, number: first, hash: hash(number.toString(16).padStart(2, '0')) }
    }
    case 'eth_getBalance':
      return chain.balance(first)
    case 'eth_getTransactionCount':
      return chain.nonce(first)
    case 'eth_getCode':
      return chain.code(first)
    case 'eth_getStorageAt':
      return chain.slot(first, second)
  }
  if (!optional.includes(method)) throw new RpcFault(-32601, `the method ${method} does not exist`)
  switch (method) {
    case 'eth_getAccountInfo':
      return { balance: chain.balance(first), nonce: chain.nonce(first), code: chain.code(first) }
    case 'eth_getStorageValues':
      return Object.fromEntries(
        Object.entries(first as unknown as Record<string, string[]>).map(([of, slots]) => [
          of,
          slots.map((at) => chain.slot(of, at)),
        ]),
      )
    case 'eth_getProof':
      return {
        address: first,
        accountProof: [],
        balance: chain.balance(first),
        nonce: chain.nonce(first),
        codeHash: chain.code(first) === '0x' ? emptyHash : hash('cc'),
        storageHash: hash('01'),
        storageProof: (params[1] as string[]).map((key) => ({
          // As geth has it: without leading zeros.
          key: `0x${BigInt(key).toString(16)}`,
          value: `0x${BigInt(chain.slot(first, key)).toString(16)}`,
          proof: [],
        })),
      }
  }
  throw new RpcFault(-32601, 'method not found')
}

/** Starts a server that is closed when the test ends. */
export async function serve(options: ServerOptions = {}): Promise<Server> {
  const requests: Call[][] = []
  const headers: IncomingMessage['headers'][] = []
  const sockets = new Set<Socket>()
  const open = new Set<ServerResponse>()
  const server = createServer(async (request, response) => {
    open.add(response)
    response.on('close', () => open.delete(response))
    try {
      const parts: Buffer[] = []
      for await (const part of request) parts.push(part as Buffer)
      const body = JSON.parse(Buffer.concat(parts).toString())
      const calls: Call[] = Array.isArray(body) ? body : [body]
      requests.push(calls)
      headers.push(request.headers)
      const arrived = {
        calls,
        batch: Array.isArray(body),
        number: requests.length,
        response,
      }
      if (await options.request?.(arrived)) return
      reply(
        arrived,
        calls.map((call) => answerOf(call, options)),
      )
    } catch {
      response.destroy()
    }
  })
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => server.close(resolve))
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    requests,
    headers,
    methods: () => requests.flat().map(({ method }) => method),
    open: () => open.size,
  }
}

/** The answer to one call. */
export function answerOf(call: Call, options: ServerOptions = {}): object {
  try {
    const result = options.call?.(call)
    return {
      jsonrpc: '2.0',
      id: call.id,
      result: result === undefined ? answer(call, options.optional) : result,
    }
  } catch (error) {
    if (!(error instanceof RpcFault)) throw error
    return { jsonrpc: '2.0', id: call.id, error: { code: error.rpcCode, message: error.message } }
  }
}

/** Sends answers as they should be sent. */
export function reply({ batch, response }: Arrived, answers: readonly unknown[]): true {
  response.setHeader('content-type', 'application/json')
  response.end(JSON.stringify(batch ? answers : answers[0]))
  return true
}

/** Sends something else. */
export function send(
  { response }: Arrived,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): true {
  response.writeHead(status, headers)
  response.end(typeof body === 'string' ? body : JSON.stringify(body))
  return true
}

/** Surroundings whose time runs faster, with a list of what would have been waited for. */
export function hurried(factor = 100): Surroundings & { waits: number[] } {
  const real = realSurroundings()
  const waits: number[] = []
  return {
    ...real,
    waits,
    now: () => real.now() * factor,
    random: () => 0.5,
    after: (milliseconds, action) => {
      waits.push(milliseconds)
      return real.after(milliseconds / factor, action)
    },
  }
}

// In hurried surroundings the usual limits would be over before a busy machine has answered. Tests of
// limits set their own.
const patient: HttpOptions = { timeout: 300_000, totalTimeout: 1_000_000, hedgeAfter: false }

/** A transport to some servers, closed when the test ends. */
export function connect(
  servers: readonly Server[],
  options: HttpOptions = {},
  more: TransportOptions = {},
): Transport {
  const transport = createHttpTransport(
    http(
      servers.map(({ url }) => url),
      { ...patient, ...options },
    ),
    more,
  )
  onTestFinished(() => transport.close())
  return transport
}

/** A reader of the small chain's block. */
export const readerOf = (transport: Transport): StateReader =>
  createReader(transport, {
    hash: header.hash,
    number: BigInt(header.number),
    header,
  })

/** A signal that never aborts. */
export const calm = (): AbortSignal => new AbortController().signal

/** Waits until something is so; the test's own time limit ends it. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5))
}
