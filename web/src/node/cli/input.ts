// Files of JSON, and standard input where a file is called `-`.

import { readFile } from 'node:fs/promises'
import { addAbortSignal } from 'node:stream'
import { text } from 'node:stream/consumers'
import { ForerunError, type ForerunErrorCode } from '../../index.js'
import { isRecord } from '../../state/answers.js'
import { InputError, nameOf } from './input-error.js'
import type { Surroundings } from './surroundings.js'

/** An object of JSON. */
export type Fields = Readonly<Record<string, unknown>>

/** Reads a file, or standard input, as text. */
export async function readText(file: string, { stdin, signal }: Surroundings): Promise<string> {
  try {
    if (file === '-') return await text(addAbortSignal(signal, stdin))
    return await readFile(file, { encoding: 'utf8', signal })
  } catch (cause) {
    throw new InputError({ file, reason: reasonOf(cause) })
  }
}

/** Waits for what is made of a file. Errors with these codes are about the file, and then say so. */
export async function concerning<T>(
  file: string,
  codes: readonly ForerunErrorCode[],
  work: Promise<T>,
): Promise<T> {
  try {
    return await work
  } catch (error) {
    if (!(error instanceof ForerunError && codes.includes(error.code))) throw error
    error.message = `${nameOf(file)}: ${error.message}`
    throw Object.assign(error, { file: nameOf(file) })
  }
}

const reasonOf = (cause: unknown): string => {
  switch ((cause as NodeJS.ErrnoException).code) {
    case 'ENOENT':
      return 'there is no such file'
    case 'EISDIR':
      return 'is a folder'
    case 'EACCES':
      return 'may not be read'
    default:
      return String((cause as Error).message)
  }
}

/** Reads a file that has to hold an object of JSON. */
export async function readObject(file: string, surroundings: Surroundings): Promise<Fields> {
  const source = await readText(file, surroundings)
  let value: unknown
  try {
    value = JSON.parse(source)
  } catch (cause) {
    throw new InputError({ file, reason: `is not JSON: ${(cause as Error).message}` })
  }
  if (!isRecord(value)) throw new InputError({ file, reason: 'is not an object' })
  refuseInexact(value, '', file)
  return value
}

/** JSON numbers are doubles here: a large one may have become another one already. */
const refuseInexact = (value: unknown, field: string, file: string): void => {
  if (typeof value === 'number' && Math.abs(value) > Number.MAX_SAFE_INTEGER)
    throw new InputError({
      file,
      field,
      reason: 'this number is too large to be exact in JSON; write it as a string',
    })
  if (typeof value !== 'object' || value === null) return
  for (const [key, inner] of Object.entries(value)) {
    const place = Array.isArray(value) ? `[${key}]` : field === '' ? key : `.${key}`
    refuseInexact(inner, field + place, file)
  }
}
