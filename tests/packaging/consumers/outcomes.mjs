// What the page of every project has to show: the same result in both modes.

import { expected } from '../page/chain.js'

export const onThreads = {
  mode: 'threads',
  threads: 2,
  fallbackReason: null,
  transactions: expected,
}

export const onOne = {
  mode: 'single',
  threads: 1,
  fallbackReason: 'not-isolated',
  transactions: expected,
}
