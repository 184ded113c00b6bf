// Figures out of lists of numbers. A median says what usually happens; least and most say how far to
// trust it.

/** The middle one, or the mean of the two in the middle. */
export function median(numbers) {
  if (numbers.length === 0) throw new Error('no numbers to take a median of')
  const sorted = [...numbers].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

/**
 * The geometric mean: of ratios the only one that does not depend on which side is the divisor. A time
 * of nought, which a coarse clock may measure, makes it nought.
 */
export function geomean(numbers) {
  if (numbers.length === 0) throw new Error('no numbers to take a mean of')
  if (numbers.some((number) => !(number >= 0)))
    throw new Error(`a geometric mean is of numbers from 0 on, not of ${numbers.join(', ')}`)
  return Math.exp(numbers.reduce((sum, number) => sum + Math.log(number), 0) / numbers.length)
}

export const summary = (numbers) => ({
  runs: numbers.length,
  median: median(numbers),
  min: Math.min(...numbers),
  max: Math.max(...numbers),
})

/** Turns that come first and do not count: caches and the wasm compiler's second tier warm up. */
export const warmUp = 3

/**
 * How many turns are measured of a case that takes so long in order. Short ones vary more and cost
 * less.
 */
export const turnsFor = (milliseconds) => (milliseconds < 40 ? 30 : 15)

/** Times of both executors without those of the turns that do not count. */
export function measured(runs) {
  if (runs.length <= warmUp) throw new Error(`${runs.length} turns are too few to measure`)
  const counted = runs.slice(warmUp)
  return {
    parallel: counted.map(({ parallel }) => parallel),
    sequential: counted.map(({ sequential }) => sequential),
  }
}
