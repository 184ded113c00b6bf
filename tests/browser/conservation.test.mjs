// Whatever the demo's bundle does, nothing may appear or vanish: what each holder has afterwards is what
// it had before plus what the logs say it received, and ether leaves the world only as base fee.

import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { decodeEventLog, encodeFunctionData, parseAbi } from 'viem'
import { browsers, openBrowser } from '../support/browsers.mjs'
import { addressOf, bundle, requests, snapshot } from '../support/demo-data.mjs'
import { openPage, openTestSite } from '../support/harness.mjs'

const abi = parseAbi([
  'function balanceOf(address owner) view returns (uint256)',
  'function ownerOf(uint256 id) view returns (address)',
  'event Transfer(address indexed from, address indexed to, uint256 value)',
  'event Deposit(address indexed to, uint256 value)',
  'event Withdrawal(address indexed from, uint256 value)',
])

/** Asks; not part of the world that is added up. */
const asker = '0x00000000000000000000000000000000000a5cee'
const tokens = ['AZR', 'BSL', 'CBT', 'DUN', 'WETH'].map((name) => addressOf[name])
const holders = Object.keys(snapshot.accounts).map((address) => address.toLowerCase())

const ask = (to, functionName, argument) => ({
  to,
  data: encodeFunctionData({ abi, functionName, args: [argument] }),
  gas: 100_000n,
})
/** Creation code whose output is the ether of an address. */
const askEther = (address) => ({ data: `0x73${address.slice(2)}315f5260205ff3`, gas: 120_000n })

/** What the logs of a bundle say each holder gained of each token. */
function gains(transactions) {
  const gained = new Map()
  const add = (token, holder, value) => {
    const key = `${token} ${holder.toLowerCase()}`
    gained.set(key, (gained.get(key) ?? 0n) + value)
  }
  for (const { topics, data, address } of transactions.flatMap(({ logs }) => logs)) {
    const token = address.toLowerCase()
    if (!tokens.includes(token)) continue
    let event
    try {
      event = decodeEventLog({ abi, topics, data })
    } catch {
      continue // an approval
    }
    const { from, to, value } = event.args
    if (from) add(token, from, -value)
    if (to) add(token, to, value)
  }
  return gained
}

for (const name of browsers) {
  describe(`the world around the bundle, in ${name}`, { timeout: 180_000 }, () => {
    let browser
    let site
    let perform
    let simulator
    /** The bundle alone, on all threads. */
    let ran
    before(async () => {
      browser = await openBrowser(name)
      site = await openTestSite()
      perform = await openPage(browser.driver, site.url)
      simulator = await perform('create', { state: snapshot, threads: 2 })
      assert.equal(simulator.mode, 'threads')
      ran = await perform('simulateBundle', { id: simulator.id, transactions: requests })
    })
    after(async () => {
      await browser?.quit()
      await site?.close()
    })

    /** The outputs of questions, asked after the given transactions. */
    async function answers(transactions, questions) {
      const gasPrice = ran.block.baseFeePerGas // nothing is left for the fee recipient
      const result = await perform('simulateBundle', {
        id: simulator.id,
        transactions: [
          ...transactions,
          ...questions.map((question) => ({ from: asker, gasPrice, ...question })),
        ],
        stateOverrides: [{ address: asker, balance: 10n ** 24n }],
      })
      return result.transactions.slice(transactions.length).map(({ status, output }, index) => {
        assert.equal(status, 'success', `question ${index}`)
        return output
      })
    }

    it('has the tokens that the logs account for, holder by holder', async () => {
      const created = ran.transactions.flatMap(({ contractAddress }) => contractAddress ?? [])
      const gained = gains(ran.transactions)
      const known = new Set([...holders, ...created.map((address) => address.toLowerCase())])
      // The pool that the bundle creates shows up as a holder in the logs only.
      for (const key of gained.keys()) known.add(key.split(' ')[1])
      known.delete(`0x${'0'.repeat(40)}`)
      const pairs = tokens.flatMap((token) => [...known].map((holder) => [token, holder]))
      const questions = pairs.map(([token, holder]) => ask(token, 'balanceOf', holder))
      const [earlier, later] = [await answers([], questions), await answers(requests, questions)]
      let moved = 0
      for (const [index, [token, holder]] of pairs.entries()) {
        const gain = gained.get(`${token} ${holder}`) ?? 0n
        if (gain !== 0n) moved += 1
        assert.equal(
          BigInt(later[index]) - BigInt(earlier[index]),
          gain,
          `${bundle.names[token]} of ${bundle.names[holder] ?? holder}`,
        )
      }
      assert.ok(moved >= 30, `only ${moved} balances changed`)
    })

    it('has lost just the base fee of the gas that was used', async () => {
      const coinbase = ran.block.coinbase.toLowerCase()
      const pool = [...gains(ran.transactions).keys()].map((key) => key.split(' ')[1])
      const everyone = [...new Set([...holders, ...pool, coinbase])]
      const later = await answers(requests, everyone.map(askEther))
      const sum = (values) => values.reduce((total, value) => total + value, 0n)
      const earlier = sum(Object.values(snapshot.accounts).map(({ balance }) => BigInt(balance)))
      assert.equal(earlier - sum(later.map(BigInt)), ran.gasUsed * ran.block.baseFeePerGas)
    })

    it('has the fossils with those to whom they were moved, and where nobody moved them', async () => {
      const owners = {
        0: 'Ben',
        1: 'Ivo',
        2: 'Pia',
        3: 'Dan',
        4: 'Fay',
        5: 'Gus',
        6: 'Fay',
        7: 'Nia',
      }
      const questions = Object.keys(owners).map((id) =>
        ask(addressOf.Fossils, 'ownerOf', BigInt(id)),
      )
      const found = await answers(requests, questions)
      assert.deepEqual(
        found.map((output) => bundle.names[`0x${output.slice(26).toLowerCase()}`]),
        Object.values(owners),
      )
    })
  })
}
