// Which cache a simulator has, as plain data: it travels to the worker, which opens it.

import { InvalidRequestError } from '../../errors/request.js'

/** Where remote state is remembered. Made by {@link indexedDb}, {@link memory} or {@link none}. */
export type CacheOptions =
  | {
      /** Tells caches apart. */
      readonly type: 'indexedDb'
      /** Name of the database. */
      readonly name: string
      /** How much may be stored. */
      readonly maximumBytes: number
    }
  | {
      /** Tells caches apart. */
      readonly type: 'memory'
      /** How much may be stored. */
      readonly maximumBytes: number
    }
  | {
      /** Tells caches apart. */
      readonly type: 'none'
    }

/** What {@link indexedDb} can be told. */
export type IndexedDbOptions = {
  /** Name of the database; simulators with the same name share it, in all tabs of an origin. Default `forerun`. */
  name?: string | undefined
  /** How much may be stored before what was used least recently goes. Default 64 MiB, at least 1 MiB. */
  maximumBytes?: number | undefined
}

/** What {@link memory} can be told. */
export type MemoryOptions = {
  /** How much may be stored before what was used least recently goes. Default 32 MiB, at least 1 MiB. */
  maximumBytes?: number | undefined
}

const mebibyte = 1024 * 1024

/**
 * Remembers remote state in the browser's database, beyond the life of the page.
 *
 * Where the database is not to be had (private windows of some browsers, Node) or fails, simulations
 * go on without it. State is remembered by the hash of its block, so a development chain whose state
 * is changed without a new block needs {@link none}.
 *
 * @param options - Name of the database and how large it may become.
 * @returns A cache for `createSimulator`.
 *
 * @example
 * ```ts
 * import { createSimulator, http, indexedDb } from 'forerun'
 *
 * const simulator = await createSimulator({
 *   source: http('https://rpc.example.org'),
 *   cache: indexedDb({ maximumBytes: 16 * 1024 * 1024 }),
 * })
 * ```
 */
export function indexedDb(options: IndexedDbOptions = {}): CacheOptions {
  check('indexedDb', options, ['name', 'maximumBytes'])
  const { name = 'forerun' } = options
  if (typeof name !== 'string' || name === '')
    throw new InvalidRequestError({
      field: 'cache.name',
      value: name,
      reason: 'not a text of one character or more',
    })
  return { type: 'indexedDb', name, maximumBytes: bytesOf(options.maximumBytes ?? 64 * mebibyte) }
}

/**
 * Remembers remote state as long as the simulator lives.
 *
 * @param options - How large it may become.
 * @returns A cache for `createSimulator`.
 *
 * @example
 * ```ts
 * import { createSimulator, http, memory } from 'forerun'
 *
 * const simulator = await createSimulator({
 *   source: http('https://rpc.example.org'),
 *   cache: memory(),
 * })
 * ```
 */
export function memory(options: MemoryOptions = {}): CacheOptions {
  check('memory', options, ['maximumBytes'])
  return { type: 'memory', maximumBytes: bytesOf(options.maximumBytes ?? 32 * mebibyte) }
}

/**
 * Remembers nothing.
 *
 * @returns A cache for `createSimulator`.
 *
 * @example
 * ```ts
 * import { createSimulator, http, none } from 'forerun'
 *
 * const simulator = await createSimulator({
 *   source: http('http://127.0.0.1:8545'),
 *   cache: none(),
 * })
 * ```
 */
export function none(): CacheOptions {
  return { type: 'none' }
}

function check(maker: string, options: unknown, names: readonly string[]): void {
  if (typeof options !== 'object' || options === null)
    throw new InvalidRequestError({
      field: 'cache',
      value: options,
      reason: `the options of ${maker} are not an object`,
    })
  for (const [name, value] of Object.entries(options))
    if (!names.includes(name))
      throw new InvalidRequestError({
        field: `cache.${name}`,
        value,
        reason: `no such option, ${maker} knows ${names.join(' and ')}`,
      })
}

function bytesOf(value: unknown): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < mebibyte)
    throw new InvalidRequestError({
      field: 'cache.maximumBytes',
      value,
      reason: `not a whole number from ${mebibyte} on`,
    })
  return value
}
