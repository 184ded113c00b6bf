// What is wrong before anything is simulated.

/** The command line cannot be used. */
export class UsageError extends Error {
  readonly code = 'USAGE'

  constructor(message: string) {
    super(message)
    this.name = 'UsageError'
  }
}

/** How a file is called in messages. */
export const nameOf = (file: string): string => (file === '-' ? 'standard input' : file)

/** A file cannot be used. */
export class InputError extends Error {
  readonly code = 'INPUT'
  /** The file as it was named, or `standard input`. */
  readonly file: string
  /** Where in the file, for example `transactions[0].value`; empty where it is the whole of it. */
  readonly field: string
  readonly reason: string

  constructor(facts: { file: string; field?: string; reason: string }) {
    const { field = '', reason } = facts
    const file = nameOf(facts.file)
    super(`${file}${field === '' ? '' : `: ${field}`}: ${reason}`)
    this.name = 'InputError'
    this.file = file
    this.field = field
    this.reason = reason
  }
}
