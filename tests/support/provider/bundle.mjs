// The questions with both libraries in one file, for pages.

import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'
import { target } from '../../../tools/setup/places.mjs'

const here = dirname(fileURLToPath(import.meta.url))
const built = join(target, 'tests', 'questions')

/** Makes it; gives back the folder by the path that the page asks for it. */
export async function bundleQuestions() {
  await build({
    configFile: false,
    root: here,
    logLevel: 'warn',
    build: {
      target: 'es2022',
      outDir: built,
      emptyOutDir: true,
      lib: {
        entry: join(here, 'questions.mjs'),
        formats: ['es'],
        fileName: () => 'questions.js',
      },
    },
  })
  return { '/questions/': built }
}
