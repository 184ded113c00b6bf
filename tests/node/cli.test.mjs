// The command `forerun`, as a process of its own: what it prints, to whom, and what it ends with.

import assert from 'node:assert/strict'
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { createSimulator, http, snapshot } from 'forerun'
import { readBlock } from '../../tools/replay/blocks.mjs'
import { findCommand } from '../../tools/setup/places.mjs'
import { runCommand } from '../support/child.mjs'
import { contentOf } from '../support/remote/runtimes.mjs'
import * as tiny from '../support/remote/tiny.mjs'
import { noRecordedBlocks, withRecordedFiles } from '../support/rpc-server/recorded.mjs'
import { openRpcServer } from '../support/rpc-server/server.mjs'
import * as small from '../support/small-chain.mjs'

const repository = fileURLToPath(new URL('../..', import.meta.url))
const program = (root) => join(root, 'web', 'dist', 'node', 'cli', 'main.js')

const { address } = small.alice
/** Creation code that returns the balance of Bob, who has 1 at first. */
const probe = { from: address, data: `0x73${small.bob.slice(2)}315f5260205ff3`, gas: '200000' }
const payment = { from: address, to: small.bob, value: '0x1' }
/** Creation code that reverts with nothing, and one that jumps to its own beginning until gas is out. */
const reverting = { from: address, data: '0x5f5ffd', gas: 100_000 }
const endless = { from: address, data: '0x5b5f56', gas: 100_000 }

/** As the command writes it. */
const plain = (value) =>
  JSON.parse(
    JSON.stringify(value, (_, each) =>
      typeof each === 'bigint' ? `0x${each.toString(16)}` : each,
    ),
  )

/** Creation code that reverts with an `Error(string)` of these words. */
const complaining = (words) => {
  const text = Buffer.from(words).toString('hex')
  const word = (value) => value.toString(16).padStart(64, '0')
  const answer = `08c379a0${word(32)}${word(text.length / 2)}${text.padEnd(64, '0')}`
  // Copies what follows the nine bytes of code to the memory, and reverts with it.
  const length = (answer.length / 2).toString(16)
  return { from: address, data: `0x60${length}8060095f395ffd${answer}`, gas: 200_000 }
}

describe('the command', { timeout: 240_000 }, () => {
  let folder
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'forerun-cli-'))
    await file('state.json', small.snapshot)
  })
  after(() => rm(folder, { recursive: true, force: true }))

  const file = async (name, content) => {
    const text = typeof content === 'string' ? content : JSON.stringify(plain(content))
    await writeFile(join(folder, name), text)
    return name
  }
  const forerun = (words, options) =>
    runCommand(process.execPath, [program(repository), ...words], { folder, ...options })
  /** Simulates on the small chain; the bundle comes over standard input. */
  const simulate = (bundle, ...words) =>
    forerun(['simulate', '-', '--state', 'state.json', ...words], {
      input: typeof bundle === 'string' ? bundle : JSON.stringify(bundle),
    })

  describe('on a snapshot', () => {
    it('prints for people what the protocol says, without a code for terminals', async () => {
      await file('bundle.json', {
        transactions: [payment, await small.signedPayment({ nonce: small.aliceNonce + 1 })],
      })
      const words = ['simulate', 'bundle.json', '--state', 'state.json', '--threads', '1']
      const { code, stdout, stderr } = await forerun(words)
      assert.equal(stderr, '')
      assert.equal(code, 0)
      assert.match(stdout, /^block 101, /)
      const ends = `${address.slice(0, 6)}…${address.slice(-4)} → 0x0000…00b0`.toLowerCase()
      for (const index of [0, 1])
        assert.match(stdout, new RegExp(`^${index}  ${ends}  success  21,000$`, 'm'))
      assert.match(stdout, /^2 transactions: 2 succeeded; 42,000 gas$/m)
      assert.match(stdout, /^execution: 2 runs on 1 thread, /m)
      assert.equal(stdout.includes('\x1b'), false)
    })

    it('takes quantities as 0x strings, decimal strings and numbers', async () => {
      const large = '100000000000000000'
      const values = ['0x10', '100', 1000, large]
      const bundle = {
        transactions: [...values.map((value) => ({ ...payment, value })), probe],
        block: { timestamp: 1_800_000_000, number: '0x66', gasLimit: '30000000' },
      }
      const { code, stdout } = await simulate(bundle, '--json')
      assert.equal(code, 0, stdout)
      const { transactions, block } = JSON.parse(stdout)
      assert.equal(BigInt(transactions.at(-1).output), 1n + 16n + 100n + 1000n + BigInt(large))
      assert.deepEqual(
        [block.timestamp, block.number, block.gasLimit].map(Number),
        [1_800_000_000, 102, 30_000_000],
      )
    })

    it('prints as JSON what the API gives, and nothing else', async () => {
      const bundle = {
        transactions: [payment, probe, reverting],
        include: ['gasLimitNeeded', 'accessList'],
      }
      const simulator = await createSimulator({ source: snapshot(small.snapshot), threads: 2 })
      const expected = await simulator.simulateBundle(bundle)
      await simulator.dispose()
      const { code, stdout, stderr } = await simulate(bundle, '--json', '--threads', '2')
      assert.equal(stderr, '')
      assert.equal(code, 1)
      const found = JSON.parse(stdout)
      assert.deepEqual(contentOf(found), plain(contentOf(expected)))
      assert.deepEqual(Object.keys(found).sort(), Object.keys(plain(expected)).sort())
    })

    it('says which thread did what, if that is wanted', async () => {
      // Payments are so short that one thread does them all.
      const bundle = { transactions: Array.from({ length: 20 }, () => probe) }
      const { stdout } = await simulate(bundle, '--timeline', '--threads', '2')
      const work = stdout
        .split('\n')
        .filter((line) => /^ +[01] +\d+ +(ahead|direct|settle) /.test(line))
      assert.ok(work.length >= 20, stdout)
      const { report } = JSON.parse(
        (await simulate(bundle, '--timeline', '--threads', '2', '--json')).stdout,
      )
      assert.ok(report.timeline.length >= 20)
    })

    it('ends with 1 and says why where something reverts or halts', async () => {
      const bundle = { transactions: [payment, reverting, endless, complaining('no \x1b[31mluck')] }
      const { code, stdout } = await simulate(bundle)
      assert.equal(code, 1)
      assert.match(stdout, /^1 .* reverted .* without a reason$/m)
      assert.match(stdout, /^2 .* halted +100,000 +out of gas$/m)
      // What a contract says does nothing to a terminal.
      assert.match(stdout, /^3 .* reverted .* no \\u\{1b\}\[31mluck$/m)
      assert.match(stdout, /^4 transactions: 1 succeeded, 2 reverted, 1 halted; /m)
    })
  })

  describe('on the state of servers', () => {
    let server
    before(async () => {
      server = await openRpcServer({ states: [tiny.state, tiny.nextState], endpoints: 2 })
      await file('call.json', tiny.subject.request)
    })
    after(() => server?.close())

    const chain = ['--chain', String(tiny.chain.id), '--fork', 'prague']
    const remotely = (...words) =>
      forerun(['simulate', 'call.json', '--rpc', server.url, ...chain, ...words])
    const outputOf = ({ code, stdout, stderr }) => {
      assert.equal(code, 0, stderr)
      return JSON.parse(stdout).transactions[0].output
    }

    it('stands on the block that is named, by tag, number or hash', async () => {
      assert.equal(outputOf(await remotely('--json')), tiny.nextSum)
      for (const block of ['100', '0x64', tiny.state.hash])
        assert.equal(outputOf(await remotely('--json', '--block', block)), tiny.sum, block)
    })

    it('prints the block and what reading took, and as JSON what the API gives', async () => {
      const { code, stdout, stderr } = await remotely('--block', '100')
      assert.equal(code, 0, stderr)
      assert.equal(stderr, '')
      assert.match(stdout, /^on block 100 \(0x.{4}….{4}\) of chain 7357, PRAGUE$/m)
      assert.match(stdout, /^state: \d waves, \d requests, \d+ pieces asked for, .* kB received, /m)
      const simulator = await createSimulator({
        source: http(server.url),
        block: 100n,
        chain: tiny.chain,
      })
      const expected = await simulator.simulateBundle(tiny.subject.request)
      await simulator.dispose()
      const { base, ...found } = JSON.parse((await remotely('--block', '100', '--json')).stdout)
      assert.deepEqual(contentOf(found), plain(contentOf(expected)))
      assert.deepEqual(base, plain(simulator.block))
    })

    it('asks several', async () => {
      const [first, second] = server.urls
      const words = ['simulate', 'call.json', '--rpc', first, '--rpc', second, ...chain, '--json']
      server.log.clear()
      assert.equal(outputOf(await forerun(words)), tiny.nextSum)
    })

    it('ends with 3 where state cannot be read, and says which', async () => {
      const { code, stderr } = await remotely('--block', '999')
      assert.equal(code, 3)
      assert.match(stderr, /^forerun: .*0x3e7/)
      const broken = await openRpcServer({
        states: [tiny.state],
        faults: [{ fault: 'error', code: -32000, message: 'no \x1b[2Jstate' }],
      })
      try {
        const words = ['simulate', 'call.json', '--rpc', broken.url, '--json']
        const found = await forerun(words)
        assert.equal(found.code, 3)
        assert.match(found.stderr, /State could not be read: eth_\w+ at http:/)
        assert.equal(found.stderr.includes('\x1b'), false)
        const { error } = JSON.parse(found.stdout)
        assert.equal(error.code, 'STATE_SOURCE')
        assert.equal(error.rpcCode, -32000)
        assert.ok(error.attempts > 0)
      } finally {
        await broken.close()
      }
    })

    it('ends with 130 on Ctrl-C, at once and without a word', async () => {
      const silent = await openRpcServer({
        states: [tiny.state],
        faults: [{ fault: 'hang', where: 'headers' }],
      })
      try {
        const words = ['simulate', 'call.json', '--rpc', silent.url, '--json']
        let interrupted
        const found = await forerun(words, {
          during: async (child) => {
            await questionTo(silent)
            interrupted = performance.now()
            child.kill('SIGINT')
          },
        })
        assert.deepEqual([found.code, found.output], [130, ''])
        // Less than the limit of the start, which would have ended it too.
        assert.ok(performance.now() - interrupted < 20_000)
      } finally {
        await silent.close()
      }
    })

    describe('taken along', () => {
      let run
      before(async () => {
        const { stdout, stderr } = await remotely('--block', '100', '--json', '--replay-key')
        assert.equal(stderr, '')
        run = JSON.parse(stdout)
        await file('run.json', run)
      })

      it('comes out the same, offline', async () => {
        const asked = server.log.requests().length
        for (const threads of ['1', '2']) {
          const words = ['replay', 'run.json', '--threads', threads]
          const { code, stdout, stderr } = await forerun(words)
          assert.equal(stderr, '')
          assert.equal(code, 0, stdout)
          assert.match(stdout, /^it came out the same$/m)
          const { same, differences, result } = JSON.parse(
            (await forerun([...words, '--json'])).stdout,
          )
          assert.deepEqual([same, differences], [true, []])
          assert.equal(result.transactions[0].output, tiny.sum)
        }
        assert.equal(server.log.requests().length, asked)
      })

      it('comes out otherwise where the record says otherwise, which ends with 1', async () => {
        const { gasUsed, logs: _, ...rest } = run.transactions[0]
        const wrong = { ...rest, gasUsed: '0x5208' }
        await file('wrong.json', { ...run, transactions: [wrong] })
        const { code, stdout } = await forerun(['replay', 'wrong.json', '--json'])
        assert.equal(code, 1)
        const { same, differences } = JSON.parse(stdout)
        assert.equal(same, false)
        assert.deepEqual(
          differences.sort((one, other) => (one.field < other.field ? -1 : 1)),
          [
            { field: 'transactions[0].gasUsed', recorded: '0x5208', now: gasUsed },
            { field: 'transactions[0].logs', now: [] },
          ],
        )
        const found = await forerun(['replay', 'wrong.json'])
        assert.equal(found.code, 1)
        assert.match(found.stdout, /^it came out otherwise: 2 differences$/m)
        assert.match(found.stdout, /^transactions\[0\]\.gasUsed +0x5208 +0x/m)
      })

      it('comes out the same with what had reverted, which is as it should be', async () => {
        const [call] = tiny.subject.request.transactions
        await file('reverts.json', {
          transactions: [call, { from: call.from, data: reverting.data, gas: 100_000 }],
        })
        const words = ['simulate', 'reverts.json', '--rpc', server.url, ...chain]
        const recorded = await forerun([...words, '--json', '--replay-key'])
        assert.equal(recorded.code, 1, recorded.stderr)
        const again = await forerun(['replay', '-', '--json'], { input: recorded.stdout })
        assert.equal(again.code, 0, again.stderr)
        assert.equal(JSON.parse(again.stdout).same, true)
        // Without the result that it had, it is a simulation like any other.
        const input = JSON.stringify(JSON.parse(recorded.stdout).replayKey)
        assert.equal((await forerun(['replay', '-'], { input })).code, 1)
      })

      it('has nothing to compare with where it is the key alone', async () => {
        const input = JSON.stringify(run.replayKey)
        const { code, stdout } = await forerun(['replay', '-'], { input })
        assert.equal(code, 0)
        assert.match(stdout, /^there is no recorded result to compare with$/m)
        const found = await forerun(['replay', '-', '--json'], { input })
        assert.equal(JSON.parse(found.stdout).same, null)
      })

      it('ends with 3 where it asks for state that the key does not hold', async () => {
        const { snapshot: state, request } = run.replayKey
        const [transaction] = request.transactions
        const elsewhere = { ...transaction, to: small.stranger }
        const input = JSON.stringify({
          snapshot: state,
          request: { ...request, transactions: [elsewhere] },
        })
        const { code, stderr } = await forerun(['replay', '-'], { input })
        assert.equal(code, 3)
        assert.match(stderr, new RegExp(`State is missing: address ${small.stranger}`))
      })
    })
  })

  describe('with a recorded block', { skip: noRecordedBlocks }, () => {
    // Byzantium, with a receipts root and a bloom in its header.
    const number = 4370000
    let recorded
    before(async () => {
      recorded = await withRecordedFiles([number], ([path], codes) => readBlock(path, codes))
      await file('block.json', { state: recorded.state, ...recorded.request })
    })

    it('finds the gas, the receipts root and the bloom of the header', async () => {
      const { code, stdout, stderr } = await forerun(['replay', 'block.json', '--threads', '2'])
      assert.equal(stderr, '')
      assert.equal(code, 0, stdout)
      const gas = Number(recorded.request.block.header.gasUsed).toLocaleString('en-US')
      assert.match(stdout, new RegExp(`^block ${number}: \\d+ transactions, ${gas} gas$`, 'm'))
      for (const what of ['gas used', 'receipts root', 'logs bloom', 'parallel with one by one'])
        assert.match(stdout, new RegExp(`^${what} +the same$`, 'm'))
      assert.match(stdout, /^it came out the same$/m)
    })

    it('ends with 1 where the header says otherwise', async () => {
      const { header, ...rest } = recorded.request.block
      const receiptsRoot = `0x${'ab'.repeat(32)}`
      const block = { ...rest, header: { ...header, receiptsRoot } }
      await file('other.json', { state: recorded.state, block })
      const found = await forerun(['replay', 'other.json'])
      assert.equal(found.code, 1)
      assert.match(found.stdout, /^receipts root +differs$/m)
      assert.match(found.stdout, /^it came out otherwise: 1 difference$/m)
      const { code, stdout } = await forerun(['replay', 'other.json', '--json'])
      assert.equal(code, 1)
      const { same, differences } = JSON.parse(stdout)
      assert.equal(same, false)
      assert.deepEqual(differences, [
        { field: 'receiptsRoot', recorded: receiptsRoot, now: header.receiptsRoot },
      ])
    })
  })

  describe('that cannot be used', () => {
    const words = (line) => line.split(' ').filter(Boolean)
    const usages = {
      '': /no command/,
      conjure: /"conjure" is no command/,
      simulate: /wants a FILE/,
      'simulate state.json': /either --rpc URL or --state FILE/,
      'simulate a.json --state b.json --rpc http://127.0.0.1:1': /either --rpc URL or --state FILE/,
      'simulate a.json b.json --state c.json': /"b\.json" is one too many/,
      'simulate - --state -': /standard input/,
      'simulate a.json --state b.json --block 5': /--block goes with --rpc/,
      'simulate a.json --rpc ftp://127.0.0.1': /--rpc ftp:\/\/127\.0\.0\.1: neither http/,
      'simulate a.json --rpc http://127.0.0.1:1 --block soon': /--block soon: /,
      'simulate a.json --rpc http://127.0.0.1:1 --fork tomorrow': /--fork tomorrow: .*OSAKA/,
      'simulate a.json --rpc http://127.0.0.1:1 --chain main': /--chain main: /,
      'replay a.json --threads many': /--threads many: /,
      'replay a.json --threads 65': /--threads 65: .*64/,
      'replay a.json --colour': /--colour/,
      'replay missing.json': /missing\.json: there is no such file/,
      'simulate missing.json --state state.json': /missing\.json: there is no such file/,
      'replay .': /\.: is a folder/,
    }
    for (const [line, said] of Object.entries(usages))
      it(`ends with 2: forerun ${line}`, async () => {
        const { code, stdout, stderr } = await forerun(words(line))
        assert.equal(code, 2, stderr)
        assert.equal(stdout, '')
        assert.match(stderr, said)
        assert.equal(stderr.trim().split('\n').length, 1, stderr)
      })

    const inputs = {
      'no JSON': ['{', /standard input: is not JSON/],
      'no object': ['[]', /standard input: is not an object/],
      'a number that is not exact': [
        '{"transactions":[{"value":10000000000000000000}]}',
        /standard input: transactions\[0\]\.value: .*write it as a string/,
      ],
      'an unknown field': [{ transactions: [], colour: 'red' }, /standard input: .*colour = red/],
      'a signal': [{ transactions: [], signal: {} }, /standard input: signal: /],
      'a transaction that cannot be': [
        { transactions: [payment, { ...payment, nonce: 0 }] },
        /standard input: Transaction 1 is invalid: nonce = 0x0/,
      ],
    }
    for (const [name, [bundle, said]] of Object.entries(inputs))
      it(`ends with 2 for ${name}, and names it`, async () => {
        const { code, stdout, stderr } = await simulate(bundle, '--json')
        assert.equal(code, 2, stderr)
        assert.match(stderr, said)
        const { error } = JSON.parse(stdout)
        assert.match(error.code, /^(INPUT|INVALID_REQUEST|INVALID_TRANSACTION)$/)
        assert.equal(error.file, 'standard input')
      })

    it('ends with 2 for a state that cannot be read, and names its file', async () => {
      await file('odd.json', { ...small.snapshot, fork: 'TOMORROW' })
      const input = JSON.stringify({ transactions: [] })
      const { code, stderr } = await forerun(['simulate', '-', '--state', 'odd.json'], { input })
      assert.equal(code, 2)
      assert.match(stderr, /odd\.json: The snapshot is invalid: fork = TOMORROW/)
    })

    it('ends with 2 for what is no recording', async () => {
      const { code, stderr } = await forerun(['replay', 'state.json'])
      assert.equal(code, 2)
      assert.match(stderr, /state\.json: has neither a replayKey/)
    })
  })

  it('ends with 4 where the engine does not start', async () => {
    const broken = join(folder, 'broken')
    const dist = join(repository, 'web', 'dist')
    await mkdir(broken)
    await cp(join(repository, 'package.json'), join(broken, 'package.json'))
    await cp(dist, join(broken, 'web', 'dist'), {
      recursive: true,
      filter: (path) => !path.endsWith('.wasm'),
    })
    const words = [program(broken), 'simulate', '-', '--state', 'state.json', '--json']
    const input = JSON.stringify({ transactions: [payment] })
    const { code, stdout, stderr } = await runCommand(process.execPath, words, { folder, input })
    assert.equal(code, 4)
    assert.match(stderr, /could not start: .*\.wasm/)
    assert.equal(JSON.parse(stdout).error.code, 'START_FAILED')
  })

  it('says what there is, and which version it is', async () => {
    for (const words of [['--help'], ['simulate', '--help'], ['replay', '-h']]) {
      const { code, stdout, stderr } = await forerun(words)
      assert.deepEqual([code, stderr], [0, ''])
      for (const word of ['simulate FILE', 'replay FILE', '--rpc', '--json', 'Exit codes'])
        assert.ok(stdout.includes(word), word)
    }
    const { version } = JSON.parse(await readFile(join(repository, 'package.json'), 'utf8'))
    assert.deepEqual(await forerun(['--version']), {
      code: 0,
      stdout: `forerun ${version}\n`,
      stderr: '',
      output: `forerun ${version}\n`,
    })
  })

  // util-linux has a command that gives another one a terminal; that of other systems is called otherwise.
  const noTerminal =
    process.platform === 'linux' && findCommand('script') ? undefined : 'there is no script command'
  it('shows on a terminal what it does, and clears that away', { skip: noTerminal }, async () => {
    await file('one.json', { transactions: [payment] })
    const line = `"${process.execPath}" "${program(repository)}" simulate one.json --state state.json`
    const { code, output } = await runCommand('script', ['-qec', line, '/dev/null'], { folder })
    assert.equal(code, 0, output)
    const shown = output.split('\r\x1b[K')
    assert.ok(shown.includes(`loading the engine [${'#'.repeat(20)}] 100 %`), output)
    assert.equal(shown.at(-2), 'executing')
    assert.match(shown.at(-1), /^block 101, /)
    assert.equal(shown.at(-1).includes('\x1b'), false)
  })
})

/** Waits until a server has been asked for anything. */
async function questionTo(server) {
  const end = performance.now() + 20_000
  while (server.log.requests().length === 0) {
    assert.ok(performance.now() < end, 'the server was asked nothing')
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
