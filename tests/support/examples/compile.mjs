// Examples through the compiler, against the types that the package ships.

import { copyFile, mkdir, rm, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { repository, target } from '../../../tools/setup/places.mjs'
import { run } from '../../../tools/setup/run.mjs'

// Below the repository, where `forerun` is found by its own name, as in an application.
const folder = join(target, 'tests', 'examples')
const names = fileURLToPath(new URL('names.d.ts', import.meta.url))

const options = {
  target: 'es2022',
  module: 'nodenext',
  lib: ['es2022', 'dom', 'esnext.disposable'],
  types: [],
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  // Those of viem and ethers are not ours to check.
  skipLibCheck: true,
  rootDir: '.',
  outDir: 'compiled',
}

const fileName = ({ name }) => name.replace(/[^\w]+/g, '-')

/**
 * Compiles all of them.
 * @param {import('./extract.mjs').Example[]} examples
 * @returns {Promise<{ ok: boolean, output: string, files: Map<string, string> }>} `output` names each
 *   mistake by the file and the line where it stands; `files` is what can be run, by name
 */
export async function compile(examples) {
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  await copyFile(names, join(folder, 'names.d.ts'))
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: options }))
  for (const example of examples)
    await writeFile(join(folder, `${fileName(example)}.ts`), moduleOf(example))
  const tsc = join(repository, 'node_modules', '.bin', 'tsc')
  const { ok, output } = await run(tsc, ['--pretty', 'false', '-p', folder], { limit: 120_000 })
  const places = examples.map((example) => [
    `${relative(repository, join(folder, fileName(example)))}.ts`,
    example.file,
  ])
  return {
    ok,
    output: places.reduce((text, [from, to]) => text.replaceAll(from, to), output),
    files: new Map(
      examples.map((example) => [
        example.name,
        join(folder, 'compiled', `${fileName(example)}.js`),
      ]),
    ),
  }
}

/**
 * A module whose lines have the numbers that they have in their page. What it prints it tells the runner
 * with the line; one without imports is a module all the same.
 */
const moduleOf = ({ line, text }) =>
  [
    '\n'.repeat(line - 1),
    text
      .split('\n')
      .map((each, index) => each.replaceAll('console.log(', `console.log(${line + index}, `))
      .join('\n'),
    '\nexport {}\n',
  ].join('')
