import { describe, expect, it } from 'vitest'
import { differences } from '../../src/node/cli/differences.js'

describe('differences', () => {
  it('are none where only the way there was another', () => {
    const result = { gasUsed: 21_000n, list: [{ a: null }], none: undefined }
    const recorded = { gasUsed: '0x5208', list: [{ a: null }], base: {}, replayKey: {} }
    expect(differences(recorded, { ...result, report: { threads: 2 }, milliseconds: 7 })).toEqual(
      [],
    )
  })

  it('have their places, and what is absent on either side', () => {
    const recorded = {
      status: 'success',
      transactions: [{ gasUsed: '0x1', logs: [1] }, {}],
      a: null,
    }
    const result = { status: 'failed', transactions: [{ gasUsed: 2n, logs: [] }], a: [], b: '0x' }
    expect(differences(recorded, result)).toEqual([
      { field: 'status', recorded: 'success', now: 'failed' },
      { field: 'transactions[0].gasUsed', recorded: '0x1', now: '0x2' },
      { field: 'transactions[0].logs[0]', recorded: 1, now: undefined },
      { field: 'transactions[1]', recorded: {}, now: undefined },
      { field: 'a', recorded: null, now: [] },
      { field: 'b', recorded: undefined, now: '0x' },
    ])
  })
})
