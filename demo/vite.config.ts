// Builds the page into demo/dist. The package is imported by its own name, as an application would.

import { fileURLToPath } from 'node:url'
import { forerun } from 'forerun/vite'
import { defineConfig } from 'vite'

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  // Relative, so that the folder can be served from anywhere.
  base: './',
  build: { outDir: 'dist', emptyOutDir: true, target: 'es2022' },
  // For `npx vite demo`: without the headers that it sends a page gets no threads.
  plugins: [forerun()],
})
