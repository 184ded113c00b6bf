// A small assembler: words to bytecode. A word is an opcode's name, a number or a 0x-hex of any length
// (pushed in as many bytes as it has), `:name` for a place to jump to, or `@name` to push that place.

const numbered = (name, from, count, first = 0) =>
  Object.fromEntries(Array.from({ length: count }, (_, n) => [`${name}${n + first}`, from + n]))

const opcodes = {
  ...{ STOP: 0x00, ADD: 0x01, MUL: 0x02, SUB: 0x03, DIV: 0x04, SDIV: 0x05, MOD: 0x06, SMOD: 0x07 },
  ...{ ADDMOD: 0x08, MULMOD: 0x09, EXP: 0x0a, SIGNEXTEND: 0x0b },
  ...{ LT: 0x10, GT: 0x11, SLT: 0x12, SGT: 0x13, EQ: 0x14, ISZERO: 0x15, AND: 0x16, OR: 0x17 },
  ...{ XOR: 0x18, NOT: 0x19, BYTE: 0x1a, SHL: 0x1b, SHR: 0x1c, SAR: 0x1d, KECCAK256: 0x20 },
  ...{ ADDRESS: 0x30, BALANCE: 0x31, CALLER: 0x33, CALLVALUE: 0x34, CALLDATALOAD: 0x35 },
  ...{ CALLDATASIZE: 0x36, CALLDATACOPY: 0x37, RETURNDATASIZE: 0x3d, TIMESTAMP: 0x42 },
  ...{ POP: 0x50, MLOAD: 0x51, MSTORE: 0x52, MSTORE8: 0x53, SLOAD: 0x54, SSTORE: 0x55 },
  ...{ JUMP: 0x56, JUMPI: 0x57, GAS: 0x5a, JUMPDEST: 0x5b, TLOAD: 0x5c, TSTORE: 0x5d, MCOPY: 0x5e },
  ...numbered('DUP', 0x80, 16, 1),
  ...numbered('SWAP', 0x90, 16, 1),
  ...numbered('LOG', 0xa0, 5),
  ...{ CREATE: 0xf0, CALL: 0xf1, RETURN: 0xf3, DELEGATECALL: 0xf4, STATICCALL: 0xfa, REVERT: 0xfd },
}

const hexByte = (number) => number.toString(16).padStart(2, '0')

/** A push of hex digits, in as many bytes as they are. */
const push = (digits) => {
  const bytes = digits.length / 2
  if (bytes > 32) throw new Error(`0x${digits} is more than a word`)
  return hexByte(0x5f + bytes) + digits
}

/** The hex of whole bytes for a number; none for nought, which has an opcode of its own. */
const digitsOf = (number) => {
  const digits = number === 0n ? '' : number.toString(16)
  return digits.length % 2 ? `0${digits}` : digits
}

/**
 * @param {...string} lines of words
 * @returns {`0x${string}`}
 */
export function assemble(...lines) {
  const places = new Map()
  const parts = []
  let at = 0
  const add = (part, size) => {
    parts.push(part)
    at += size
  }
  for (const word of lines.join(' ').trim().split(/\s+/)) {
    if (word.startsWith(':')) {
      places.set(word.slice(1), at)
      add('5b', 1)
    } else if (word.startsWith('@')) add({ place: word.slice(1) }, 3)
    else if (/^0x([0-9a-f]{2})+$/i.test(word)) add(push(word.slice(2)), word.length / 2)
    else if (/^\d+$/.test(word)) {
      const bytes = push(digitsOf(BigInt(word)))
      add(bytes, bytes.length / 2)
    } else if (word in opcodes) add(hexByte(opcodes[word]), 1)
    else throw new Error(`${word} is no opcode, number or place`)
  }
  const placed = parts.map((part) => {
    if (typeof part === 'string') return part
    const place = places.get(part.place)
    if (place === undefined) throw new Error(`nothing is called ${part.place}`)
    return `61${place.toString(16).padStart(4, '0')}`
  })
  return `0x${placed.join('')}`
}

/**
 * A program that does something again and again: `setup` once, then `body` `unroll` times in each of
 * `rounds` rounds, then `end`. The body finds a counter on top of the stack, above what the setup left,
 * and leaves it as it found it. The counter stands at `rounds` first and at 1 last. In the body, `#`
 * stands for the number of the repetition.
 */
export function loop({ setup = '', body, unroll, rounds, end = 'STOP' }) {
  const bodies = Array.from({ length: unroll }, (_, n) => body.replaceAll('#', String(n)))
  return assemble(setup, `${rounds} :round`, ...bodies, '1 SWAP1 SUB DUP1 @round JUMPI POP', end)
}
