// Results as JSON.

/** Writes one document, with quantities as 0x strings. */
export const toJson = (value: unknown): string =>
  `${JSON.stringify(value, (_, each) => (typeof each === 'bigint' ? `0x${each.toString(16)}` : each), 2)}\n`
