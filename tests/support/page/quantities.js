// Quantities as they travel in JSON, between a process and a page.

/** As text that JSON takes: quantities survive, what is absent goes. */
export const pack = (value) =>
  JSON.stringify(value, (_, entry) =>
    typeof entry === 'bigint' ? { $bigint: entry.toString() } : entry,
  )

/** What was packed. */
export const unpack = (text) =>
  JSON.parse(text, (_, entry) =>
    entry !== null && typeof entry === 'object' && typeof entry.$bigint === 'string'
      ? BigInt(entry.$bigint)
      : entry,
  )
