// `npm run soak`: simulates 100,000 different bundles in one simulator and looks at its memory after
// 1,000, 10,000 and all. Ends with 1 where memory still grew after 10,000. Options: --bundles N (at
// least 10,000), --browser NAME, --threads N.

import { mkdirSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { parseArgs } from 'node:util'
import { buildOrExit } from './build.mjs'
import { target } from './setup/places.mjs'
import { setUpOrExit } from './setup.mjs'
import { growth, isFlat } from './soak/flat.mjs'

const { values } = parseArgs({
  options: {
    bundles: { type: 'string', default: '100000' },
    browser: { type: 'string', default: 'chromium' },
    threads: { type: 'string', default: '2' },
  },
})
const [bundles, threads] = [Number(values.bundles), Number(values.threads)]
const settled = 10_000
if (!(Number.isInteger(bundles) && bundles >= settled))
  refuse(`--bundles ${values.bundles}: must be at least ${settled}`)
if (!(Number.isInteger(threads) && threads >= 2 && threads <= 64))
  refuse(`--threads ${values.threads}: must be 2 to 64`)
if (!['chromium', 'firefox'].includes(values.browser))
  refuse(`--browser ${values.browser}: must be chromium or firefox`)

await setUpOrExit({ tests: true })
await buildOrExit()
const { soak } = await import('./soak/soak.mjs')

const mebibytes = (bytes) => `${(bytes / 2 ** 20).toFixed(2)} MiB`
const milestones = [...new Set([1_000, settled, bundles])]
const started = performance.now()
const found = await soak({
  browser: values.browser,
  threads,
  milestones,
  onPortion: (done, bytes) => {
    if (milestones.includes(done) || done % settled === 0)
      console.log(`  after ${String(done).padStart(7)} bundles  ${mebibytes(bytes)}`)
  },
})
const seconds = (performance.now() - started) / 1000
console.log(
  `  ${bundles} bundles in ${seconds.toFixed(0)} s, ${values.browser}, ${threads} threads`,
)

const rows = found.map(({ bundles: count, bytes }) => ({
  ...{ bench: 'soak', case: `after-${count}`, runtime: values.browser, threads },
  ...{ metric: 'wasm_memory', unit: 'bytes', runs: 1, median: bytes, min: bytes, max: bytes },
}))
const file = join(target, 'bench', 'soak.json')
mkdirSync(join(target, 'bench'), { recursive: true })
writeFileSync(file, `${JSON.stringify({ rows }, undefined, 1)}\n`)
console.log(`  ${rows.length} rows in ${relative(process.cwd(), file)}`)
if (!isFlat(found, settled)) {
  console.log(`memory grew by ${mebibytes(growth(found, settled))} after ${settled} bundles`)
  process.exit(1)
}

function refuse(problem) {
  console.error(`soak: ${problem}`)
  process.exit(2)
}
