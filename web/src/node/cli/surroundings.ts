// What a command has of the process that it runs in.

import type { Readable } from 'node:stream'
import type { Progress } from '../../index.js'

/** What a command has of its process. */
export type Surroundings = {
  /** What is read where a file is called `-`. */
  stdin: Readable
  /** Writes to standard output. */
  write: (text: string) => void
  /** Shows how far the work has come, if anybody is looking. */
  onProgress: ((progress: Progress) => void) | undefined
  /** Ends the work. */
  signal: AbortSignal
}
