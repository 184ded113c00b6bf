// JSON as bytes, in which form it crosses into the engine.

/** Writes plain data as UTF-8 JSON. */
export const encodeText = (value: unknown): Uint8Array =>
  new TextEncoder().encode(JSON.stringify(value))

/** Reads UTF-8 JSON that this package has written. */
export const decodeText = (bytes: Uint8Array): unknown =>
  JSON.parse(new TextDecoder().decode(bytes))
