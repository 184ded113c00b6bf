// What came of what was run again, for people.

import type { ReplayBlockReturnType } from '../../index.js'
import { describeBundle, describeReport } from './describe-bundle.js'
import type { Difference } from './differences.js'
import { printable } from './printable.js'
import type { Replayed } from './replay.js'
import { lines, table } from './table.js'
import { count, grouped } from './words.js'

// More than these say nothing new to a reader; --json has all.
const mostShown = 20

/** What came of it as text. */
export function describeReplay(replayed: Replayed): string {
  const { same, differences } = replayed
  const what =
    replayed.kind === 'bundle'
      ? describeBundle(replayed.result, undefined)
      : describeBlock(replayed.result)
  return what + lines(['', ...verdict(same, differences)])
}

const verdict = (same: boolean | undefined, differences: readonly Difference[]): string[] => {
  if (same === undefined) return ['there is no recorded result to compare with']
  if (same) return ['it came out the same']
  const more = differences.length - mostShown
  return [
    `it came out otherwise: ${count(differences.length, 'difference')}`,
    ...table(
      [{ name: 'field' }, { name: 'recorded' }, { name: 'now' }],
      differences
        .slice(0, mostShown)
        .map(({ field, recorded, now }) => [printable(field), shown(recorded), shown(now)]),
    ),
    ...(more > 0 ? [`and ${more} more`] : []),
  ]
}

const shown = (value: unknown): string => {
  if (value === undefined) return 'nothing'
  const text = printable(
    typeof value === 'bigint'
      ? grouped(value)
      : typeof value === 'string'
        ? value
        : JSON.stringify(value),
  )
  return text.length > 66 ? `${text.slice(0, 65)}…` : text
}

const describeBlock = (result: ReplayBlockReturnType): string =>
  lines([
    `block ${result.number}: ${count(result.transactions, 'transaction')}, ${grouped(result.gasUsed)} gas`,
    '',
    ...table(
      [{ name: 'compared' }, { name: 'outcome' }],
      [
        ['gas used', outcome(result.checks.gasUsed)],
        ['receipts root', outcome(result.checks.receiptsRoot)],
        ['logs bloom', outcome(result.checks.logsBloom)],
        ['requests hash', outcome(result.checks.requestsHash)],
        ['parallel with one by one', outcome(result.identical ?? null)],
      ],
    ),
    '',
    ...describeReport(result.report, result.milliseconds),
  ])

const outcome = (check: boolean | null): string =>
  check === null ? 'nothing to compare with' : check ? 'the same' : 'differs'
