// The questions with both libraries in one file, for pages.

import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundle } from '../../../tools/build/bundle.mjs'
import { target } from '../../../tools/setup/places.mjs'

const entry = fileURLToPath(new URL('questions.mjs', import.meta.url))

/** Makes it; gives back the folder by the path that the page asks for it. */
export async function bundleQuestions() {
  const folder = join(target, 'tests', 'questions')
  await bundle({ entry, folder, name: 'questions.js' })
  return { '/questions/': folder }
}
