// Listeners by event. Each is called by itself and later, so that one that throws spoils nothing but
// its own report.

/** Functions by the name of the event that they are told of, each with what it is told. */
export type Listeners<Events> = {
  add<Name extends keyof Events>(event: Name, listener: (told: Events[Name]) => void): void
  remove<Name extends keyof Events>(event: Name, listener: (told: Events[Name]) => void): void
  /** Tells all who listen, or `only` one of them. */
  tell<Name extends keyof Events>(
    event: Name,
    told: Events[Name],
    only?: (told: Events[Name]) => void,
  ): void
}

/** Nobody listens yet. */
export function createListeners<Events>(): Listeners<Events> {
  const all = new Map<keyof Events, Set<(told: never) => void>>()
  return {
    add: (event, listener) => {
      all.set(event, (all.get(event) ?? new Set()).add(listener))
    },
    remove: (event, listener) => {
      all.get(event)?.delete(listener)
    },
    tell: (event, told, only) => {
      const listeners = all.get(event)
      for (const listener of only === undefined ? (listeners ?? []) : [only])
        queueMicrotask(() => {
          if (listeners?.has(listener)) listener(told as never)
        })
    },
  }
}
