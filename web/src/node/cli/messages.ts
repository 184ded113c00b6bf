// Errors in words for a terminal, and as a document.

import { ForerunError } from '../../index.js'
import { InputError, UsageError } from './input-error.js'
import { toJson } from './json.js'
import { printable } from './printable.js'

const isForeseen = (error: unknown): error is ForerunError | UsageError | InputError =>
  error instanceof ForerunError || error instanceof UsageError || error instanceof InputError

/** What is wrong, in words. Where nobody foresaw it, where it happened too. */
export function describeError(error: unknown): string {
  if (isForeseen(error)) return error.message.split('\n').filter(Boolean).map(printable).join('\n')
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}

/** What is wrong, with all its facts, as `--json` has it. */
export function errorDocument(error: unknown): string {
  if (!isForeseen(error)) return toJson({ error: { code: 'ENGINE', message: String(error) } })
  // `message` is no field that is listed, unlike the facts of each class.
  const { name: _, cause: __, ...facts } = { ...error, message: error.message, cause: undefined }
  return toJson({ error: facts })
}
