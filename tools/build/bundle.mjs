// One file of ours with all that it imports in one module, for a page of a test or a benchmark.

import { dirname } from 'node:path'

/** Writes `folder/name`; the folder then holds nothing else. */
export async function bundle({ entry, folder, name }) {
  // Most of those who import this file never get here, and vite is large.
  const { build } = await import('vite')
  await build({
    configFile: false,
    root: dirname(entry),
    logLevel: 'warn',
    build: {
      target: 'es2022',
      outDir: folder,
      emptyOutDir: true,
      lib: { entry, formats: ['es'], fileName: () => name },
    },
  })
}
