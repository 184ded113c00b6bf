// What the figures were measured on. Without it they say nothing.

import { arch, cpus, loadavg, release, totalmem, type } from 'node:os'
import { run } from '../setup/run.mjs'

const limit = 30_000

/** @param {Record<string, string>} browsers versions of those that take part */
export async function describeMachine(browsers) {
  const rust = await run('rustc', ['--version'], { limit })
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memory: totalmem(),
    system: `${type()} ${release()} ${arch()}`,
    // Other work on the machine makes parallel runs slower than sequential ones.
    load: Math.round(loadavg()[0] * 100) / 100,
    node: process.versions.node,
    rust: rust.output.trim(),
    allocator: 'mimalloc; in the threaded wasm build our own, else that of Rust',
    ...browsers,
  }
}

/** The commit that is measured, marked where files differ from it. */
export async function describeCommit() {
  const { ok, output } = await run(
    'git',
    ['describe', '--always', '--dirty', '--abbrev=40', '--exclude=*'],
    { limit },
  )
  return ok ? output.trim() : 'unknown'
}

/** The machine as lines of text. */
export const machineLines = (machine) =>
  Object.entries(machine).map(
    ([name, value]) =>
      `  ${name.padEnd(10)} ${name === 'memory' ? `${(value / 2 ** 30).toFixed(1)} GiB` : value}`,
  )
