// Ours, plain and native side by side on the terminal, a line a case.

const columns = [
  ['time', 'ours'],
  ['plain_time', 'plain'],
  ['native_time', 'native'],
  ['time', 'plain/ours', 'ratio'],
  ['over_native', 'ours/native'],
  ['plain_over_native', 'plain/native'],
]
const coldColumns = [
  ['empty_time', 'ours empty'],
  ['plain_empty_time', 'plain empty'],
  ['empty_time', 'plain/ours', 'ratio'],
  ['empty_over_native', 'ours/native'],
  ['cold_time', 'ours cold'],
  ['plain_cold_time', 'plain cold'],
  ['cold_time', 'plain/ours', 'ratio'],
  ['cold_over_native', 'ours/native'],
]

const line = (name, runtime, cells) =>
  [name.padEnd(44), runtime.padEnd(18), ...cells.map((cell) => cell.padStart(12))]
    .join(' ')
    .trimEnd()

const chosen = (cold) => [...columns, ...(cold ? coldColumns : [])]

/** What a table opens with; `cold` where there are figures of first executions. */
export const comparisonHead = (bench, unit, { cold = false } = {}) =>
  [
    `\n${bench} (times in ${unit})`,
    line(
      'case',
      'runtime, build',
      chosen(cold).map(([, title]) => title),
    ),
  ].join('\n')

/** The line of all rows of one case, runtime and build. */
export function comparisonLine(rows) {
  const [{ case: name, runtime, build }] = rows
  const cold = rows.some(({ metric }) => metric === 'cold_time')
  const cells = chosen(cold).map(([metric, , property = 'median']) => {
    const figure = rows.find((row) => row.metric === metric)?.[property]
    return figure === undefined ? '' : figure >= 1000 ? figure.toFixed(0) : figure.toFixed(2)
  })
  return line(name, build === undefined ? runtime : `${runtime}, ${build}`, cells)
}
