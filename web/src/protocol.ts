// Everything that passes between the page, the coordinator and the threads of the pool.
//
//   page ──start──▶ coordinator            compiles the wasm, makes the memory
//   page ◀─spawn─── coordinator            threads build only: hands out module and memory
//   page ──join───▶ thread 1..n            each instantiates the module on the shared memory
//   page ◀─joined── thread 1..n            and then blocks in wasm for good
//   page ─threads-ready▶ coordinator       builds the pool, reads the snapshot
//   page ◀─started─ coordinator
//   page ──call───▶ coordinator            blocks inside wasm while it works
//   page ◀─result── coordinator            or `failed`
//
// The page is the parent of every worker. A worker that is blocked in wasm sees no events, so a
// coordinator could neither notice that one of its threads died nor end it; the page is never
// blocked and does both. A thread can still post while it is blocked in wasm (a panic), and that
// too arrives at the page.
//
// This file is the only one that page and worker code share; it holds types and constants only.

/** Raised whenever a message changes, so that a stale cached worker is noticed and not misread. */
export const PROTOCOL_VERSION = 1

/** Which of the two wasm files runs. */
export type Build = 'threads' | 'single'

/** The steps of a start, in order. */
export type StartStep = 'worker' | 'wasm' | 'threads' | 'snapshot'

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
export type Action = 'simulateBundle' | 'replayBlock'

/** First message to the coordinator. */
export type StartMessage = {
  type: 'start'
  protocol: number
  build: Build
  wasmUrl: string
  threads: number
  maximumPages: number
  snapshot: Uint8Array
}

/** First message to a thread of the pool. */
export type JoinMessage = {
  type: 'join'
  protocol: number
  module: WebAssembly.Module
  memory: WebAssembly.Memory
  /** Address of the channel, in the shared memory, over which the thread receives its task. */
  receiver: number
}

/** What the coordinator receives. */
export type ToCoordinator =
  | StartMessage
  | { type: 'threads-ready' }
  | { type: 'call'; id: number; action: Action; request: Uint8Array }

/** What the coordinator posts. */
export type FromCoordinator =
  /** A step of the start begins; tells a time limit what it interrupted. */
  | { type: 'step'; step: StartStep }
  | { type: 'spawn'; module: WebAssembly.Module; memory: WebAssembly.Memory; receiver: number }
  | { type: 'started' }
  | { type: 'start-failed'; error: WireError }
  | { type: 'result'; id: number; value: unknown }
  | { type: 'failed'; id: number; error: WireError }
  /** The instance trapped; nothing of it may be used again. */
  | { type: 'panicked'; message: string }

/** What a thread of the pool posts. */
export type FromThread =
  | { type: 'joined' }
  | { type: 'join-failed'; error: WireError }
  | { type: 'panicked'; message: string }
