// What came out of the cases, counted and printed as the native command does.

export class Tally {
  #json
  #counts = { passed: 0, failed: 0, skipped: 0 }
  #reasons = new Map()
  #byShape = 0

  constructor({ json }) {
    this.#json = json
  }

  /** Counts a row of the test module. */
  count(file, { test, fork, index, verdict, reason, byShape = false }) {
    this.#counts[verdict] += 1
    if (byShape && verdict === 'passed') this.#byShape += 1
    if (verdict === 'skipped') this.#reasons.set(reason, (this.#reasons.get(reason) ?? 0) + 1)
    if (verdict !== 'failed') return
    if (this.#json)
      print(JSON.stringify({ difference: reason, file, fork, index, passed: false, test }))
    else print(`FAILED  ${file}  ${test}  ${fork}${index === null ? '' : ` ${index}`}  ${reason}`)
  }

  /** Prints the sums; whether nothing failed. */
  finish() {
    const { passed, failed, skipped } = this.#counts
    const reasons = [...this.#reasons].sort(([a], [b]) => (a < b ? -1 : 1))
    const shape = this.#byShape > 0 && { byShape: this.#byShape }
    if (this.#json) {
      const sums = { failed, passed, reasons: Object.fromEntries(reasons), skipped }
      print(JSON.stringify({ ...shape, ...sums }))
    } else {
      for (const [reason, count] of reasons) print(`skipped ${count}: ${reason}`)
      if (shape) print(`of ${shape.byShape} that passed only the shape counts, as they say`)
      print(`${passed} passed, ${failed} failed, ${skipped} skipped`)
    }
    return failed === 0
  }
}

const print = (line) => process.stdout.write(`${line}\n`)
