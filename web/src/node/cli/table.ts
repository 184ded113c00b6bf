// A table for people.

/** How a column stands. */
export type Column = { name: string; align?: 'right' }

/** Lines of a table, its head first. */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[]): string[] {
  const all = [columns.map(({ name }) => name), ...rows]
  const widths = columns.map((_, at) => Math.max(...all.map((row) => (row[at] ?? '').length)))
  return all.map((row) =>
    columns
      .map(({ align }, at) => {
        const [cell = '', width = 0] = [row[at], widths[at]]
        return align === 'right' ? cell.padStart(width) : cell.padEnd(width)
      })
      .join('  ')
      .trimEnd(),
  )
}
