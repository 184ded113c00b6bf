import { describe, expect, it } from 'vitest'
import { printable } from '../../src/node/cli/printable.js'
import { table } from '../../src/node/cli/table.js'
import { bytes, count, gwei, milliseconds, short, time } from '../../src/node/cli/words.js'

describe('text of strangers', () => {
  it.each([
    ['\x1b[2J', '\\u{1b}[2J'],
    ['two\nlines\r', 'two\\u{a}lines\\u{d}'],
    // A single character that some terminals take for the beginning of a code.
    ['\x9b31m', '\\u{9b}31m'],
    // From here on right to left.
    ['\u202egnp', '\\u{202e}gnp'],
    ['\u2028', '\\u{2028}'],
    ['日本, é and 🦊 stay', '日本, é and 🦊 stay'],
  ])('does nothing to a terminal: %j', (text, expected) => {
    expect(printable(text)).toBe(expected)
  })
})

describe('a table', () => {
  it('has columns as wide as what is in them, and no blanks at the end', () => {
    const columns = [{ name: '#', align: 'right' }, { name: 'what' }, { name: 'why' }] as const
    expect(
      table(columns, [
        ['9', 'longer', ''],
        ['10', 'x', 'because'],
      ]),
    ).toEqual([' #  what    why', ' 9  longer', '10  x       because'])
  })

  it('is its head alone where there is nothing', () => {
    expect(table([{ name: 'a' }, { name: 'b' }], [])).toEqual(['a  b'])
  })
})

describe('words', () => {
  it('are as people write them', () => {
    expect(count(1, 'wave')).toBe('1 wave')
    expect(count(1_000, 'wave')).toBe('1,000 waves')
    expect(short('0x1234567890abcdef1234567890abcdef12345678')).toBe('0x1234…5678')
    expect(short('0x1234')).toBe('0x1234')
    expect([0.123, 9.999, 1234.5].map(milliseconds)).toEqual(['0.12 ms', '10.00 ms', '1,235 ms'])
    expect([999, 1_000, 12_345].map(bytes)).toEqual(['999 B', '1.0 kB', '12.3 kB'])
    expect([0n, 875_000_000n, 1_234_567_890n].map(gwei)).toEqual([
      '0 gwei',
      '0.875 gwei',
      '1.234 gwei',
    ])
    expect(time(1_764_000_000n)).toBe('2025-11-24 16:00:00 UTC')
    // Later than any date there is.
    expect(time(2n ** 64n - 1n)).toBe('second 18446744073709551615')
  })
})
