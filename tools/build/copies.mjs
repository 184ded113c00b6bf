// `memory.copy` and `memory.fill` are calls out of WebAssembly in V8 up to the version in Node 24 (13.6),
// some 20 ns each however few bytes there are. Compilers emit them for every value of more than a few
// words that is moved: there are some 4,500 in a build, most of 48 to 144 bytes, and a payment executes
// dozens. Here each becomes a call of a function that moves as many bytes by vectors. One whose length is
// not in the code, or is too long for that, looks at the length and leaves many bytes to the instruction.
//
// A call is shorter than what it replaces, so the file does not grow.

/** The functions' names begin so. */
const copyFunctions = '__forerun_memory'

/** The most bytes that are moved by vectors, one by one. */
const longest = 400

/** How many bytes a vector has. */
const vector = 16

/**
 * A module's text with each copy and fill as a call.
 * @param {string} text as wasm-dis prints it
 */
export function replaceCopies(text) {
  const functions = new Map()
  // Operands may hold copies of their own, so only the name and what a function knows by itself are
  // changed where they stand.
  const changes = []
  for (const { 0: found, 1: kind, index } of text.matchAll(/\(memory\.(copy|fill)(?=\s)/g)) {
    const [, value, length] = operands(text, index + found.length)
    const { name, body, known } = replacement(kind, text.slice(...value), text.slice(...length))
    functions.set(name, body)
    changes.push([index, index + found.length, `(call ${name}`])
    for (const [from, to] of { none: [], length: [length], both: [value, length] }[known])
      changes.push([from, to, ''])
  }
  changes.sort(([one], [other]) => one - other)
  const bodies = [...functions].map(([name, body]) => ` (func ${name} ${body})\n`)
  const end = text.lastIndexOf(')')
  changes.push([end, end, bodies.join('')])
  let at = 0
  const pieces = []
  for (const [from, to, put] of changes) {
    pieces.push(text.slice(at, from), put)
    at = to
  }
  return pieces.join('') + text.slice(at)
}

/**
 * The function that does a copy or a fill, and which of its operands it knows by itself.
 * @returns {{ name: string, body: string, known: 'none' | 'length' | 'both' }}
 */
function replacement(kind, value, length) {
  const prefix = `$${copyFunctions}_${kind}`
  const bytes = constant(length)
  const isShort = bytes >= vector && bytes <= longest
  if (kind === 'copy')
    return isShort
      ? { name: `${prefix}_${bytes}`, body: copyOf(bytes), known: 'length' }
      : { name: prefix, body: copyOfAny, known: 'none' }
  const byte = constant(value)
  return isShort && byte !== undefined
    ? { name: `${prefix}_${bytes}_${byte}`, body: fillOf(bytes, byte), known: 'both' }
    : { name: prefix, body: fillOfAny, known: 'none' }
}

/** Where the three operands behind a place begin and end. */
function operands(text, from) {
  const found = []
  for (let at = from; found.length < 3; ) {
    const start = text.indexOf('(', at)
    at = start
    let depth = 0
    do {
      if (text[at] === '(') depth++
      if (text[at] === ')') depth--
      at++
    } while (depth > 0)
    found.push([start, at])
  }
  return found
}

const constant = (operand) => {
  const [, digits] = /^\(i32\.const (\d+)\)$/.exec(operand) ?? []
  return digits === undefined ? undefined : Number(digits)
}

/** Where vectors begin that cover so many bytes: the last one may cover some again. */
const places = (bytes) => {
  const whole = Array.from({ length: Math.floor(bytes / vector) }, (_, index) => index * vector)
  return bytes % vector === 0 ? whole : [...whole, bytes - vector]
}

/** All is read before anything is written, so the two places may overlap, as with `memory.copy`. */
function copyOf(bytes) {
  const at = places(bytes)
  return `(param i32 i32)
  (local ${at.map(() => 'v128').join(' ')})
${at.map((place, index) => `  (local.set ${index + 2} (v128.load${offset(place)} align=1 (local.get 1)))`).join('\n')}
${at.map((place, index) => `  (v128.store${offset(place)} align=1 (local.get 0) (local.get ${index + 2}))`).join('\n')}
 `
}

function fillOf(bytes, byte) {
  const lanes = Array.from({ length: vector }, () => byte).join(' ')
  return `(param i32)
${places(bytes)
  .map(
    (place) => `  (v128.store${offset(place)} align=1 (local.get 0) (v128.const i8x16 ${lanes}))`,
  )
  .join('\n')}
 `
}

const offset = (place) => (place === 0 ? '' : ` offset=${place}`)

/** More bytes than these are left to the instruction. */
const most = 64

const target = '(local.get 0)'
const length = '(local.get 2)'
const sum = (one, other) => `(i32.add ${one} ${other})`
const less = (place, bytes) => `(i32.sub ${place} (i32.const ${bytes}))`
const endOf = (place) => sum(place, length)
const middleOf = (place) => sum(place, `(i32.shr_u ${length} (i32.const 1))`)

/**
 * A function of a place, of something else and of a length, which does a few bytes by itself: in pieces from
 * the front and from the back, of which each may cover what others do.
 * @param {string} kind
 * @param {string} locals types of the locals behind the three parameters
 * @param {(type: string, places: ((start: string) => string)[]) => string} move does pieces of a type
 */
const ofAny = (kind, locals, move) => {
  const start = (place) => place
  const fromBack = (bytes) => (place) => less(endOf(place), bytes)
  const atLeast = (bytes, then) =>
    `(if (i32.ge_u ${length} (i32.const ${bytes})) (then ${then} (return)))`
  const four = [start, (place) => sum(place, '(i32.const 16)'), fromBack(32), fromBack(16)]
  return `(param i32 i32 i32) (local ${locals})
  (if (i32.gt_u ${length} (i32.const ${most}))
   (then (memory.${kind} ${target} (local.get 1) ${length}) (return)))
  ${atLeast(33, move('v128', four))}
  ${atLeast(16, move('v128', [start, fromBack(16)]))}
  ${atLeast(8, move('i64', [start, fromBack(8)]))}
  ${atLeast(4, move('i32', [start, fromBack(4)]))}
  ${atLeast(1, move('byte', [start, middleOf, fromBack(1)]))}
 `
}

const instruction = (type, name) =>
  type === 'byte' ? `i32.${name}8${name === 'load' ? '_u' : ''}` : `${type}.${name} align=1`

/** Locals for pieces of a type begin there. */
const firstLocal = { v128: 3, i64: 7, i32: 9, byte: 9 }

/** All is read before anything is written, as above. */
const copyOfAny = ofAny('copy', 'v128 v128 v128 v128 i64 i64 i32 i32 i32', (type, places) => {
  const local = (index) => firstLocal[type] + index
  const source = '(local.get 1)'
  const reads = places.map(
    (at, index) => `(local.set ${local(index)} (${instruction(type, 'load')} ${at(source)}))`,
  )
  const writes = places.map(
    (at, index) => `(${instruction(type, 'store')} ${at(target)} (local.get ${local(index)}))`,
  )
  return [...reads, ...writes].join(' ')
})

const splat = '(i8x16.splat (local.get 1))'
const filling = {
  v128: splat,
  i64: `(i64x2.extract_lane 0 ${splat})`,
  i32: `(i32x4.extract_lane 0 ${splat})`,
  byte: '(local.get 1)',
}

const fillOfAny = ofAny('fill', '', (type, places) =>
  places.map((at) => `(${instruction(type, 'store')} ${at(target)} ${filling[type]})`).join(' '),
)
