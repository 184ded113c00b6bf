// Whether memory came to rest.

/** What may be asked for late without being a leak: two batches of blocks for a thread. */
const tolerance = 1 << 20

/** In how far memory grew beyond the first milestones, in bytes; what comes to rest does not grow. */
export function growth(found, from) {
  const before = found.find(({ bundles }) => bundles === from)
  const after = found.at(-1)
  return after.bytes - before.bytes
}

/** Whether memory is as large as at the milestone `from`, but for what a late batch takes. */
export const isFlat = (found, from) => growth(found, from) <= tolerance
