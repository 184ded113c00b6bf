// What `--help` and `--version` print.

import { readFileSync } from 'node:fs'

export const help = `forerun simulate FILE --rpc URL | --state FILE [options]
  Simulates a bundle of transactions. FILE is JSON, as simulateBundle takes it; - is standard input.
  Quantities are 0x strings, decimal strings or numbers.

  --rpc URL        read state from a JSON-RPC server; more than once for several
    --block B      the block to stand on: latest (as it is without this), safe, finalized, earliest,
                   a number or a hash
    --chain ID     the chain's id; a server of another chain is refused
    --fork F       the rules, where they are not to be found out
    --replay-key   with --json: add what it takes to run the same again offline
  --state FILE     take state from a snapshot, in JSON
  --timeline       say which thread did what, where there are several

forerun replay FILE [options]
  Runs again what was recorded, and says whether it comes out the same. FILE is what simulate wrote with
  --json --replay-key, a replayKey by itself, which has no result to compare with, or a block with the
  state before it, { "state", "block" }, which is compared with its own header.

Options of both
  --threads N      threads that execute, 1 to 64; without this all cores but one
  --json           print one JSON document, with quantities as 0x strings

forerun --help
forerun --version

Exit codes
  0    all transactions succeeded; what was replayed came out the same
  1    a transaction reverted or halted; what was replayed came out otherwise
  2    the command line, a file or a request cannot be used
  3    state could not be read
  4    the engine failed
  130  Ctrl-C
`

/** The version of the package. */
export function version(): string {
  const file = new URL('../../../../package.json', import.meta.url)
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
}
