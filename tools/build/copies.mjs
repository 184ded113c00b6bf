// `memory.copy` and `memory.fill` are calls out of WebAssembly in V8, some 20 ns each however few bytes
// there are. Compilers emit them for every value of more than a few words that is moved: there are
// some 4,500 in a build, most of 48 to 144 bytes, and a payment executes dozens. Here each becomes a call
// of a function that moves as many bytes by vectors; one whose length is not in the code, or is too
// long for that, looks at the length and calls out if there are many.
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
export function inlineCopies(text) {
  const functions = new Map()
  const pieces = []
  // Operands may hold copies of their own, so only the name and a length are changed where they stand.
  const cut = []
  for (const { 0: found, 1: kind, index } of text.matchAll(/\(memory\.(copy|fill)(?=\s)/g)) {
    const [, value, length] = operands(text, index + found.length)
    const bytes = constant(text.slice(...length))
    const byte = kind === 'fill' ? constant(text.slice(...value)) : undefined
    const known = bytes >= vector && bytes <= longest && (kind === 'copy' || byte !== undefined)
    const name = known
      ? `$${copyFunctions}_${kind}_${bytes}${kind === 'fill' ? `_${byte}` : ''}`
      : `$${copyFunctions}_${kind}`
    if (known && kind === 'fill') cut.push(value)
    if (known) cut.push(length)
    pieces.push([index, index + found.length, `(call ${name}`])
    functions.set(name, () => {
      if (kind === 'copy') return known ? copyOf(bytes) : copyOfAny
      return known ? fillOf(bytes, byte) : fillOfAny
    })
  }
  pieces.push(...cut.map(([from, to]) => [from, to, '']))
  pieces.sort(([one], [other]) => one - other)
  let at = 0
  const changed = []
  for (const [from, to, put] of pieces) {
    changed.push(text.slice(at, from), put)
    at = to
  }
  changed.push(text.slice(at))
  const whole = changed.join('')
  const end = whole.lastIndexOf(')')
  const bodies = [...functions].map(([name, body]) => ` (func ${name} ${body()})\n`)
  return `${whole.slice(0, end)}${bodies.join('')}${whole.slice(end)}`
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

/** From so many bytes on the way out is the shorter one. */
const farthest = 64

/**
 * A function of a place, of something else and of a length, that does a few bytes by itself: by two pieces
 * from the front and from the back, of which each may be where the other is, or by four.
 */
const ofAny = ({ kind, locals, pieces }) => `(param i32 i32 i32)
  (local i32 ${locals})
  (if (i32.gt_u (local.get 2) (i32.const ${farthest}))
   (then (memory.${kind} (local.get 0) (local.get 1) (local.get 2)) (return)))
  ${pieces}`

const copyOfAny = ofAny({
  kind: 'copy',
  locals: 'v128 v128 v128 v128 i64 i64 i32 i32',
  pieces: `(local.set 3 (i32.add (local.get 1) (local.get 2)))
  (if (i32.ge_u (local.get 2) (i32.const 16))
   (then
    (local.set 4 (v128.load align=1 (local.get 1)))
    (local.set 5 (v128.load align=1 (i32.sub (local.get 3) (i32.const 16))))
    (if (i32.gt_u (local.get 2) (i32.const 32))
     (then
      (local.set 6 (v128.load offset=16 align=1 (local.get 1)))
      (local.set 7 (v128.load align=1 (i32.sub (local.get 3) (i32.const 32))))
      (v128.store offset=16 align=1 (local.get 0) (local.get 6))
      (v128.store align=1 (i32.sub (i32.add (local.get 0) (local.get 2)) (i32.const 32)) (local.get 7))))
    (v128.store align=1 (local.get 0) (local.get 4))
    (v128.store align=1 (i32.sub (i32.add (local.get 0) (local.get 2)) (i32.const 16)) (local.get 5))
    (return)))
  (if (i32.ge_u (local.get 2) (i32.const 8))
   (then
    (local.set 8 (i64.load align=1 (local.get 1)))
    (local.set 9 (i64.load align=1 (i32.sub (local.get 3) (i32.const 8))))
    (i64.store align=1 (local.get 0) (local.get 8))
    (i64.store align=1 (i32.sub (i32.add (local.get 0) (local.get 2)) (i32.const 8)) (local.get 9))
    (return)))
  (if (i32.ge_u (local.get 2) (i32.const 4))
   (then
    (local.set 10 (i32.load align=1 (local.get 1)))
    (local.set 11 (i32.load align=1 (i32.sub (local.get 3) (i32.const 4))))
    (i32.store align=1 (local.get 0) (local.get 10))
    (i32.store align=1 (i32.sub (i32.add (local.get 0) (local.get 2)) (i32.const 4)) (local.get 11))
    (return)))
  (if (local.get 2)
   (then
    (local.set 10 (i32.load8_u (local.get 1)))
    (local.set 11 (i32.load8_u (i32.add (local.get 1) (i32.shr_u (local.get 2) (i32.const 1)))))
    (local.set 3 (i32.load8_u (i32.sub (local.get 3) (i32.const 1))))
    (i32.store8 (local.get 0) (local.get 10))
    (i32.store8 (i32.add (local.get 0) (i32.shr_u (local.get 2) (i32.const 1))) (local.get 11))
    (i32.store8 (i32.sub (i32.add (local.get 0) (local.get 2)) (i32.const 1)) (local.get 3))))
 `,
})

const fillOfAny = ofAny({
  kind: 'fill',
  locals: 'v128 i64',
  pieces: `(local.set 3 (i32.add (local.get 0) (local.get 2)))
  (local.set 4 (i8x16.splat (local.get 1)))
  (local.set 5 (i64x2.extract_lane 0 (local.get 4)))
  (if (i32.ge_u (local.get 2) (i32.const 16))
   (then
    (if (i32.gt_u (local.get 2) (i32.const 32))
     (then
      (v128.store offset=16 align=1 (local.get 0) (local.get 4))
      (v128.store align=1 (i32.sub (local.get 3) (i32.const 32)) (local.get 4))))
    (v128.store align=1 (local.get 0) (local.get 4))
    (v128.store align=1 (i32.sub (local.get 3) (i32.const 16)) (local.get 4))
    (return)))
  (if (i32.ge_u (local.get 2) (i32.const 8))
   (then
    (i64.store align=1 (local.get 0) (local.get 5))
    (i64.store align=1 (i32.sub (local.get 3) (i32.const 8)) (local.get 5))
    (return)))
  (if (i32.ge_u (local.get 2) (i32.const 4))
   (then
    (i64.store32 align=1 (local.get 0) (local.get 5))
    (i64.store32 align=1 (i32.sub (local.get 3) (i32.const 4)) (local.get 5))
    (return)))
  (if (local.get 2)
   (then
    (i32.store8 (local.get 0) (local.get 1))
    (i32.store8 (i32.add (local.get 0) (i32.shr_u (local.get 2) (i32.const 1))) (local.get 1))
    (i32.store8 (i32.sub (local.get 3) (i32.const 1)) (local.get 1))))
 `,
})
