// Builds the demo's data: runs the deployment through our own executor and writes what it left behind
// to demo/snapshot.json, and the bundle to demo/bundle.json. Both are committed; with --check nothing is
// written and any difference from the committed files is an error.

import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { toHex } from 'viem'
import { bundle } from './bundle.mjs'
import { chainId, contracts, people, pools, tokens } from './cast.mjs'
import { deployment, environment, gasPrice } from './deployment.mjs'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Quantities as minimal hex, as in JSON-RPC. */
const json = (value, indent) =>
  JSON.stringify(value, (_, entry) => (typeof entry === 'bigint' ? toHex(entry) : entry), indent)

/** Runs blocks on the native executor, in parallel and in sequence, which must agree. */
function run(plan) {
  const program = ['run', '--quiet', '--package', 'forerun-cli', '--example', 'deploy']
  return new Promise((resolve, reject) => {
    const child = execFile(
      'cargo',
      program,
      { cwd: root, maxBuffer: 1 << 26, timeout: 20 * 60_000 },
      (error, stdout, stderr) => {
        if (error)
          reject(new Error(`the deployment did not run: ${stderr.trim() || error.message}`))
        else resolve(JSON.parse(stdout))
      },
    )
    child.stdin.end(json(plan))
  })
}

/** The deployed state, in the form that `snapshot()` takes. It fails if any deployment did. */
function snapshotOf(ran) {
  for (const [n, { results }] of ran.blocks.entries()) {
    const index = results.findIndex(({ status }) => status !== 'success')
    if (index >= 0) {
      throw new Error(`transaction ${index} of block ${n} ended as ${json(results[index])}`)
    }
  }
  const last = deployment.blocks.length - 1
  const { transactions: _, ...block } = deployment.blocks[last]
  const sorted = Object.entries(ran.accounts).sort(([a], [b]) => (a < b ? -1 : 1))
  return {
    chainId,
    fork: deployment.fork,
    block: {
      ...block,
      gasUsed: ran.blocks[last].gasUsed,
      difficulty: 0n,
      excessBlobGas: 0n,
      blobGasUsed: 0n,
    },
    accounts: Object.fromEntries(sorted),
    codes: ran.codes,
  }
}

/** What the page needs: sentences, requests, and names for the addresses that it shows. */
function pageBundle(entries) {
  return {
    names: Object.fromEntries([
      ...Object.entries(people).map(([name, { address }]) => [address.toLowerCase(), name]),
      ...Object.entries(tokens).map(([symbol, { address }]) => [address.toLowerCase(), symbol]),
      ...pools.map(({ assets, address }) => [address.toLowerCase(), `${assets.join('/')} pool`]),
      [contracts.weth.toLowerCase(), 'WETH'],
      [contracts.factory.toLowerCase(), 'Pair factory'],
      [contracts.router.toLowerCase(), 'Router'],
      [contracts.nft.toLowerCase(), 'Fossils'],
    ]),
    transactions: entries.map(({ sender, title, request }) => ({ sender, title, request })),
  }
}

/** Prints what the bundle does on the new state, for whoever changes it. */
async function tryOut(entries) {
  const transactions = entries.map(({ step: { from, to, data = '0x', value = 0n, gas } }) => ({
    from: from.address,
    to,
    data,
    value,
    gas,
    gasPrice,
  }))
  const trial = { ...environment(deployment.blocks.length), transactions }
  const ran = await run({ ...deployment, blocks: [...deployment.blocks, trial] })
  const { results, gasUsed } = ran.blocks[ran.blocks.length - 1]
  for (const [index, { status, gasUsed: gas, output }] of results.entries()) {
    const { sender, title } = entries[index]
    const reason = status === 'success' ? '' : output
    console.log(
      `${String(index).padStart(2)} ${status.padEnd(8)} ${BigInt(gas)} ${sender} ${title} ${reason}`,
    )
  }
  console.log(`gas used by the bundle: ${BigInt(gasUsed)}`)
}

const [mode] = process.argv.slice(2)
const entries = await bundle()
if (mode === '--try') await tryOut(entries)
const files = {
  'snapshot.json': `${json(snapshotOf(await run(deployment)), 1)}\n`,
  'bundle.json': `${json(pageBundle(entries), 1)}\n`,
}
for (const [name, content] of Object.entries(files)) {
  const url = new URL(`../${name}`, import.meta.url)
  if (mode === '--check') {
    if ((await readFile(url, 'utf8')) !== content) {
      console.error(
        `demo/${name} is not what demo/contracts/build.mjs makes; run it and commit the result`,
      )
      process.exitCode = 1
    }
  } else {
    await writeFile(url, content)
    console.log(`demo/${name}: ${Buffer.byteLength(content)} bytes`)
  }
}
