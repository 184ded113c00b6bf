// Pointers that a server follows, where it does not, or says what makes no sense. What it says where it
// does is in `anvil.test.ts`.

import { expect, it } from 'vitest'
import { http } from '../../src/sources/http.js'
import { callsToFollow } from '../../src/state/follow/follow.js'
import { Follower } from '../../src/state/follow/follower.js'
import { type Keys, noKeys, noValues } from '../../src/state/keys.js'
import { createHttpTransport } from '../../src/state/transport.js'
import { address, calm, header, RpcFault, type ServerOptions, serve, slot } from './rpc-server.js'

const pin = { hash: header.hash, number: header.number }
const owner = address(0xcc)
const keys: Keys = { ...noKeys(), storage: { [owner]: [slot(1)] } }
const one = '0'.repeat(63)

/** Has a server follow. */
async function followed(options: ServerOptions, wave: Promise<unknown> = Promise.resolve()) {
  const server = await serve(options)
  const follower = new Follower(createHttpTransport(http(server.url)), pin)
  const asked = () => server.methods().filter((method) => method === 'eth_call').length
  const follow = (signal = calm()) => follower.follow(keys, () => wave, signal).following
  return { follow, asked }
}

/** A server with this answer to `eth_call`. */
const answering = (answer: () => unknown): ServerOptions => ({
  call: ({ method }) => (method === 'eth_call' ? answer() : undefined),
})

/** A server that never answers. */
const silent: ServerOptions = { request: () => true }

it('comes to nothing where a server has no such calls, and soon does not ask any more', async () => {
  for (const answer of [
    () => '0x',
    () => null,
    () => 7,
    () => `0x${'0'.repeat(64)}`,
    () => {
      throw new RpcFault(-32602, 'too many arguments, want at most 2')
    },
  ]) {
    const { follow, asked } = await followed(answering(answer))
    for (let wave = 0; wave < 4; wave++) await follow()
    expect(asked()).toBeLessThanOrEqual(2)
  }
})

it('takes nothing of an answer that is cut or says more than was asked', async () => {
  const word = (text: string) => text.padStart(64, '0')
  const contract = word('ab'.repeat(20)) + word('1') + word('2')
  for (const records of [
    contract,
    `${contract}60`,
    `${contract}6001ff`,
    word('ab'.repeat(20)) + word('1') + 'f'.repeat(64),
    word('0') + word('1') + word('2'),
  ]) {
    const { follow } = await followed(answering(() => `0x${one}1${records}`))
    expect(await follow()).toEqual(noValues())
  }
  const { follow } = await followed(answering(() => `0x${one}1${contract}6001`))
  expect(Object.keys((await follow())?.accounts ?? {})).toEqual([`0x${'ab'.repeat(20)}`])
})

it('is waited for only so long, and not for a third time', async () => {
  const { follow, asked } = await followed(silent)
  // Each of these ends, although the server never answers and nobody aborts.
  for (let wave = 0; wave < 3; wave++) expect(await follow()).toBeUndefined()
  expect(asked()).toBe(2)
})

it('ends with its signal', async () => {
  const control = new AbortController()
  const { follow } = await followed(silent, new Promise(() => {}))
  const following = follow(control.signal)
  control.abort()
  expect(await following).toBeUndefined()
})

it('names no address as a word of calldata has it', () => {
  const token = `0x${'7f'.repeat(20)}` as const
  const all = { [token]: [slot(0), slot(1)], [owner]: [slot(0)] }
  const asked = { ...noKeys(), accounts: [token, owner], storage: all }
  const calls = callsToFollow(asked, new Set([token]))
  expect(calls.length).toBe(2)
  const text = JSON.stringify(calls.map(({ params, after }) => [params, after]))
  expect(text).toContain('7f'.repeat(20))
  expect(text).not.toContain('0'.repeat(24) + '7f'.repeat(20))
})
