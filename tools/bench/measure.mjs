// Measures cases on all runtimes and thread counts that were asked for, and keeps the rows.

import { geomeanRow, rounded, timeRows } from './rows.mjs'
import { summary, turnsFor, warmUp } from './statistics.mjs'
import { linesOf } from './table.mjs'

/** One benchmark's hold on the runtimes; see `benches.mjs` for what it offers. */
export class Measurement {
  /** @type {import('./rows.mjs').Row[]} */
  rows = []
  /** How many cases did not come to a result, or to a wrong one. */
  failed = 0

  constructor(name, runtimes, options, print = console.log) {
    this.name = name
    this.runtimes = runtimes
    this.options = options
    this.print = print
  }

  add(rows, lines = linesOf(rows)) {
    // Members that are not there do not come into the report's JSON either way.
    this.rows.push(...rows)
    for (const line of lines) this.print(line)
    return rows
  }

  time(name, subject) {
    return this.#each(name, async (runtime, threads, where) => {
      const turns = ({ sequentialMilliseconds = 0 }) => warmUp + turnsFor(sequentialMilliseconds)
      const result = await runtime.measure(subject, threads, turns)
      check(result)
      return timeRows(where, result)
    })
  }

  memory(name, subject) {
    return this.#each(name, async (runtime, threads, where) => {
      const result = await runtime.measureMemory(subject, threads)
      check(result)
      const of = (executor) => summary(result.runs.map((run) => run[executor]))
      const [parallel, sequential] = [of('parallel'), of('sequential')]
      const row = { ...where, metric: 'peak_memory', unit: 'bytes' }
      const ratio = sequential.median / parallel.median
      return [{ ...row, ...rounded({ ...parallel }), against: 'sequential', ...rounded({ ratio }) }]
    })
  }

  summarise(rows) {
    for (const { name } of this.runtimes)
      for (const threads of this.options.threads) {
        const of = (metric) =>
          rows.filter(
            (row) => row.runtime === name && row.threads === threads && row.metric === metric,
          )
        if (of('time').length === 0) continue
        this.add(
          ['time', 'sequential_time', 'executions_per_transaction'].map((metric) =>
            geomeanRow(of(metric)),
          ),
        )
      }
  }

  async #each(name, measure) {
    const found = []
    for (const runtime of this.runtimes)
      for (const threads of this.options.threads) {
        const where = { bench: this.name, case: name, runtime: runtime.name, threads }
        await this.guard(`${name}, ${runtime.name}, ${threads} threads`, async () =>
          found.push(...this.add(await measure(runtime, threads, where))),
        )
      }
    return found
  }

  /** Does work of which an error is a failed case and no reason to stop. */
  async guard(name, work) {
    try {
      await work()
    } catch (error) {
      this.failed += 1
      this.print(`${name}: ${error.message}`)
    }
  }
}

/** Times of wrong results are no times. */
function check({ identical, checks }) {
  if (identical !== true) throw new Error('the parallel and the sequential result differ')
  const wrong = Object.keys(checks).filter((name) => checks[name] === false)
  if (wrong.length > 0) throw new Error(`not as the header says: ${wrong.join(', ')}`)
}
