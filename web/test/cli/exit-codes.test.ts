import { describe, expect, it } from 'vitest'
import {
  BlockChangedError,
  BlockNotFoundError,
  EngineError,
  InvalidRequestError,
  InvalidSnapshotError,
  InvalidTransactionError,
  MissingStateError,
  StartError,
  StateSourceError,
  TimeoutError,
  WorkerLostError,
} from '../../src/index.js'
import { codeOfError } from '../../src/node/cli/exit-codes.js'
import { InputError, UsageError } from '../../src/node/cli/input-error.js'

const refused = { field: 'x', value: 1, reason: 'no' }
const endpoint = 'https://rpc.example/'
const timeout = (step: 'block' | 'threads') =>
  new TimeoutError({ step, url: 'file:///worker.js', milliseconds: 1 })

describe('the exit code', () => {
  it.each<[number, unknown]>([
    [2, new UsageError('no')],
    [2, new InputError({ file: '-', reason: 'no' })],
    [2, new InvalidRequestError(refused)],
    [2, new InvalidTransactionError({ index: 0, ...refused })],
    [2, new InvalidSnapshotError(refused)],
    [3, new MissingStateError({ address: '0x1' })],
    [3, new StateSourceError({ method: 'eth_getCode', endpoint, attempts: 5 })],
    [3, new BlockNotFoundError({ block: '0x1', endpoint })],
    [3, new BlockChangedError({ number: '0x1', expected: '0x2', found: '0x3', endpoint })],
    [3, timeout('block')],
    [4, timeout('threads')],
    [4, new StartError({ step: 'wasm', url: 'file:///forerun.wasm' })],
    [4, new WorkerLostError({ worker: 'a thread' })],
    [4, new EngineError()],
    [4, new TypeError('a bug')],
    [4, undefined],
  ])('is %i for %o', (code, error) => {
    expect(codeOfError(error)).toBe(code)
  })
})
