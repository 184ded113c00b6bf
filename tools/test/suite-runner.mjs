// Runs suites one after another and keeps what came of each.

import { join } from 'node:path'
import { logs } from '../setup/places.mjs'
import { run } from '../setup/run.mjs'
import { seconds } from '../setup/step.mjs'

/** Runs one suite and returns its counts; what does not count itself is one test. */
export async function runSuite({ name, command, env, limit, counts, mayBeEmpty, skip }) {
  const reason = skip?.()
  if (reason) return { name, passed: 0, failed: 0, skipped: 1, note: reason, milliseconds: 0 }
  console.log(`\n--- ${name}`)
  const [program, ...options] = command
  const result = await run(program, options, {
    show: true,
    limit: limit * 60_000,
    log: join(logs, 'test.log'),
    ...(env && { env }),
  })
  return {
    name,
    milliseconds: result.milliseconds,
    ...judge(result, { counts, limit, mayBeEmpty }),
  }
}

/** What a suite's end and output amount to. */
export function judge(result, { counts, limit, mayBeEmpty }) {
  const problem = result.timedOut
    ? `did not end within ${limit} minutes`
    : result.ok
      ? undefined
      : `ended with code ${result.code}`
  if (!counts)
    return problem
      ? { passed: 0, failed: 1, skipped: 0, note: problem }
      : { passed: 1, failed: 0, skipped: 0 }
  const found = counts(result.output)
  if (!found) return { passed: 0, failed: 1, skipped: 0, note: problem ?? 'printed no counts' }
  // A suite that says so itself is believed; one that only ends badly has failed as well.
  if (problem && found.failed === 0) return { ...found, failed: 1, note: problem }
  if (!problem && found.passed + found.failed + found.skipped === 0)
    return mayBeEmpty
      ? { ...found, note: 'there are none' }
      : { ...found, failed: 1, note: 'ran no test' }
  return found
}

/** Prints a line for each suite and, as the very last line, the sums; returns whether all is well. */
export function summarise(results) {
  console.log('\n--- Summary')
  const width = Math.max(...results.map(({ name }) => name.length))
  const total = { passed: 0, failed: 0, skipped: 0 }
  for (const { name, passed, failed, skipped, note, milliseconds } of results) {
    total.passed += passed
    total.failed += failed
    total.skipped += skipped
    const verdict = failed > 0 ? 'FAILED ' : skipped > passed ? 'skipped' : 'ok     '
    const words = [`${passed} passed`, `${failed} failed`]
    if (skipped > 0) words.push(`${skipped} skipped`)
    console.log(
      `${verdict} ${name.padEnd(width)}  ${words.join(', ')} (${seconds(milliseconds)})${note ? `: ${note}` : ''}`,
    )
  }
  const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : ''
  console.log(`\n${total.passed} passed, ${total.failed} failed${skipped}`)
  return total.failed === 0
}
