// What a transport takes from its surroundings; tests put their own in its place.

/** Network, clocks and chance. */
export type Surroundings = {
  fetch: typeof fetch
  /** Milliseconds that only ever grow. */
  now(): number
  /** Milliseconds since 1970, to compare with dates that servers name. */
  date(): number
  /** A number from 0 up to, but without, 1. */
  random(): number
  /** Runs `action` once after some milliseconds; gives back what prevents it. */
  after(milliseconds: number, action: () => void): () => void
}

/** The real ones. */
export const realSurroundings = (): Surroundings => ({
  // Called as a method of something else, fetch throws.
  fetch: (...parameters) => globalThis.fetch(...parameters),
  now: () => performance.now(),
  date: () => Date.now(),
  random: () => Math.random(),
  after: (milliseconds, action) => {
    const timer = setTimeout(action, milliseconds)
    return () => clearTimeout(timer)
  },
})
