// A worker with instances of several builds, that runs a block in each of them in the order it is told.

let opened

const described = (error) => self.__forerunPanic ?? String(error?.message ?? error)

/** An engine is made when its turn comes: what it leaves in caches is then there for itself. */
async function open({ builds, state }) {
  opened = []
  for (const { name, glue, module } of builds) {
    const bindings = await import(glue)
    bindings.initSync({ module })
    bindings.installPanicHook()
    opened.push({ name, engine: undefined, make: () => new bindings.Engine(state, 1) })
  }
}

function turn({ order, request, forgetful }) {
  return order.map((place) => {
    const build = opened[place]
    build.engine ??= build.make()
    const { first, rest } = replay(build, request)
    if (rest.length === 0) return { name: build.name, first, rest, empty: rest }
    // Once more, with nothing remembered from one execution to the next.
    const { rest: empty } = replay(build, forgetful)
    return { name: build.name, first, rest, empty }
  })
}

function replay({ name, engine }, request) {
  const { milliseconds, runs = [], checks, gasUsed } = engine.replayBlock(request)
  const wrong = Object.keys(checks).filter((check) => checks[check] === false)
  if (wrong.length > 0)
    throw new Error(`${name} is not as the header says: ${wrong.join(', ')} (${gasUsed} gas)`)
  // With one thread both are the same loop.
  const rest = runs.flatMap(({ parallel, sequential }) => [parallel, sequential])
  return { first: milliseconds, rest }
}

self.onmessage = async ({ data }) => {
  try {
    const value = data.type === 'open' ? await open(data) : turn(data)
    self.postMessage({ value })
  } catch (error) {
    self.postMessage({ error: described(error) })
  }
}
