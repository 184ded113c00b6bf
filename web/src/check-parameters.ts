// What a simulator can be made of: every parameter is checked here before anything is started.

import type { CreateSimulatorParameters } from './create-simulator.js'
import { ThreadsUnavailableError } from './errors/life-cycle.js'
import { InvalidRequestError } from './errors/request.js'
import { checkFiles, type Files } from './files.js'
import { checkListener, type Progress } from './progress.js'
import type { RemoteSettings, StateOrigin } from './protocol.js'
import type { Eip1193Provider } from './sources/custom.js'
import type { Source } from './sources/source.js'
import { memory } from './state/cache/options.js'

/** The most threads a simulator takes. */
export const maximumThreads = 64
// Beyond eight, other rayon programs on the web got slower, not faster.
const maximumAutomaticThreads = 8
const defaultStartTimeout = 30_000
// 1 GiB: browsers that reserve the maximum up front refuse much more.
const defaultMaximumPages = 16_384

/** Parameters that were checked, with all that was left out filled in. */
export type Checked = {
  threads: number
  automatic: boolean
  requireThreads: boolean
  files: Files
  startTimeout: number
  maximumPages: number
  state: StateOrigin
  provider: Eip1193Provider | undefined
  remote: RemoteSettings
  lazy: boolean
  onProgress: ((progress: Progress) => void) | undefined
}

const known = new Set([
  'source',
  'block',
  'chain',
  'cache',
  'runAhead',
  'passThrough',
  'threads',
  'requireThreads',
  'workerUrl',
  'createWorker',
  'wasmUrl',
  'wasmBytes',
  'wasmModule',
  'startTimeout',
  'memory',
  'lazy',
  'onProgress',
  'signal',
])

/** Checks every parameter; the first that is wrong is refused by its name and value. */
export const check = (parameters: CreateSimulatorParameters, cores: () => number): Checked => {
  const refuse = (field: string, value: unknown, reason: string): InvalidRequestError =>
    new InvalidRequestError({ field, value, reason })
  for (const [field, value] of Object.entries(parameters))
    if (!known.has(field)) throw refuse(field, value, 'unknown field')

  const { source, threads = 'auto', requireThreads = false, lazy = false } = parameters
  if (typeof lazy !== 'boolean') throw refuse('lazy', lazy, 'not true or false')
  checkListener(parameters.onProgress)
  const { state, provider } = originOf(source, refuse)
  if (threads !== 'auto' && !isWholeNumber(threads, 1, maximumThreads))
    throw refuse(
      'threads',
      threads,
      `not 'auto' and not a whole number from 1 to ${maximumThreads}`,
    )
  const automatic = threads === 'auto'
  const count = automatic ? automaticThreads(cores()) : threads
  if (requireThreads && count === 1) {
    if (automatic) throw new ThreadsUnavailableError({ reason: 'one-core' })
    throw refuse('threads', threads, 'one thread cannot be had together with requireThreads')
  }
  const startTimeout = parameters.startTimeout ?? defaultStartTimeout
  // Timers count milliseconds in 31 bits; a longer one would fire at once.
  if (!isWholeNumber(startTimeout, 1, 2 ** 31 - 1))
    throw refuse('startTimeout', startTimeout, 'not a whole number of milliseconds of at least 1')
  const onlyBuild = count === 1 ? 'single' : requireThreads ? 'threads' : undefined

  return {
    threads: count,
    automatic,
    requireThreads,
    files: checkFiles(parameters, onlyBuild),
    startTimeout,
    maximumPages: maximumPagesOf(parameters.memory, refuse),
    state,
    provider,
    remote: remoteSettings(parameters, refuse),
    lazy,
    onProgress: parameters.onProgress,
  }
}

type Refuse = (field: string, value: unknown, reason: string) => InvalidRequestError

const originOf = (
  source: Source | undefined,
  refuse: Refuse,
): { state: StateOrigin; provider?: Eip1193Provider } => {
  switch (source?.type) {
    case 'snapshot':
      if (source.bytes instanceof Uint8Array) return { state: source }
      break
    case 'http':
      if (Array.isArray(source.endpoints)) return { state: source }
      break
    case 'custom':
      if (typeof source.provider?.request === 'function')
        return { state: { type: 'custom', options: source.options }, provider: source.provider }
  }
  throw refuse('source', source, 'not made by http(...), custom(...) or snapshot(...)')
}

const remoteSettings = (parameters: CreateSimulatorParameters, refuse: Refuse): RemoteSettings => {
  const { source, block = 'latest', chain = {}, cache = memory() } = parameters
  const { runAhead = true, passThrough = 'reads' } = parameters
  if (source.type === 'snapshot')
    for (const field of ['block', 'chain', 'cache', 'runAhead', 'passThrough'] as const)
      if (parameters[field] !== undefined)
        throw refuse(field, parameters[field], 'a snapshot is of one block and read at once')
  if (typeof chain !== 'object' || chain === null) throw refuse('chain', chain, 'not an object')
  if (!['memory', 'indexedDb', 'none'].includes(cache?.type))
    throw refuse('cache', cache, 'not made by memory(), indexedDb() or none()')
  if (typeof runAhead !== 'boolean') throw refuse('runAhead', runAhead, 'not true or false')
  if (!['none', 'reads', 'all'].includes(passThrough))
    throw refuse('passThrough', passThrough, "not 'none', 'reads' or 'all'")
  return { block, chain, cache, runAhead, passThrough }
}

const maximumPagesOf = (memory: CreateSimulatorParameters['memory'], refuse: Refuse): number => {
  if (memory === undefined) return defaultMaximumPages
  if (typeof memory !== 'object' || memory === null) throw refuse('memory', memory, 'not an object')
  for (const [field, value] of Object.entries(memory))
    if (field !== 'maximumPages') throw refuse(`memory.${field}`, value, 'unknown field')
  const { maximumPages = defaultMaximumPages } = memory
  if (!isWholeNumber(maximumPages, 256, 65_536))
    throw refuse('memory.maximumPages', maximumPages, 'not a whole number from 256 to 65536')
  return maximumPages
}

const automaticThreads = (cores: number): number =>
  cores < 2 ? 1 : Math.max(2, Math.min(cores - 1, maximumAutomaticThreads))

const isWholeNumber = (value: unknown, least: number, most: number): value is number =>
  Number.isInteger(value) && (value as number) >= least && (value as number) <= most
