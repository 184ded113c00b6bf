// Pool threads that do nothing but allocate: how much more two of them get done than one.

import { fileURLToPath } from 'node:url'
import { allocationPlace } from '../../build/wasm.mjs'
import { buildAllocationOnes } from '../../build.mjs'
import { repository } from '../../setup/places.mjs'
import { round, rounded } from '../rows.mjs'
import { median, summary } from '../statistics.mjs'

const page = fileURLToPath(new URL('page', import.meta.url))
const counts = [1, 2]
const turns = 15
const warmUp = 3
const blocks = 400_000

export const allocation = {
  name: 'allocation',
  builds: buildAllocationOnes,
  async run(bench) {
    for (const { name: runtime } of bench.runtimes.filter(({ name }) => name !== 'native'))
      await bench.guard(`allocation, ${runtime}`, async () => {
        const found = await measure(runtime)
        for (const [allocator, times] of Object.entries(found))
          bench.add(allocationRows({ bench: bench.name, case: allocator, runtime }, times))
      })
  },
}

/** Nanoseconds a block, by allocator and then by threads. */
async function measure(browser) {
  const { folders } = await import('../../../tests/support/harness.mjs')
  const { openBench } = await import('../runtimes/browser.mjs')
  const variant = (name, path) => ({
    name,
    glue: `${path}forerun.js`,
    wasm: `${path}forerun_bg.wasm`,
  })
  const opened = await openBench(browser, {
    folders: {
      ...folders,
      '/page/': page,
      '/ours/': `${repository}/${allocationPlace(false)}`,
      '/plain/': `${repository}/${allocationPlace(true)}`,
    },
  })
  try {
    await opened.perform('load', {
      threads: Math.max(...counts),
      variants: [variant('ours', '/ours/'), variant('plain', '/plain/')],
    })
    await opened.perform('measure', { turns: warmUp, counts, rounds: blocks })
    return await opened.perform('measure', { turns, counts, rounds: blocks })
  } finally {
    await opened.close()
  }
}

/**
 * Rows of one allocator: nanoseconds a block, of all threads together, so that with two it is half of
 * what it is with one where neither hinders the other.
 * @param {Record<number, number[]>} times by threads
 */
export function allocationRows(where, times) {
  const alone = median(times[1])
  return Object.entries(times).map(([count, list]) => ({
    ...where,
    threads: Number(count),
    metric: 'time',
    unit: 'ns',
    ...rounded(summary(list)),
    ...(Number(count) === 1 ? {} : { against: 'one thread', ratio: round(alone / median(list)) }),
  }))
}
