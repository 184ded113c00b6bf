// Remote state as the coordinator has it: a block that it is pinned to, servers to read from, and a
// cache of what was read.

import type { PassThrough, RemoteSettings, RpcReply, StateOrigin } from '../protocol.js'
import type { Eip1193Provider } from '../sources/custom.js'
import { type HashCode, type OpenCache, openCache, type StateCache } from '../state/cache/cache.js'
import { Follower } from '../state/follow/follower.js'
import type { Keys, Values } from '../state/keys.js'
import { createReader, type StateReader } from '../state/reader.js'
import { type BlockReference, type PinnedBlock, resolveBlock } from '../state/resolve-block.js'
import type {
  Capabilities,
  EndpointCapabilities,
  RpcCall,
  Statistics,
  Transport,
} from '../state/rpc.js'
import { createHttpTransport, createProviderTransport } from '../state/transport.js'
import { encodeText } from './json.js'

/** Where remote state comes from. */
export type RemoteOrigin = Exclude<StateOrigin, { type: 'snapshot' }>

/** What was read, and what may be true of what it points to. */
export type Read = { values: Values; followed: Values | undefined }

/** How keys are read. */
export type Reading = {
  signal: AbortSignal
  /** Takes what is known now. */
  take: (values: Values) => void
  /** Whether a server is asked what the keys point to. */
  follows: boolean
}

/** A call that is handed on. */
export type Question = Pick<RpcCall, 'method' | 'params' | 'pinned'>

// Of JSON-RPC.
const internalError = -32603

/** Pinned, what reads there, and what the cache has of the block. */
type Pinned = { block: PinnedBlock; reader: StateReader; follower: Follower; cache: StateCache }

/** State that is read from elsewhere. */
export class RemoteState {
  readonly runAhead: boolean
  /** What may be handed on. */
  readonly passThrough: PassThrough
  readonly #settings: RemoteSettings
  readonly #transport: Transport
  readonly #cache: OpenCache
  #pinned: Pinned | undefined

  /** Opens the cache and makes the transport; sends nothing yet. */
  static async open(
    origin: RemoteOrigin,
    settings: RemoteSettings,
    provider: Eip1193Provider,
    hashCode: HashCode,
  ): Promise<RemoteState> {
    const cache = openCache(settings.cache, hashCode)
    if (origin.type === 'custom')
      return new RemoteState(settings, createProviderTransport(provider, origin.options), cache)
    // What was found out about the same servers before.
    const first = createHttpTransport(origin)
    const capabilities: Capabilities = {}
    for (const name of Object.keys(first.capabilities())) {
      const facts = await cache.endpoint(name)
      if (facts !== undefined) capabilities[name] = facts as EndpointCapabilities
    }
    first.close()
    return new RemoteState(settings, createHttpTransport(origin, { capabilities }), cache)
  }

  private constructor(settings: RemoteSettings, transport: Transport, cache: OpenCache) {
    this.runAhead = settings.runAhead
    this.passThrough = settings.passThrough
    this.#settings = settings
    this.#transport = transport
    this.#cache = cache
  }

  /** Finds a block; nothing else is read there yet. */
  find(reference: BlockReference, signal?: AbortSignal): Promise<PinnedBlock> {
    return resolveBlock(this.#transport, reference, this.#settings.chain, signal)
  }

  /** Reads the state of this block from now on. */
  pin(block: PinnedBlock): void {
    const { chainId, hash, header } = block
    const pin = { hash, number: header.number }
    this.#pinned = {
      block,
      reader: createReader(this.#transport, block),
      follower: new Follower(this.#transport, pin, this.#pinned?.follower.failures),
      cache: this.#cache.at({ chainId, blockHash: hash, blockNumber: header.number }),
    }
  }

  /** The block that it is pinned to. */
  get block(): PinnedBlock {
    return this.#now().block
  }

  /** What the engine knows nothing else of: the chain and its rules at the block. */
  chain(): Record<string, unknown> {
    return chainAt(this.block)
  }

  /** What the cache has. */
  async look(keys: Keys): Promise<{ known: Values; predicted: Values }> {
    const { cache, follower } = this.#now()
    const looked = await cache.look(keys)
    follower.note(looked.known)
    return looked
  }

  /**
   * Reads from the servers, in one wave: hands over what is known now as soon as it is there, which
   * mostly is before a server has said what the keys point to, if one does and is to be asked.
   */
  async read(keys: Keys, { signal, take, follows }: Reading): Promise<Read> {
    const { reader, follower } = this.#now()
    const read = (): Promise<Values> => reader.read(keys, signal)
    const { reading, following } = follows
      ? follower.follow(keys, read, signal)
      : { reading: read(), following: undefined }
    const values = await reading
    signal.throwIfAborted()
    take(values)
    const followed = await following
    signal.throwIfAborted()
    return { values, followed }
  }

  /** Remembers what was read. It is written soon: before a wave is over it would only be in the way. */
  keep(values: Values): void {
    const { follower, cache } = this.#now()
    follower.note(values)
    cache.keep(values)
    for (const [name, found] of Object.entries(this.#transport.capabilities()))
      this.#cache.rememberEndpoint(name, found)
  }

  /**
   * Hands a call on as it is. With `pinned` the block that state is pinned to follows as the last
   * parameter. An error that a server answers with is the answer.
   */
  async handOn(question: Question, signal: AbortSignal): Promise<RpcReply> {
    const { hash, header } = this.block
    const call: RpcCall<RpcReply> = {
      ...question,
      read: (result) => ({ result }),
      readError: ({ code = internalError, ...said }) => ({ error: { code, ...said } }),
    }
    const pin = { hash, number: header.number }
    const [outcome] = await this.#transport.request([call], { signal, pin })
    if (outcome?.ok !== true) throw outcome?.error
    return outcome.value as RpcReply
  }

  /** What was sent and received so far. */
  get statistics(): Statistics {
    return this.#transport.statistics
  }

  #now(): Pinned {
    if (this.#pinned === undefined) throw new Error('remote state was used before it was pinned')
    return this.#pinned
  }
}

/** What the engine starts with at a block: its header and rules, and no state. */
export const configurationAt = (block: PinnedBlock): Uint8Array =>
  encodeText({ ...chainAt(block), accounts: {} })

const chainAt = ({ chainId, fork, blobParams, header }: PinnedBlock): Record<string, unknown> => ({
  chainId,
  fork,
  blobParams,
  block: header,
  complete: false,
})
