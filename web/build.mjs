// Builds the npm package's files into web/dist:
//
//   *.js, *.d.ts            the part that pages load, module by module, by tsc
//   worker.js               the one worker file, without imports, both wasm glues inside
//   node/*.js               what Node loads in addition, which no page ever asks for
//   forerun-threads.wasm    copied from pkg/threads
//   forerun-single.wasm     copied from pkg/single
//
// Needs pkg/threads and pkg/single (`npm run build` makes them first).

import { execFileSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'

const web = dirname(fileURLToPath(import.meta.url))
const root = dirname(web)
const dist = join(web, 'dist')

const wasm = {
  threads: join(root, 'pkg', 'threads', 'forerun_bg.wasm'),
  single: join(root, 'pkg', 'single', 'forerun_bg.wasm'),
}
for (const file of Object.values(wasm))
  if (!existsSync(file)) fail(`${file} is missing; run "npm run build", which makes it first`)

rmSync(dist, { recursive: true, force: true })
mkdirSync(dist, { recursive: true })

// Comments are for readers of types: code without them is a quarter less to load.
const pages = join(web, 'tsconfig.json')
typescript('-p', pages, '--emitDeclarationOnly')
typescript('-p', pages, '--declaration', 'false', '--removeComments')
typescript('-p', join(web, 'src', 'worker', 'tsconfig.json'))
typescript('-p', join(web, 'src', 'node', 'tsconfig.json'))
await bundleWorker()
copyFileSync(wasm.threads, join(dist, 'forerun-threads.wasm'))
copyFileSync(wasm.single, join(dist, 'forerun-single.wasm'))

function typescript(...options) {
  const compiler = createRequire(import.meta.url).resolve('typescript/package.json')
  const { bin } = JSON.parse(readFileSync(compiler, 'utf8'))
  const tsc = join(dirname(compiler), typeof bin === 'string' ? bin : bin.tsc)
  try {
    execFileSync(process.execPath, [tsc, ...options], { stdio: 'inherit' })
  } catch {
    fail('TypeScript refused the sources, see above')
  }
}

async function bundleWorker() {
  await build({
    configFile: false,
    root: web,
    logLevel: 'warn',
    define: { __FORERUN_INITIAL_PAGES__: String(initialPagesOfImportedMemory(wasm.threads)) },
    build: {
      target: 'es2022',
      outDir: dist,
      emptyOutDir: false,
      // Small enough, and an application's own build may minify it; an error in it can be read.
      minify: false,
      rolldownOptions: { output: { comments: false } },
      lib: {
        entry: join(web, 'src', 'worker', 'entry.ts'),
        formats: ['es'],
        fileName: () => 'worker.js',
      },
    },
  })
  // Bundlers copy this file as an asset without looking inside, so whatever it would import or
  // name relative to itself would be missing.
  const text = readFileSync(join(dist, 'worker.js'), 'utf8')
  for (const forbidden of [/^\s*import\b/m, /\bimport\s*\(/, /new URL\([^)]*import\.meta/])
    if (forbidden.test(text))
      fail(`web/dist/worker.js is not self-contained: it holds ${forbidden}`)
  if (!text.includes('__forerunStartWorkers'))
    fail('the glue of the threaded build does not call our starter of the pool')
}

/** Reads, from the import section, with how many pages the shared memory has to start. */
function initialPagesOfImportedMemory(file) {
  const bytes = readFileSync(file)
  let at = 8
  const number = () => {
    let value = 0
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++]
      value += (byte & 0x7f) * 2 ** shift
      if (byte < 0x80) return value
    }
  }
  const skipName = () => {
    const length = number()
    at += length
  }
  const skipLimits = () => {
    const flags = number()
    const initial = number()
    if (flags & 1) number()
    return initial
  }
  while (at < bytes.length) {
    const section = bytes[at++]
    const end = number() + at
    if (section === 2) {
      for (let count = number(); count > 0; count--) {
        skipName()
        skipName()
        const kind = bytes[at++]
        if (kind === 2) return skipLimits()
        if (kind === 0) number()
        else if (kind === 1) {
          at += 1
          skipLimits()
        } else if (kind === 3) at += 2
        else fail(`${file}: an import of kind ${kind} is not known here`)
      }
    }
    at = end
  }
  fail(`${file} imports no memory: it was not built with threads`)
}

function fail(message) {
  console.error(`web/build.mjs: ${message}`)
  process.exit(1)
}
