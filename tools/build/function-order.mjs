// In which order functions stand in a file decides what gzip makes of it: it looks back 32 KiB, and
// what is like a function, mostly the same generic code compiled for another type, may stand further
// away. Here each is followed by the one of those left that is most like it.
//
// The order is given as names, by which wasm-opt then sorts: numbering calls anew is its business. It
// follows from the file alone, so the same file always comes to the same order.

/**
 * The file again, with names that sort its functions so that similar ones stand together.
 * @param {Uint8Array} file
 * @param {number} common what more functions than this have in common tells nothing
 */
export function named(file, common) {
  const { imports, bodies, kept } = sections(file)
  const ranks = order(bodies, common)
  const digits = String(bodies.length).length
  const entries = bodies.map((_, index) => [
    ...leb(imports + index),
    ...text(`f${String(ranks[index]).padStart(digits, '0')}`),
  ])
  const names = [...leb(entries.length), ...entries.flat()]
  const content = [...text('name'), 1, ...leb(names.length), ...names]
  return Buffer.concat([...kept, Buffer.from([0, ...leb(content.length), ...content])])
}

/**
 * The place of each function in the new order. Likeness is what two have in common against all that
 * both have. Where nothing is like the last one, the first of those left is next.
 */
function order(bodies, common) {
  const pieces = bodies.map(piecesOf)
  // Which functions have a piece.
  const holders = new Map()
  pieces.forEach((set, index) => {
    for (const piece of set) {
      const list = holders.get(piece)
      if (list) list.push(index)
      else holders.set(piece, [index])
    }
  })
  const ranks = new Array(bodies.length).fill(-1)
  const shared = new Uint32Array(bodies.length)
  let current = 0
  for (let rank = 0; rank < bodies.length; rank++) {
    ranks[current] = rank
    const met = []
    for (const piece of pieces[current]) {
      const list = holders.get(piece)
      if (list.length > common) continue
      for (const other of list) {
        if (ranks[other] >= 0) continue
        if (shared[other]++ === 0) met.push(other)
      }
    }
    const size = pieces[current].size
    let best = -1
    let likeness = 0
    for (const other of met) {
      const found = shared[other] / (size + pieces[other].size - shared[other])
      if (found > likeness) [best, likeness] = [other, found]
      shared[other] = 0
    }
    current = best >= 0 ? best : ranks.indexOf(-1)
  }
  return ranks
}

/** All runs of four bytes of a body, as numbers. */
function piecesOf(body) {
  const found = new Set()
  let piece = 0
  body.forEach((byte, at) => {
    piece = ((piece << 8) | byte) >>> 0
    if (at >= 3) found.add(piece)
  })
  return found
}

/** The number of imported functions, the bodies, and all sections but names. */
function sections(file) {
  const kept = [file.subarray(0, 8)]
  let imports = 0
  let bodies = []
  for (let at = 8; at < file.length; ) {
    const id = file[at]
    const [size, start] = number(file, at + 1)
    const end = start + size
    const content = file.subarray(start, end)
    if (id === 2) imports = importedFunctions(content)
    if (id === 10) bodies = bodiesOf(content)
    const isNames = id === 0 && Buffer.from(content.subarray(1, 5)).toString() === 'name'
    if (!isNames) kept.push(file.subarray(at, end))
    at = end
  }
  return { imports, bodies, kept }
}

function bodiesOf(content) {
  let [count, at] = number(content, 0)
  const bodies = []
  while (count-- > 0) {
    const [size, start] = number(content, at)
    at = start + size
    bodies.push(content.subarray(start, at))
  }
  return bodies
}

function importedFunctions(content) {
  let [count, at] = number(content, 0)
  let functions = 0
  const skip = () => {
    const [value, next] = number(content, at)
    at = next
    return value
  }
  while (count-- > 0) {
    for (const _ of ['module', 'name']) {
      const size = skip()
      at += size
    }
    const kind = content[at++]
    if (kind === 0) functions++
    // A table begins with its type and a global ends with whether it changes; the limits of tables
    // and memories are one number or two.
    if (kind === 1) at++
    if (kind === 1 || kind === 2) {
      const limits = content[at++]
      if (limits & 1) skip()
    }
    if (kind === 3) at++
    skip()
  }
  return functions
}

/** A number in the file's way of writing them, and where it ends. */
function number(bytes, at) {
  let value = 0
  for (let factor = 1; ; factor *= 128) {
    const byte = bytes[at++]
    value += (byte & 127) * factor
    if (byte < 128) return [value, at]
  }
}

function leb(value) {
  const bytes = []
  for (; value > 127; value = Math.floor(value / 128)) bytes.push((value % 128) + 128)
  return [...bytes, value]
}

const text = (string) => [...leb(string.length), ...Buffer.from(string)]
