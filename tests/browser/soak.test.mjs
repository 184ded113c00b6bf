// A page that simulates for hours must not run out of memory. `npm run soak` is the long form of this.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isFlat } from '../../tools/soak/flat.mjs'
import { soak } from '../../tools/soak/soak.mjs'

test('memory comes to rest after some bundles, though no two are alike', {
  timeout: 120_000,
}, async () => {
  const found = await soak({ milestones: [1_000, 2_000] })
  assert.ok(isFlat(found, 1_000), JSON.stringify(found))
})
