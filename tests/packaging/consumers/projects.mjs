// The projects that a page is built in, each as its tool's users have it. All have the same page, and
// configure nothing that README.md does not say.
//
// A project has a `name`, its `files`, and `build`, which makes the folder that a server then serves.

import { copyFile, cp } from 'node:fs/promises'
import { join } from 'node:path'
import { within } from '../../support/limit.mjs'
import { html, sources } from './pages.mjs'

const buildLimit = 120_000

const vite = (name, load) => ({
  name,
  files: { ...sources, 'index.html': html('/src/main.js') },
  async build(folder) {
    const { build } = await load()
    await build({ root: folder, logLevel: 'error' })
    return join(folder, 'dist')
  },
})

const webpack = {
  name: 'webpack 5',
  files: { ...sources, 'public/index.html': html('main.js') },
  async build(folder) {
    const { default: start } = await import('webpack')
    const output = join(folder, 'dist')
    const compiler = start({
      mode: 'production',
      context: folder,
      entry: './src/main.js',
      output: { path: output },
    })
    const stats = await promised((done) => compiler.run(done))
    await promised((done) => compiler.close(done))
    const { errors } = stats.toJson({ all: false, errors: true })
    if (errors.length > 0) throw new Error(errors.map(({ message }) => message).join('\n'))
    await cp(join(folder, 'public'), output, { recursive: true })
    return output
  },
}

const esbuild = {
  name: 'esbuild',
  files: { ...sources, 'public/index.html': html('main.js') },
  async build(folder) {
    const { build } = await import('esbuild')
    const output = join(folder, 'dist')
    await build({
      absWorkingDir: folder,
      entryPoints: ['src/main.js'],
      bundle: true,
      format: 'esm',
      outdir: output,
      logLevel: 'error',
    })
    await cp(join(folder, 'public'), output, { recursive: true })
    for (const file of ['worker.js', 'forerun-threads.wasm', 'forerun-single.wasm'])
      await copyFile(join(folder, 'node_modules/forerun/web/dist', file), join(output, file))
    return output
  },
}

const importMap = {
  name: 'no bundler',
  files: {
    ...sources,
    'index.html': html(
      '/src/main.js',
      '<script type="importmap">{"imports":{"forerun":"/node_modules/forerun/web/dist/index.js"}}</script>',
    ),
  },
  build: async (folder) => folder,
}

/** All of them; the current Vite first. */
export const projects = [
  vite('Vite 8', () => import('vite')),
  vite('Vite 7', () => import('vite-7')),
  webpack,
  esbuild,
  importMap,
].map((project) => ({
  ...project,
  build: (folder) => within(buildLimit, `build by ${project.name}`, project.build(folder)),
}))

const promised = (call) =>
  new Promise((resolve, reject) => {
    call((error, value) => (error ? reject(error) : resolve(value)))
  })
