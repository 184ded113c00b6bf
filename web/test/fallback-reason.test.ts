import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import type { FallbackReason } from '../src/index.js'

// The compiler says if one is missing.
const reasons: Record<FallbackReason, true> = {
  'not-isolated': true,
  'no-atomics': true,
  'worker-failed': true,
  memory: true,
  'one-core': true,
  'single-requested': true,
}

it('is explained, each with a section of its own', () => {
  const page = readFileSync(new URL('../../docs/single-threaded.md', import.meta.url), 'utf8')
  const sections = [...page.matchAll(/^## (.*)$/gm)].map(([, title]) => title)
  expect(sections.sort()).toEqual(Object.keys(reasons).sort())
})
