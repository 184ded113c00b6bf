// How large what pages load may be, in bytes as `gzip -9` makes them. The one place for these figures.

export const budgets = {
  /** Each of them; a page loads one. */
  wasm: 580_000,
  /** `index.js` and all that it imports statically together, comments included. */
  entry: 25_000,
}
