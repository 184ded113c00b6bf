// What came of a bundle, for people.

import type {
  Activity,
  PinnedBlock,
  Report,
  SimulateBundleReturnType,
  TransactionResult,
} from '../../index.js'
import { printable } from './printable.js'
import { lines, table } from './table.js'
import { bytes, count, grouped, gwei, milliseconds, short, time } from './words.js'

/** The result as text. */
export function describeBundle(
  { block, transactions, gasUsed, report, milliseconds: taken }: SimulateBundleReturnType,
  base: PinnedBlock | undefined,
): string {
  const fee = block.baseFeePerGas === undefined ? '' : `, base fee ${gwei(block.baseFeePerGas)}`
  // Only what was asked for has a column.
  const needed = transactions.some(({ gasLimitNeeded }) => gasLimitNeeded !== undefined)
  return lines([
    `block ${block.number}, ${time(block.timestamp)}${fee}`,
    ...(base === undefined
      ? []
      : [`on block ${base.number} (${short(base.hash)}) of chain ${base.chainId}, ${base.fork}`]),
    '',
    ...table(
      [
        { name: '#', align: 'right' },
        { name: 'from → to' },
        { name: 'status' },
        { name: 'gas', align: 'right' },
        ...(needed ? [{ name: 'limit needed', align: 'right' } as const] : []),
        { name: 'reason' },
      ],
      transactions.map((each) => [
        String(each.index),
        `${short(each.from)} → ${destination(each)}`,
        each.status,
        grouped(each.gasUsed),
        ...(needed ? [each.gasLimitNeeded == null ? 'none' : grouped(each.gasLimitNeeded)] : []),
        each.error === undefined ? '' : printable(each.error.message),
      ]),
    ),
    '',
    `${count(transactions.length, 'transaction')}: ${outcomes(transactions)}; ${grouped(gasUsed)} gas`,
    ...describeReport(report, taken),
  ])
}

const destination = ({ to, contractAddress }: TransactionResult): string => {
  if (to !== null) return short(to)
  return contractAddress === undefined ? 'a new contract' : `new ${short(contractAddress)}`
}

const outcomes = (transactions: readonly TransactionResult[]): string =>
  [
    ['success', 'succeeded'],
    ['reverted', 'reverted'],
    ['halted', 'halted'],
  ]
    .map(([status, word]) => [transactions.filter((each) => each.status === status).length, word])
    .filter(([times]) => times !== 0)
    .map((each) => each.join(' '))
    .join(', ') || 'nothing to do'

/** What it took, a line for the state and one for the execution, and one for each worker's time. */
export function describeReport(report: Report, taken: number | undefined): string[] {
  const { state, threads, executions, timeline = [] } = report
  return [
    ...(state === undefined
      ? []
      : [
          `state: ${count(state.waves, 'wave')}, ${count(state.requests, 'request')}, ${count(state.asked, 'piece')} asked for, ${bytes(state.bytes.received)} received, ${milliseconds(state.milliseconds)}`,
        ]),
    `execution: ${count(executions, 'run')} on ${count(threads, 'thread')}${taken === undefined ? '' : `, ${milliseconds(taken)}`}`,
    ...describeTimeline(timeline),
  ]
}

const describeTimeline = (timeline: readonly Activity[]): string[] => {
  if (timeline.length === 0) return []
  const begin = timeline.reduce((first, { start }) => Math.min(first, start), Infinity)
  const at = (moment: number): string => (moment - begin).toFixed(2)
  return [
    '',
    ...table(
      [
        { name: 'worker', align: 'right' },
        { name: '#', align: 'right' },
        { name: 'work' },
        { name: 'from ms', align: 'right' },
        { name: 'to ms', align: 'right' },
      ],
      timeline.map(({ worker, transaction, work, start, end }) => [
        String(worker),
        String(transaction),
        work,
        at(start),
        at(end),
      ]),
    ),
  ]
}
