// The report on the terminal: a line a case, runtime and thread count.

const widths = [-26, -9, 7, 11, 11, 11, 11, 7, 8]
const heads = ['case', 'runtime', 'threads', 'median', 'min', 'max', 'against', 'ratio', 'exec/tx']

/** A negative width stands for text, a positive one for numbers. */
const line = (cells) =>
  cells
    .map((cell, index) =>
      widths[index] < 0 ? cell.padEnd(-widths[index]) : cell.padStart(widths[index]),
    )
    .join('  ')
    .trimEnd()

const figure = (number) => (number >= 1000 ? number.toFixed(0) : number.toFixed(3))
const inUnit = (number, unit) =>
  unit !== 'bytes'
    ? figure(number)
    : number < 10_240
      ? `${number.toFixed(0)} B`
      : `${(number / 1024).toFixed(0)} KiB`

/** What a table opens with. */
export const head = (bench) => [`\n${bench}`, line(heads)].join('\n')

/** What follows from the other rows of the same measurement stands in its line. */
const beside = new Set(['sequential_time', 'executions_per_transaction', 'peer_time'])

/** What stands behind the name of a case whose rows have a line for each part of the time. */
const parts = {
  execution_time: ', engine alone',
  two_loops_time: ', two loops',
  time_to_start: ', to start',
  time_to_import: ', to import',
}

/** The lines of rows that belong to one case, runtime and thread count. */
export function linesOf(rows) {
  const of = (name) => rows.find(({ metric }) => metric === name)
  return rows
    .filter(({ metric }) => !beside.has(metric))
    .map((row) => {
      const { case: name, runtime, threads, metric, unit, median, min, max, ratio } = row
      const other = metric === 'time' ? (of('sequential_time') ?? of('peer_time')) : undefined
      const executions = metric === 'time' ? of('executions_per_transaction') : undefined
      return line([
        `${name}${parts[metric] ?? ''}`,
        runtime,
        String(threads),
        inUnit(median, unit),
        inUnit(min, unit),
        inUnit(max, unit),
        other ? inUnit(other.median, other.unit) : '',
        ratio === undefined ? '' : ratio.toFixed(2),
        executions ? executions.median.toFixed(3) : '',
      ])
    })
}
