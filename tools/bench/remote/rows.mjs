// What remote runs come to: rows for the report, and a line for the terminal.

import { round, rounded } from '../rows.mjs'
import { summary } from '../statistics.mjs'

/** Who ran a case, by the words of the report; peers have names of their own. */
export const names = {
  ours: 'forerun',
  foretold: 'perfect knowledge',
  oneByOne: 'miss by miss',
  again: 'same block, reloaded',
  next: 'next block',
}

/**
 * @typedef {object} Run of one case by one engine, from nothing
 * @property {number} milliseconds from the request to its result
 * @property {number} [waves] that the engine counted
 * @property {ReturnType<import('../../../tests/support/rpc-server/log.mjs').RequestLog['summary']>} traffic
 *   that read state, by the server's log
 * @property {ReturnType<import('../../../tests/support/rpc-server/reads.mjs').usefulShare>} reads
 */

/** What is taken from a run, by metric: its unit and its figure. */
const metrics = {
  time: ['ms', ({ milliseconds }) => milliseconds],
  waves: ['', ({ waves }) => waves],
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
  Object.entries(metrics)
    .filter(([, [, of]]) => runs.every((run) => of(run) !== undefined))
    .map(([metric, [unit, of]]) => ({
      bench: 'remote',
      ...where,
      metric,
      unit,
      ...rounded(summary(runs.map(of))),
    }))

const isPeer = ({ engine }) => !Object.values(names).includes(engine)

/** What of two runs that waited for the same network can be held against one another. */
const alike = (row, other) =>
  row.case === other.case && row.metric === other.metric && row.latency === other.latency

/**
 * The rows with what others make of them. `time` says how many times as long the peer takes, `rounds`
 * how many times as many round trips it takes to fetch what is missing when it is missing.
 * `over_perfect` is how many times as long ours takes as who knows everything beforehand, and
 * `over_bound` the same against what it may take: one and a half times that, and its waves.
 * @param {import('../rows.mjs').Row[]} rows of one engine
 * @param {import('../rows.mjs').Row[]} all
 */
export function comparedWith(rows, all) {
  if (rows[0].engine !== names.ours) return rows
  const of = (metric) => rows.find((row) => row.metric === metric)
  const [time, rounds, waves] = ['time', 'rounds', 'waves'].map(of)
  const against = (row, other) =>
    other === undefined || !(row.median > 0)
      ? row
      : { ...row, against: other.engine, ratio: round(other.median / row.median) }
  const peer = all.find((other) => isPeer(other) && alike(time, other))
  const oneByOne = all.find(
    (other) =>
      other.engine === names.oneByOne && alike(rounds, { ...other, latency: rounds.latency }),
  )
  const compared = rows.map((row) => {
    if (row === time) return against(row, peer)
    return row === rounds ? against(row, oneByOne) : row
  })
  const perfect = all.find(
    (other) =>
      other.engine === names.foretold && other.runtime === time.runtime && alike(time, other),
  )
  if (perfect === undefined) return compared
  const bound = 1.5 * perfect.median + waves.median * time.latency
  const share = (metric, base) => ({
    ...time,
    metric,
    unit: 'x',
    ...rounded({ median: time.median / base, min: time.min / base, max: time.max / base }),
  })
  return [...compared, share('over_perfect', perfect.median), share('over_bound', bound)]
}

const columns = [
  ['case', -21, ({ where }) => where.case],
  ['engine', -22, ({ where }) => where.engine],
  ['runtime', -9, ({ where }) => where.runtime],
  ['threads', 7, ({ where }) => `${where.threads}`],
  ['latency', 7, ({ where }) => `${where.latency}`],
  ['waves', 5, ({ of }) => of('waves')?.median.toFixed(0) ?? ''],
  ['rounds', 6, ({ of }) => of('rounds').median.toFixed(0)],
  ['requests', 8, ({ of }) => of('requests').median.toFixed(0)],
  ['calls', 6, ({ of }) => of('calls').median.toFixed(0)],
  ['sent', 8, ({ of }) => kibibytes(of('bytes_sent').median)],
  ['received', 8, ({ of }) => kibibytes(of('bytes_received').median)],
  ['useful', 6, ({ of }) => `${(100 * of('useful_reads').median).toFixed(0)}%`],
  ['ms', 7, ({ of }) => of('time').median.toFixed(0)],
  // How many times as long the peer takes, and as many round trips one takes that runs miss by miss.
  ['peer', 5, ({ of }) => of('time').ratio?.toFixed(1) ?? ''],
  ['misses', 6, ({ of }) => of('rounds').ratio?.toFixed(1) ?? ''],
  ['/perfect', 8, ({ of }) => of('over_perfect')?.median.toFixed(2) ?? ''],
  ['/bound', 6, ({ of }) => of('over_bound')?.median.toFixed(2) ?? ''],
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
