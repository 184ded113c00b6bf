// What can be heard of a start and of a call while they are under way. The worker says nothing of
// calls and of loading unless somebody listens; steps of a start it says in any case, since time
// limits name them.

import { InvalidRequestError } from './errors/request.js'
import type { Action, Build, StartStep } from './protocol.js'
import type { BlockReference } from './state/resolve-block.js'

/** How many pieces of state are asked for, by kind. */
export type AskedCounts = {
  /** Balance, nonce and code of so many. */
  accounts: number
  /** Slots of storage. */
  slots: number
  /** Codes by their hash. */
  codes: number
  /** What BLOCKHASH answers. */
  blockHashes: number
}

/** How far an engine's start has come. */
export type StartProgress =
  /** A step begins. A start that falls back to one thread goes through the steps again. */
  | {
      /** Which event it is. */
      type: 'starting'
      /** What starts. */
      build: Build
      /** What comes now. */
      step: StartStep
    }
  /** More of the wasm file is here. */
  | {
      /** Which event it is. */
      type: 'loading'
      /** The file. */
      url: string
      /** Bytes so far, uncompressed. */
      loaded: number
      /** Bytes in all; absent where the server does not say, as with files that it compresses. */
      total?: number | undefined
    }

/** What the worker does for a call. */
export type CallStage =
  /** It looks for the block to move to. */
  | {
      /** Which event it is. */
      type: 'block'
      /** The block, as it was asked for. */
      block: BlockReference
    }
  /**
   * It runs what was asked for, as far as the state that is known allows. Passes are counted from 1; a
   * snapshot takes one.
   */
  | {
      /** Which event it is. */
      type: 'executing'
      /** Which pass begins. */
      pass: number
    }
  /** It asks servers for state. Waves are counted from 1. */
  | {
      /** Which event it is. */
      type: 'wave'
      /** Whether it begins or ends. */
      phase: 'begin'
      /** Which wave. */
      wave: number
      /** What is asked for in it, as far as that is known by then. */
      asked: AskedCounts
    }
  /** The servers have answered. A wave that fails has no end: the call rejects. */
  | {
      /** Which event it is. */
      type: 'wave'
      /** Whether it begins or ends. */
      phase: 'end'
      /** Which wave. */
      wave: number
      /** What was asked for in it. */
      asked: AskedCounts
      /** Requests to servers, repeated ones included. */
      requests: number
      /** Bytes of their bodies. */
      bytes: {
        /** Of requests. */
        sent: number
        /** Of answers. */
        received: number
      }
      /** How long the wave took. */
      milliseconds: number
    }

/**
 * How far a call has come. Calls are worked off one after the other, so events of two are never mixed.
 * Where an engine had to be ended for the sake of another call, this one begins anew, and so do its
 * numbers.
 */
export type CallProgress = {
  /** Which call it is of. */
  action: Action
} & CallStage

/** How far a start or a call has come; told apart by `type`. */
export type Progress = StartProgress | CallProgress

/** Does something with an error that nobody waits for. */
export type ReportError = (error: unknown) => void

/**
 * One listener for all of these that are there, or `undefined`. What one of them throws is reported and
 * keeps neither the others nor the call from anything.
 */
export function together<P>(
  listeners: readonly (((progress: P) => void) | undefined)[],
  report: ReportError,
): ((progress: P) => void) | undefined {
  const all = listeners.filter((listener) => listener !== undefined)
  if (all.length === 0) return undefined
  return (progress) => {
    for (const listener of all)
      try {
        listener(progress)
      } catch (error) {
        report(error)
      }
  }
}

/** Refuses what cannot be called. */
export function checkListener(onProgress: unknown): void {
  if (onProgress !== undefined && typeof onProgress !== 'function')
    throw new InvalidRequestError({
      field: 'onProgress',
      value: onProgress,
      reason: 'not a function',
    })
}
