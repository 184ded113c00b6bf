// Programs that do one thing again and again, a class of opcodes each. Their figures are of one
// repetition, with the pushes and pops that the thing needs.

const word = (digits) => `0x${digits.repeat(64 / digits.length)}`
const [large, other, modulus] = [word('b7e15162'), word('3c6ef372'), word('9b05688c')]
/** Half a word, as a divisor that makes division work. */
const half = `0x${'5be0cd19'.repeat(4)}`

const unary = (op) => ({ setup: large, body: `DUP2 ${op} POP` })
/** `op` of `a` and `b`, `a` on top. */
const binary = (op, a = large, b = other) => ({ setup: `${a} ${b}`, body: `DUP2 DUP4 ${op} POP` })
const ternary = (op) => ({
  setup: `${modulus} ${other} ${large}`,
  body: `DUP4 DUP4 DUP4 ${op} POP`,
})

/** Memory up to there is paid for before it is measured. */
const grown = '1 2048 MSTORE'
/** A hash of so many bytes, which changes what is hashed next. */
const hash = (bytes) => ({ setup: grown, body: `${bytes} 0 KECCAK256 0 MSTORE` })

/** Returns its argument plus one. */
const callee = '0 CALLDATALOAD 1 ADD 0 MSTORE 32 0 RETURN'
/** As many repetitions as there are, by what one costs about. */
const [cheap, middle, dear] = [
  { unroll: 64, rounds: 2_000 },
  { unroll: 64, rounds: 400 },
  { unroll: 16, rounds: 200 },
]

/**
 * By name: `{ setup, body, unroll, rounds }` as `loop` takes them, and maybe the code of a `callee`,
 * whose address stands for `$callee`.
 */
export const opcodePrograms = {
  'push1, pop': { body: '1 POP', ...cheap },
  'push32, pop': { body: `${large} POP`, ...cheap },
  'dup, pop': { setup: large, body: 'DUP2 POP', ...cheap },
  'push, push, swap, pop, pop': { body: '1 2 SWAP1 POP POP', ...cheap },
  mload: { setup: grown, body: '64 MLOAD POP', ...cheap },
  mstore: { setup: grown, body: '1 64 MSTORE', ...cheap },
  mstore8: { setup: grown, body: '1 64 MSTORE8', ...cheap },
  'mcopy 256': { setup: grown, body: '256 32 512 MCOPY', ...cheap },
  add: { ...binary('ADD'), ...cheap },
  sub: { ...binary('SUB'), ...cheap },
  mul: { ...binary('MUL'), ...cheap },
  'div 256/128': { ...binary('DIV', large, half), ...cheap },
  'div 64/64': { ...binary('DIV', '0xb7e151628aed2a6a', '0x3c6ef372'), ...cheap },
  sdiv: { ...binary('SDIV', large, half), ...cheap },
  mod: { ...binary('MOD', large, half), ...cheap },
  addmod: { ...ternary('ADDMOD'), ...cheap },
  mulmod: { ...ternary('MULMOD'), ...middle },
  'exp 10^18': { ...binary('EXP', '10', '18'), ...middle },
  'exp 256 bits': { ...binary('EXP'), ...middle, rounds: 100 },
  signextend: { ...binary('SIGNEXTEND', '1', large), ...cheap },
  'lt, iszero': { setup: `${large} ${other}`, body: 'DUP2 DUP4 LT ISZERO POP', ...cheap },
  slt: { ...binary('SLT'), ...cheap },
  eq: { ...binary('EQ'), ...cheap },
  iszero: { ...unary('ISZERO'), ...cheap },
  and: { ...binary('AND'), ...cheap },
  not: { ...unary('NOT'), ...cheap },
  byte: { ...binary('BYTE', '7', large), ...cheap },
  shl: { ...binary('SHL', '96', large), ...cheap },
  shr: { ...binary('SHR', '224', large), ...cheap },
  sar: { ...binary('SAR', '96', large), ...cheap },
  jump: { body: '@to# JUMP :to#', ...cheap },
  'jumpi taken': { body: '1 @to# JUMPI :to#', ...cheap },
  'jumpi not taken': { body: '0 @round JUMPI', ...cheap },
  'caller, pop': { body: 'CALLER POP', ...cheap },
  'gas, pop': { body: 'GAS POP', ...cheap },
  calldataload: { body: '0 CALLDATALOAD POP', ...cheap },
  'calldatasize, pop': { body: 'CALLDATASIZE POP', ...cheap },
  'calldatacopy 32': { setup: grown, body: '32 0 64 CALLDATACOPY', ...cheap },
  'keccak 32': { ...hash(32), ...middle, rounds: 60 },
  'keccak 64': { ...hash(64), ...middle, rounds: 60 },
  'keccak 136': { ...hash(136), ...middle, rounds: 40 },
  'keccak 1000': { ...hash(1000), ...dear, rounds: 50 },
  'sload warm': { body: '7 SLOAD POP', ...middle },
  'sstore warm': { body: 'DUP1 7 SSTORE # 7 SSTORE', ...middle, per: 2, rounds: 200 },
  'tload, pop': { body: '7 TLOAD POP', ...middle },
  tstore: { body: 'DUP1 7 TSTORE', ...middle },
  'balance warm': { body: 'ADDRESS BALANCE POP', ...middle },
  call: { body: '32 0 32 0 0 $callee GAS CALL POP', setup: grown, callee, ...dear },
  staticcall: { body: '32 0 32 0 $callee GAS STATICCALL POP', setup: grown, callee, ...dear },
  delegatecall: { body: '32 0 32 0 $callee GAS DELEGATECALL POP', setup: grown, callee, ...dear },
  // Creation code in memory that leaves a contract of one byte: MSTORE8 of 0 at 0, return 1 byte.
  create: {
    setup: `0x5f5f5360015ff3${'00'.repeat(25)} 0 MSTORE`,
    body: '7 0 0 CREATE POP',
    ...dear,
    rounds: 20,
  },
  log0: { setup: grown, body: '32 0 LOG0', ...dear },
  // As a Transfer of a token.
  log3: { setup: grown, body: `${large} ${other} ${modulus} 32 0 LOG3`, ...dear },
}
