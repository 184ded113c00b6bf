// Runs the bundle both ways, several times in turns, so that a busy moment of the machine hits both.

import type { SimulateBundleReturnType, Simulator, Transaction } from 'forerun'

const rounds = 9

/** A way of running, with the result of its last run. */
export type Way = { result: SimulateBundleReturnType; median: number; least: number; most: number }

export type Measurement = {
  rounds: number
  sequential: Way
  /** Absent where there is one thread only. */
  parallel: Way | undefined
}

async function once(
  simulator: Simulator,
  transactions: readonly Transaction[],
  threads: number,
): Promise<{ result: SimulateBundleReturnType; milliseconds: number }> {
  const start = performance.now()
  const result = await simulator.simulateBundle({ transactions, threads })
  // The engine's own time leaves out the way of the request and the answer between the workers.
  return { result, milliseconds: result.milliseconds ?? performance.now() - start }
}

const summary = (result: SimulateBundleReturnType, times: number[]): Way => {
  const sorted = [...times].sort((a, b) => a - b)
  return {
    result,
    median: sorted[Math.floor(sorted.length / 2)] ?? Number.NaN,
    least: sorted[0] ?? Number.NaN,
    most: sorted.at(-1) ?? Number.NaN,
  }
}

/** Measures the bundle on one thread and, where there are several, on all of them. */
export async function measure(
  simulator: Simulator,
  transactions: readonly Transaction[],
): Promise<Measurement> {
  const several = simulator.threads > 1
  const times = { sequential: [] as number[], parallel: [] as number[] }
  // The first run of each is not counted: the browser still compiles.
  let sequential = await once(simulator, transactions, 1)
  let parallel = several ? await once(simulator, transactions, simulator.threads) : undefined
  for (let round = 0; round < rounds; round++) {
    sequential = await once(simulator, transactions, 1)
    times.sequential.push(sequential.milliseconds)
    if (several) {
      parallel = await once(simulator, transactions, simulator.threads)
      times.parallel.push(parallel.milliseconds)
    }
  }
  return {
    rounds,
    sequential: summary(sequential.result, times.sequential),
    parallel: parallel && summary(parallel.result, times.parallel),
  }
}

/** Everything that must be the same however a bundle was run: all but the report and the time. */
export const comparable = (result: SimulateBundleReturnType): string => {
  const { report: _, milliseconds: __, ...rest } = result
  return JSON.stringify(rest, (_key, value: unknown) =>
    typeof value === 'bigint' ? value.toString() : value,
  )
}
