// A table for people.

/** How a column stands. */
export type Column = { name: string; align?: 'right' }

/** Lines of a table, its head first. */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[]): string[] {
  const all = [columns.map(({ name }) => name), ...rows]
  const widths = columns.map((_, at) =>
    all.reduce((width, row) => Math.max(width, row[at]?.length ?? 0), 0),
  )
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

/** Text of lines, with a line's end after each. */
export const lines = (all: readonly string[]): string => `${all.join('\n')}\n`
