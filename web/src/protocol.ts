// Everything that passes between the page, the coordinator and the threads of the pool.
//
//   page ──start──▶ coordinator            compiles the wasm, makes the memory
//   page ◀─spawn─── coordinator            threads build only: hands out module and memory
//   page ──join───▶ thread 1..n            each instantiates the module on the shared memory
//   page ◀─joined── thread 1..n            and then blocks in wasm for good
//   page ─threads-ready▶ coordinator       builds the pool, reads the snapshot
//   page ◀─started─ coordinator
//   page ──call───▶ coordinator            blocks inside wasm while it works, and not while it waits
//                                          for state; calls are worked off in order
//   page ◀──ask──── coordinator            where state is read through a provider of the page
//   page ─answer──▶ coordinator
//   page ◀─working─ coordinator            on which call, from now on
//   page ◀progress─ coordinator            how far it has come, if somebody listens
//   page ──abort──▶ coordinator            ends a call; if one that is worked on is not `aborted` soon,
//   page ◀─aborted─ coordinator            since the coordinator is in wasm, the page ends the engine
//   page ◀─memory── coordinator            how large it is, where that has changed
//   page ◀─result── coordinator            or `failed`
//
// The page is the parent of every worker. A worker that is blocked in wasm sees no events, so a
// coordinator could neither notice that one of its threads died nor end it; the page is never
// blocked and does both. A thread can still post while it is blocked in wasm (a panic), and that
// too arrives at the page. That one is gone without a word shows by the lock it held (life-line.ts).
//
// Page and worker code share this file, the plain data of files, sources and caches, and the errors.

import type { CallStage } from './progress.js'
import type { HttpSource } from './sources/http.js'
import type { RemoteOptions } from './sources/remote-options.js'
import type { CacheOptions } from './state/cache/options.js'
import type { BlockReference, ChainOptions, PinnedBlock } from './state/resolve-block.js'
import type { WasmFile } from './wasm-file.js'

/** Raised whenever a message changes, so that a stale cached worker is noticed and not misread. */
export const PROTOCOL_VERSION = 5

/** Which of the two wasm files runs. */
export type Build = 'threads' | 'single'

/** How large the memory of an engine is, in bytes. */
export type MemoryFigures = {
  /**
   * What it had grown to when the engine last answered. It never shrinks, but what is free in it is
   * used again.
   */
  bytes: number
  /**
   * What the threaded build may grow to; browsers reserve all of it from the start. Less than
   * was asked for where the browser refused that. `undefined` in mode `single`, which reserves
   * nothing and may grow to 4 GiB.
   */
  maximumBytes: number | undefined
}

/** The steps of a start, in order. */
export type StartStep = 'worker' | 'wasm' | 'threads' | 'block' | 'snapshot'

/** Why threads cannot be had. */
export type ThreadsObstacle =
  | 'not-isolated'
  | 'no-atomics'
  | 'worker-failed'
  | 'memory'
  | 'one-core'

/** An error on the wire: its code, a message for logs, and its facts beside them. */
export type WireError = { code: string; message: string; [fact: string]: unknown }

/** What a session can be asked to do. */
export type Action = 'simulateBundle' | 'replayBlock' | 'setBlock' | 'rpc'

/** Where base state is read, as the worker has it. */
export type StateOrigin =
  | { type: 'snapshot'; bytes: Uint8Array }
  | HttpSource
  /** The provider itself stays on the page. */
  | { type: 'custom'; options: RemoteOptions }

/** What concerns remote state only. */
export type RemoteSettings = {
  block: BlockReference
  chain: ChainOptions
  cache: CacheOptions
  runAhead: boolean
  passThrough: PassThrough
}

/** What the provider hands on to the source: nothing, what is known to only read, or everything. */
export type PassThrough = 'none' | 'reads' | 'all'

/** What an action is given. */
export type Call = {
  action: Action
  /** UTF-8 JSON. */
  request: Uint8Array
  /** Whether the answer is to hold all that it takes to simulate the same again. */
  replayKey?: boolean | undefined
}

/** A call on its way to the coordinator. */
export type PostedCall = Call & {
  /** Whether somebody listens to how far it has come. */
  progress: boolean
}

/** First message to the coordinator. */
export type StartMessage = {
  type: 'start'
  protocol: number
  build: Build
  wasm: WasmFile
  threads: number
  maximumPages: number
  state: StateOrigin
  remote: RemoteSettings
  /** Whether somebody listens to how far the start has come. */
  progress: boolean
  /** The lock that it holds for life, where there are any. */
  line: string | undefined
}

/** First message to a thread of the pool. */
export type JoinMessage = {
  type: 'join'
  protocol: number
  module: WebAssembly.Module
  memory: WebAssembly.Memory
  /** Address of the channel, in the shared memory, over which the thread receives its task. */
  receiver: number
  /** The lock that it holds for life, where there are any. */
  line: string | undefined
}

/** What the coordinator receives. */
export type ToCoordinator =
  | StartMessage
  | { type: 'threads-ready' }
  | ({ type: 'call'; id: number } & PostedCall)
  | { type: 'abort'; id: number }
  | ({ type: 'answer'; id: number } & ProviderAnswer)

/** What a provider of the page said. */
export type ProviderAnswer =
  | { result: unknown }
  | { error: { code: number | undefined; message: string; data?: unknown } }

/** What a JSON-RPC call comes to. */
export type RpcReply =
  /** The engine's answer, as text. */
  | { json: string }
  /** What the source said. */
  | { result: unknown }
  | {
      error: { code: number; message: string; data?: unknown }
      /** What is to be said beside the words of a node. */
      cause?: WireError
    }

/** What the coordinator posts. */
export type FromCoordinator =
  /** A step of the start begins; tells a time limit what it interrupted. */
  | { type: 'step'; step: StartStep }
  /** More of the wasm file is here, if somebody listens. */
  | { type: 'loading'; loaded: number; total?: number | undefined }
  | { type: 'spawn'; module: WebAssembly.Module; memory: WebAssembly.Memory; receiver: number }
  /** How large memory is, before the first answer and then before each by which it has grown. */
  | ({ type: 'memory' } & MemoryFigures)
  /** With the block that remote state is pinned to. */
  | { type: 'started'; block?: PinnedBlock | undefined }
  | { type: 'start-failed'; error: WireError }
  /** It is this call's turn. */
  | { type: 'working'; id: number }
  /** How far it has come, if somebody listens. */
  | { type: 'progress'; id: number; stage: CallStage }
  | { type: 'result'; id: number; value: unknown }
  | { type: 'failed'; id: number; error: WireError }
  /** Nothing is done for this call any more. */
  | { type: 'aborted'; id: number }
  /** Remote state is of this block from now on, whether or not anybody still waits for it. */
  | { type: 'moved'; block: PinnedBlock }
  | { type: 'ask'; id: number; method: string; params: readonly unknown[] }
  /** The instance trapped; nothing of it may be used again. */
  | { type: 'panicked'; message: string }

/** What a thread of the pool posts. */
export type FromThread =
  | { type: 'joined' }
  | { type: 'join-failed'; error: WireError }
  | { type: 'panicked'; message: string }
