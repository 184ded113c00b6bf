// How large what is loaded may be, in bytes as `gzip -9` makes them. The one place for these figures.

export const budgets = {
  /** Each of them; a page loads one. */
  wasm: 580_000,
  /** The worker file, with the glue of both builds. */
  worker: 45_000,
  /** Files that an application imports, each with all of ours that it imports statically, together. */
  entries: {
    'index.js': 25_000,
    'viem/index.js': 5_000,
    'cache.js': 2_000,
    'vite.js': 1_000,
  },
}
