// What remote runs come to: rows for the report, and a line for the terminal.

import { round, rounded } from '../rows.mjs'
import { summary } from '../statistics.mjs'

/**
 * @typedef {object} Run of one case by one engine, from nothing
 * @property {number} milliseconds from the request to its result
 * @property {ReturnType<import('../../../tests/support/rpc-server/log.mjs').RequestLog['summary']>} traffic
 *   that read state, by the server's log
 * @property {ReturnType<import('../../../tests/support/rpc-server/reads.mjs').usefulShare>} reads
 */

/** What is taken from a run, by metric: its unit and its figure. */
const metrics = {
  time: ['ms', ({ milliseconds }) => milliseconds],
  rounds: ['', ({ traffic }) => traffic.rounds],
  requests: ['', ({ traffic }) => traffic.requests],
  calls: ['', ({ traffic }) => traffic.calls],
  bytes_sent: ['bytes', ({ traffic }) => traffic.bytes.in],
  bytes_received: ['bytes', ({ traffic }) => traffic.bytes.out],
  // Of the places that were asked for, those that had to be known.
  useful_reads: ['', ({ reads }) => (reads.asked === 0 ? 1 : reads.useful / reads.asked)],
}

/**
 * @param {{ case: string, engine: string, runtime: string, threads: number, latency: number }} where
 * @param {Run[]} runs
 * @returns {import('../rows.mjs').Row[]}
 */
export const remoteRows = (where, runs) =>
  Object.entries(metrics).map(([metric, [unit, of]]) => ({
    bench: 'remote',
    ...where,
    metric,
    unit,
    ...rounded(summary(runs.map(of))),
  }))

/**
 * The rows with how many times as long, and how many times as many round trips one after the other,
 * another engine takes for the same.
 */
export function comparedWith(rows, others) {
  return rows.map((row) => {
    const other = others.find(({ metric }) => metric === row.metric)
    if (!['time', 'rounds'].includes(row.metric) || !(row.median > 0) || !other) return row
    return { ...row, against: other.engine, ratio: round(other.median / row.median) }
  })
}

const columns = [
  ['case', -24, ({ where }) => where.case],
  ['engine', -26, ({ where }) => where.engine],
  ['runtime', -9, ({ where }) => where.runtime],
  ['latency', 7, ({ where }) => `${where.latency}`],
  ['rounds', 6, ({ of }) => of('rounds').median.toFixed(0)],
  ['requests', 8, ({ of }) => of('requests').median.toFixed(0)],
  ['calls', 6, ({ of }) => of('calls').median.toFixed(0)],
  ['sent', 8, ({ of }) => kibibytes(of('bytes_sent').median)],
  ['received', 8, ({ of }) => kibibytes(of('bytes_received').median)],
  ['useful', 6, ({ of }) => `${(100 * of('useful_reads').median).toFixed(0)}%`],
  ['ms', 7, ({ of }) => of('time').median.toFixed(0)],
  ['ratio', 6, ({ of }) => of('time').ratio?.toFixed(2) ?? ''],
]

const kibibytes = (bytes) => `${(bytes / 1024).toFixed(0)} KiB`

const aligned = (cells) =>
  cells
    .map((cell, index) => {
      const [, width] = columns[index]
      return width < 0 ? cell.padEnd(-width) : cell.padStart(width)
    })
    .join('  ')
    .trimEnd()

/** What the table opens with. */
export const remoteHead = ['\nremote', aligned(columns.map(([name]) => name))].join('\n')

/** The line of one case's rows by one engine. */
export function remoteLine(rows) {
  const [where] = rows
  const of = (name) => rows.find(({ metric }) => metric === name)
  return aligned(columns.map(([, , cell]) => cell({ where, of })))
}
