// The sources of the page that every project has.

import { readFileSync } from 'node:fs'

const read = (name) => readFileSync(new URL(`../page/${name}`, import.meta.url), 'utf8')

/** What simulates. */
export const simulating = {
  'src/simulate.js': read('simulate.js'),
  'src/chain.js': read('chain.js'),
}

/** That, and the script of a page without a framework. */
export const sources = { ...simulating, 'src/main.js': read('main.js') }

/** A page of one script. */
export const html = (script, head = '') =>
  `<!doctype html><meta charset="utf-8"><title>A page</title>${head}<script type="module" src="${script}"></script>\n`
