// The test module of crate/conformance-wasm, for browsers and Node.

import { unlessDone } from '../build/stamp.mjs'
import { buildConformance, conformancePlace, wasmFacts } from '../build/wasm.mjs'
import { recipe, wasmInputs } from '../build.mjs'

/** Builds the test module, if it is not there already. */
export async function buildModule() {
  const inputs = ['crate/conformance', 'crate/conformance-wasm'].flatMap((crate) => [
    `${crate}/Cargo.toml`,
    `${crate}/src`,
  ])
  await unlessDone(
    'wasm-conformance',
    {
      inputs: [...wasmInputs, ...inputs, ...recipe],
      outputs: [conformancePlace],
      facts: await wasmFacts(),
    },
    buildConformance,
  )
}
