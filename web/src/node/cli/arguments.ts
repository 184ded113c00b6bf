// From the words of a command line to what is to be done.

import { type ParseArgsConfig, parseArgs } from 'node:util'
import { maximumThreads } from '../../check-parameters.js'
import { type BlockReference, type ForkName, http, InvalidRequestError } from '../../index.js'
import type { HttpSource } from '../../sources/http.js'
import { forkNames } from '../../state/chains.js'
import { UsageError } from './input-error.js'

/** Where state is read, as the command line has it. */
export type StateOption =
  | {
      type: 'rpc'
      source: HttpSource
      block: BlockReference | undefined
      chain: { id: number | undefined; fork: ForkName | undefined }
    }
  | { type: 'file'; file: string }

type Common = {
  /** The file with what is to be run; `-` is standard input. */
  file: string
  /** Whether one JSON document is wanted. */
  json: boolean
  threads: number | undefined
}

/** `forerun simulate` */
export type SimulateCommand = Common & {
  name: 'simulate'
  state: StateOption
  timeline: boolean
  replayKey: boolean
}

/** `forerun replay` */
export type ReplayCommand = Common & { name: 'replay' }

/** What is to be done. */
export type Command = { name: 'help' } | { name: 'version' } | SimulateCommand | ReplayCommand

type Options = NonNullable<ParseArgsConfig['options']>

const common = {
  help: { type: 'boolean', short: 'h' },
  json: { type: 'boolean' },
  threads: { type: 'string' },
} as const satisfies Options

const ofSimulate = {
  ...common,
  rpc: { type: 'string', multiple: true },
  state: { type: 'string' },
  block: { type: 'string' },
  chain: { type: 'string' },
  fork: { type: 'string' },
  timeline: { type: 'boolean' },
  'replay-key': { type: 'boolean' },
} as const satisfies Options

/** Reads a command line; throws a `UsageError` that names what is wrong. */
export function parseCommand(words: readonly string[]): Command {
  const [first, ...rest] = words
  switch (first) {
    case undefined:
      throw new UsageError('no command; "forerun --help" shows what there is')
    case '--help':
    case '-h':
    case 'help':
      return { name: 'help' }
    case '--version':
    case '-V':
      return { name: 'version' }
    case 'simulate':
      return parseSimulate(rest)
    case 'replay':
      return parseReplay(rest)
    default:
      throw new UsageError(`"${first}" is no command; "forerun --help" shows what there is`)
  }
}

const parseSimulate = (words: string[]): Command => {
  const { values, positionals } = parse(words, ofSimulate)
  if (values.help === true) return { name: 'help' }
  const { rpc, state, timeline = false } = values
  const replayKey = values['replay-key'] ?? false
  const command = {
    name: 'simulate',
    ...commonOf('simulate', values, positionals),
    timeline,
    replayKey,
  } as const
  if ((rpc === undefined) === (state === undefined))
    throw new UsageError('simulate wants either --rpc URL or --state FILE')
  if (rpc !== undefined)
    return {
      ...command,
      state: {
        type: 'rpc',
        source: sourceOf(rpc),
        block: values.block === undefined ? undefined : blockOf(values.block),
        chain: {
          id: values.chain === undefined ? undefined : wholeNumber('--chain', values.chain),
          fork: values.fork === undefined ? undefined : forkOf(values.fork),
        },
      },
    }
  const file = state as string
  if (file === '-' && command.file === '-')
    throw new UsageError('the bundle and the state cannot both be read from standard input')
  for (const option of ['block', 'chain', 'fork', 'replay-key'] as const)
    if (values[option] !== undefined)
      throw new UsageError(
        `--${option} goes with --rpc: the file of --state says all of that itself`,
      )
  return { ...command, state: { type: 'file', file } }
}

const parseReplay = (words: string[]): Command => {
  const { values, positionals } = parse(words, common)
  if (values.help === true) return { name: 'help' }
  return { name: 'replay', ...commonOf('replay', values, positionals) }
}

const parse = <const T extends Options>(args: string[], options: T) => {
  try {
    return parseArgs({ args, options, allowPositionals: true, strict: true })
  } catch (cause) {
    throw new UsageError((cause as Error).message)
  }
}

const commonOf = (
  name: string,
  { json = false, threads }: { json?: boolean; threads?: string },
  positionals: readonly string[],
): Common => {
  const [file, ...more] = positionals
  if (file === undefined) throw new UsageError(`${name} wants a FILE, or - for standard input`)
  if (more.length > 0) throw new UsageError(`${name} takes one FILE; "${more[0]}" is one too many`)
  return {
    file,
    json,
    threads: threads === undefined ? undefined : threadsOf(threads),
  }
}

const wholeNumber = (option: string, given: string): number => {
  const value = /^(\d+|0x[0-9a-f]+)$/i.test(given) ? Number(given) : Number.NaN
  if (Number.isSafeInteger(value)) return value
  throw new UsageError(`${option} ${given}: not a whole number`)
}

const threadsOf = (given: string): number => {
  const value = wholeNumber('--threads', given)
  if (value >= 1 && value <= maximumThreads) return value
  throw new UsageError(`--threads ${given}: not from 1 to ${maximumThreads}`)
}

const sourceOf = (urls: string[]): HttpSource => {
  try {
    return http(urls)
  } catch (error) {
    if (!(error instanceof InvalidRequestError)) throw error
    throw new UsageError(`--rpc ${String(error.value)}: ${error.reason}`)
  }
}

const tags: readonly string[] = ['latest', 'safe', 'finalized', 'earliest']

const blockOf = (given: string): BlockReference => {
  if (/^\d+$/.test(given)) return BigInt(given)
  if (tags.includes(given) || /^0x([0-9a-f]{1,16}|[0-9a-f]{64})$/i.test(given))
    return given as BlockReference
  throw new UsageError(`--block ${given}: not a number, a hash or one of ${tags.join(', ')}`)
}

const forkOf = (given: string): ForkName => {
  const name = forkNames.find((each) => each === given.toUpperCase())
  if (name !== undefined) return name
  throw new UsageError(`--fork ${given}: not one of ${forkNames.join(', ')}`)
}
