// Unit tests of the part that pages load, in Node, with fake workers. What needs a browser is in
// tests/browser and crate/wasm/tests.

import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    environment: 'node',
    // A promise nobody owns is a bug here, and a test that hangs must say so soon.
    dangerouslyIgnoreUnhandledErrors: false,
    testTimeout: 10_000,
  },
})
