// V8's baseline compiler for WebAssembly forgets, up to the version in Node 20 (11.3), what it keeps in
// registers across `memory.atomic.wait32`: in a loop around one, the second wait is at another
// address, and two threads that sleep in the standard library spin for ever instead. What a function
// holds that does nothing but wait cannot be forgotten, so each wait becomes a call of such a
// function. A wait is long beside a call.

/** The functions' names begin so. */
const waitFunctions = '__forerun_wait'

/** A module's text with each wait as a call. */
export function outlineWaits(text) {
  const functions = new Map()
  const outlined = text.replace(
    /\(memory\.atomic\.wait(32|64)((?: (?:offset|align)=\d+)*)/g,
    (_, bits, place) => {
      const name = `$${waitFunctions}${bits}${place.replaceAll(/[ =]/g, '_')}`
      functions.set(name, { bits, place })
      return `(call ${name}`
    },
  )
  const end = outlined.lastIndexOf(')')
  const bodies = [...functions].map(
    ([name, { bits, place }]) =>
      ` (func ${name} (param i32 i${bits} i64) (result i32)\n  (memory.atomic.wait${bits}${place} (local.get 0) (local.get 1) (local.get 2)))\n`,
  )
  return `${outlined.slice(0, end)}${bodies.join('')}${outlined.slice(end)}`
}
