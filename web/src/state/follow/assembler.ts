// Programs for the EVM, written as lists of opcodes, numbers and labels.

const opcodes = {
  ADD: 0x01,
  MUL: 0x02,
  SUB: 0x03,
  DIV: 0x04,
  EXP: 0x0a,
  LT: 0x10,
  GT: 0x11,
  EQ: 0x14,
  ISZERO: 0x15,
  AND: 0x16,
  KECCAK256: 0x20,
  BALANCE: 0x31,
  CALLDATALOAD: 0x35,
  CALLDATASIZE: 0x36,
  CALLDATACOPY: 0x37,
  EXTCODESIZE: 0x3b,
  EXTCODECOPY: 0x3c,
  POP: 0x50,
  MLOAD: 0x51,
  MSTORE: 0x52,
  SLOAD: 0x54,
  SSTORE: 0x55,
  JUMP: 0x56,
  JUMPI: 0x57,
  GAS: 0x5a,
  JUMPDEST: 0x5b,
  DUP1: 0x80,
  DUP2: 0x81,
  SWAP1: 0x90,
  CALL: 0xf1,
  RETURN: 0xf3,
} as const

type Opcode = keyof typeof opcodes

/** A piece of a program: an opcode, a number to push, where a label is, or a push of where it is. */
export type Item = Opcode | number | bigint | `${string}:` | `@${string}`

const byte = (value: number): string => value.toString(16).padStart(2, '0')

// All labels are pushed with two bytes, so that where they are does not depend on where they are.
const labelBytes = 2

const push = (value: number | bigint): string => {
  const digits = value.toString(16)
  const bytes = digits.length % 2 === 0 ? digits : `0${digits}`
  return byte(0x5f + bytes.length / 2) + bytes
}

/** The code of a program, in hex without a prefix. */
export function assemble(items: readonly Item[]): string {
  const places = new Map<string, number>()
  let length = 0
  const parts = items.map((item) => {
    let part: string
    if (typeof item !== 'string') part = push(item)
    else if (item.startsWith('@')) part = `${byte(0x5f + labelBytes)}${'00'.repeat(labelBytes)}`
    else if (item.endsWith(':')) {
      places.set(item.slice(0, -1), length)
      part = byte(opcodes.JUMPDEST)
    } else part = byte(opcodes[item as Opcode])
    length += part.length / 2
    return part
  })
  return items
    .map((item, index) => {
      const part = parts[index] as string
      if (typeof item !== 'string' || !item.startsWith('@')) return part
      const place = places.get(item.slice(1))
      if (place === undefined) throw new Error(`the program has no label ${item.slice(1)}`)
      return part.slice(0, 2) + place.toString(16).padStart(2 * labelBytes, '0')
    })
    .join('')
}
