// Reads from the output of each test tool how many tests passed, failed and were skipped. Undefined
// where the output holds no count: then the suite did not run, whatever code it ended with.

const number = (text, pattern) => Number(pattern.exec(text)?.[1] ?? 0)

// biome-ignore lint/suspicious/noControlCharactersInRegex: colours are what this removes
const plain = (output) => output.replace(/\u001b\[[0-9;]*m/g, '')

/**
 * `Summary [  1.2s] 45 tests run: 43 passed (1 slow), 1 failed, 1 timed out, 2 skipped`
 *
 * Rust's tests cannot say while they run that they skip. Those that need recorded inputs which are
 * not there print so and end; nextest takes them for passed, and here they are told apart.
 */
export function nextest(output) {
  const text = plain(output)
  const summary = /Summary \[[^\]]*\] .*tests? run:(.*)/.exec(text)?.[1]
  if (summary === undefined) return undefined
  const failed = [/(\d+) failed/, /(\d+) timed out/, /(\d+) exec failed/]
  const saidSo = text
    .split(/^ +PASS \[/m)
    .filter((part) => /^ +skipped: \.\.\/shared\//m.test(part)).length
  return {
    passed: number(summary, /(\d+) passed/) - saidSo,
    failed: failed.reduce((sum, pattern) => sum + number(summary, pattern), 0),
    skipped: number(summary, /(\d+) skipped/) + saidSo,
  }
}

/** `test result: ok. 12 passed; 0 failed; 1 ignored; ...`, once for each file of tests. */
export function libtest(output) {
  const results = [
    ...plain(output).matchAll(/test result: \w+\. (\d+) passed; (\d+) failed; (\d+) ignored/g),
  ]
  if (results.length === 0) return undefined
  const sum = (column) => results.reduce((total, result) => total + Number(result[column]), 0)
  return { passed: sum(1), failed: sum(2), skipped: sum(3) }
}

/** `Tests  1 failed | 43 passed | 2 skipped (46)` */
export function vitest(output) {
  const summary = /^\s*Tests\s+(.*)$/m.exec(plain(output))?.[1]
  if (summary === undefined) return undefined
  return {
    passed: number(summary, /(\d+) passed/),
    failed: number(summary, /(\d+) failed/),
    skipped: number(summary, /(\d+) skipped/) + number(summary, /(\d+) todo/),
  }
}

/** `ℹ pass 12`, `ℹ fail 0`, `ℹ cancelled 0`, `ℹ skipped 0`, `ℹ todo 0` */
export function nodeTest(output) {
  const text = plain(output)
  if (!/^\S+ tests \d+$/m.test(text)) return undefined
  const count = (word) => number(text, new RegExp(`^\\S+ ${word} (\\d+)$`, 'm'))
  return {
    passed: count('pass'),
    failed: count('fail') + count('cancelled'),
    skipped: count('skipped') + count('todo'),
  }
}

/** `398 passed, 0 failed, 2 skipped`, the last line of a run of published tests */
export function conformance(output) {
  const found = /^(\d+) passed, (\d+) failed, (\d+) skipped$/m.exec(plain(output))
  if (!found) return undefined
  const [passed, failed, skipped] = found.slice(1).map(Number)
  return { passed, failed, skipped }
}

/** `38 passed, 0 failed`, the last line of a replay */
export function replay(output) {
  const found = /^(\d+) passed, (\d+) failed$/m.exec(plain(output))
  if (!found) return undefined
  return { passed: Number(found[1]), failed: Number(found[2]), skipped: 0 }
}
