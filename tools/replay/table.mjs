// The lines of a replay, as the native binary prints them.

const columns = [10, -15, 5, -4, -8, -10, 10, 10, 5]

/** A negative width stands for text, a positive one for numbers. */
const line = (cells) =>
  cells
    .map((cell, index) =>
      columns[index] < 0 ? cell.padEnd(-columns[index]) : cell.padStart(columns[index]),
    )
    .join('  ')

const verdict = (check) => (check === undefined || check === null ? '-' : check ? 'ok' : 'WRONG')
const ratio = (sequential, parallel) => (parallel > 0 ? sequential / parallel : 1)

/** Prints a line a block, and counts. */
export class Table {
  passed = 0
  failed = 0
  #parallel = 0
  #sequential = 0

  head() {
    console.log(
      line(['block', 'fork', 'txs', 'gas', 'receipts', 'par = seq', 'par ms', 'seq ms', 'ratio']),
    )
  }

  row(fork, result, right) {
    this.#count(right)
    const {
      number,
      transactions,
      checks,
      identical,
      milliseconds = 0,
      sequentialMilliseconds = 0,
    } = result
    this.#parallel += milliseconds
    this.#sequential += sequentialMilliseconds
    const cells = [
      String(number),
      fork,
      String(transactions),
      verdict(checks.gasUsed),
      verdict(checks.receiptsRoot),
      verdict(identical),
      milliseconds.toFixed(2),
      sequentialMilliseconds.toFixed(2),
      ratio(sequentialMilliseconds, milliseconds).toFixed(2),
    ]
    const wrong = ['logsBloom', 'requestsHash'].filter((name) => checks[name] === false)
    console.log([line(cells), ...wrong.map((name) => `WRONG ${name}`)].join('  '))
  }

  /** A block that did not come to a result. */
  broken(name, problem) {
    this.#count(false)
    console.log(`${name.padStart(columns[0])}  ${problem}`)
  }

  foot(threads) {
    const [parallel, sequential] = [this.#parallel, this.#sequential]
    console.log(
      `${'total'.padStart(columns[0])}  with --threads ${threads}: parallel ${parallel.toFixed(2)} ms, sequential ${sequential.toFixed(2)} ms, ratio ${ratio(sequential, parallel).toFixed(2)}`,
    )
    console.log(`${this.passed} passed, ${this.failed} failed`)
  }

  #count(right) {
    if (right) this.passed += 1
    else this.failed += 1
  }
}
