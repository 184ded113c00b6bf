// JSON-RPC vectors on the package in Node. The test module is in this thread and imports with one
// worker; the package has the threads that were asked for.

import { readFileSync } from 'node:fs'
import { createSimulator, snapshot } from 'forerun'
import { createAnswers } from '../../tests/conformance/page/answers.js'
import { NoTests } from './files.mjs'
import { loadModule } from './load-module.mjs'

/** Loads both. */
export async function openNode(threads) {
  const module = await loadModule()
  let vectors
  let answers
  return {
    importVectors: async (path, files) => {
      await answers?.quit()
      vectors?.free()
      vectors = new module.Vectors()
      for (const { name, file } of files) vectors.add(name, readFileSync(file))
      const snapshotOf = async (block) => Buffer.from(vectors.snapshot(block))
      answers = createAnswers({ createSimulator, snapshot, snapshotOf, threads })
      try {
        return JSON.parse(vectors.import(1))
      } catch (error) {
        if (error instanceof WebAssembly.RuntimeError) throw error
        throw new NoTests(`${path}: ${error.message}`)
      }
    },
    choose: async ({ total, sample, seed }) => [...module.choose(total, sample, BigInt(seed))],
    runVector: async ({ index, block, requests }) => {
      const said = await answers.ask({ block, requests })
      return JSON.parse(vectors.judge(index, JSON.stringify(said)))
    },
    quit: () => answers?.quit(),
  }
}
