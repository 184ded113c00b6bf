// What a server runs to follow pointers: from a slot to the contract whose address is in it, and to
// the slot whose place its value says.
//
// No code can read another's storage, so in the place of each contract whose slots are asked for stands
// a reader, by an override of the state that the call sees, and the follower stands at an address where
// there is nothing. Both keep to what the EVM has had since Tangerine Whistle: the call runs by the
// rules of the block that it is pinned to.
//
// The follower's calldata has three parts of entries. Before them stand two words, which say where the
// first two end. What an entry has, in bytes:
//
//   slots      1 1, 20 owner, 2 bytes of keys, 32 each key         at most `mostKeys` of them
//   derived    1 1, 20 owner, 32 slot, 1 shift, 1 length, 1 place, 32 base, 1 1, 20 address, 1 offset
//   accounts   1 1, 20 address                                     which might be a clone
//
// Of a derived slot, the key is the `length` bytes at the end of the value, once that is moved to the
// right by `shift` bytes; it is hashed at `place`, 0 or 32, and the base at the other one. A one stands
// before each address, so that none looks like a word of the data of a call.
//
// What it returns are records, in the order in which it comes to them:
//
//   derived    32 zero, 32 slot, 32 value                          one for each, in order
//   contract   32 address, 32 balance, 32 bytes of code, its code  as they are pointed to, each once
//
// Before them stands a one. A contract that is marked in the follower's own storage, at its address
// followed by zeros, is not told of.

import { assemble, type Item } from './assembler.js'

/** How many keys one entry may have. */
export const mostKeys = 64

// Bytes of what is returned, beyond which no code is copied any more: memory costs gas by its square.
const mostReturned = 0x18_0000

// What is smaller is an amount and no address.
const smallest = 1n << 80n

// Variables, by where they are in memory.
const hashed = 0x00 // two words
const value = 0x40
const out = 0x60
const at = 0x80
const head = 0xa0
const size = 0xc0
const keys = 0xe0
const output = keys + 32 * mostKeys

type Code = readonly Item[]

const power = (bits: number): bigint => 1n << BigInt(bits)

const load = (variable: number): Code => [variable, 'MLOAD']
const put = (variable: number, content: Code): Code => [...content, variable, 'MSTORE']
/** `left` operation `right`. */
const of = (operation: Item, left: Code, right: Code): Code => [...right, ...left, operation]
const add = (left: Code, right: Code): Code => of('ADD', left, right)
const storeAt = (place: Code, content: Code): Code => [...content, ...place, 'MSTORE']
const jumpIf = (label: string, condition: Code): Code => [...condition, `@${label}`, 'JUMPI']
const jump = (label: string): Code => [`@${label}`, 'JUMP']
/** Bytes of calldata, counted from where the follower is in it, as a number. */
const field = (offset: number, length: number): Code => {
  const word: Code = [...add(load(at), [offset]), 'CALLDATALOAD']
  return length === 32 ? word : of('DIV', word, [power(8 * (32 - length))])
}
const powerOf256 = (exponent: Code): Code => of('EXP', [256], exponent)
/** Reads slots of an owner, whose keys are where their values come. */
const read = (owner: Code, bytes: Code): Code =>
  [...bytes, keys, ...bytes, keys, 0, ...owner, 'GAS', 'CALL', 'POP'] as const

let returns = 0
const gosub = (label: string): Code => {
  const back = `back${returns++}`
  return [`@${back}`, ...jump(label), `${back}:`]
}

// EIP-1167: what stands before the address of the code that a clone runs, and behind it.
const clonePrefix = 0x363d3d373d3d3d363d73n
const isClone: Code = of('EQ', [clonePrefix], of('DIV', load(head), [power(176)]))
const targetOfClone: Code = of('DIV', load(head), [power(16)])

const slots: Code = [
  ...storeAt([output], [1]),
  ...put(out, [output + 32]),
  ...put(at, [64]),
  'slots:',
  ...jumpIf('derived', [...of('LT', load(at), [0, 'CALLDATALOAD']), 'ISZERO']),
  ...put(size, field(21, 2)),
  // The keys, to where the reader's answer comes as well.
  ...([...load(size), ...add(load(at), [23]), keys, 'CALLDATACOPY'] as const),
  ...read(field(1, 20), load(size)),
  ...put(at, add(load(at), add(load(size), [23]))),
  ...load(size),
  // How much is left of them is on the stack. Most values are amounts, which are gone over at once.
  'values:',
  ...jumpIf('valued', ['DUP1', 'ISZERO']),
  ...([32, 'SWAP1', 'SUB'] as const),
  ...(['DUP1', keys, 'ADD', 'MLOAD', power(160) - 1n, 'AND'] as const),
  ...jumpIf('pointer', [smallest, 'DUP2', 'GT']),
  ...(['POP', ...jump('values')] as const),
  'pointer:',
  ...([value, 'MSTORE'] as const),
  ...gosub('visit'),
  ...jump('values'),
  'valued:',
  'POP',
  ...jump('slots'),
]

const derived: Code = [
  'derived:',
  ...jumpIf('accounts', [...of('LT', load(at), [32, 'CALLDATALOAD']), 'ISZERO']),
  ...put(keys, field(21, 32)),
  ...read(field(1, 20), [32]),
  ...put(value, of('DIV', load(keys), powerOf256(field(53, 1)))),
  ...storeAt(field(55, 1), of('AND', load(value), of('SUB', powerOf256(field(54, 1)), [1]))),
  ...storeAt(of('SUB', [32], field(55, 1)), field(56, 32)),
  ...put(keys, add([64, hashed, 'KECCAK256'], field(109, 1))),
  ...storeAt(load(out), [0]),
  ...storeAt(add(load(out), [32]), load(keys)),
  ...read(field(89, 20), [32]),
  ...storeAt(add(load(out), [64]), load(keys)),
  ...put(out, add(load(out), [96])),
  ...put(at, add(load(at), [110])),
  ...put(value, load(keys)),
  ...gosub('visit'),
  ...jump('derived'),
]

const accounts: Code = [
  'accounts:',
  ...jumpIf('end', [...of('LT', load(at), ['CALLDATASIZE']), 'ISZERO']),
  ...put(head, [0]),
  ...([32, 0, head, ...field(1, 20), 'EXTCODECOPY'] as const),
  ...put(at, add(load(at), [21])),
  ...jumpIf('accounts', [...isClone, 'ISZERO']),
  ...put(value, targetOfClone),
  ...gosub('visit'),
  ...jump('accounts'),
  'end:',
  ...([...of('SUB', load(out), [output]), output, 'RETURN'] as const),
]

const mark: Code = of('MUL', load(value), [power(96)])

// Tells of the contract whose address is in `value`, and of what it is a clone of. Where to go back to
// is on the stack.
const visit: Code = [
  'visit:',
  ...put(value, of('AND', load(value), [power(160) - 1n])),
  ...jumpIf('visited', of('LT', load(value), [smallest])),
  ...jumpIf('visited', [...mark, 'SLOAD']),
  ...put(size, [...load(value), 'EXTCODESIZE']),
  ...jumpIf('visited', [...load(size), 'ISZERO']),
  ...jumpIf('visited', of('GT', add(load(out), load(size)), [mostReturned])),
  ...([1, ...mark, 'SSTORE'] as const),
  ...storeAt(load(out), load(value)),
  ...storeAt(add(load(out), [32]), [...load(value), 'BALANCE']),
  ...storeAt(add(load(out), [64]), load(size)),
  ...put(out, add(load(out), [96])),
  ...([...load(size), 0, ...load(out), ...load(value), 'EXTCODECOPY'] as const),
  ...put(head, [...load(out), 'MLOAD']),
  ...put(out, add(load(out), load(size))),
  ...put(value, targetOfClone),
  ...jumpIf('visit', isClone),
  'visited:',
  'JUMP',
]

/** Reads slots: calldata is their keys, the answer is their values. In hex without a prefix. */
export const reader = assemble([
  0,
  'next:',
  ...jumpIf('end', ['CALLDATASIZE', 'DUP2', 'LT', 'ISZERO']),
  ...(['DUP1', 'CALLDATALOAD', 'SLOAD', 'DUP2', 'MSTORE'] as const),
  ...([32, 'ADD'] as const),
  ...jump('next'),
  'end:',
  ...(['CALLDATASIZE', 0, 'RETURN'] as const),
])

/** Follows pointers, see above. In hex without a prefix. */
export const follower = assemble([...slots, ...derived, ...accounts, ...visit])
