// The two string forms of the public surface, compatible with viem's and abitype's types of the
// same meaning without depending on either.

/** Data of any length as lower- or upper-case hex digits with the prefix `0x`. */
export type Hex = `0x${string}`

/** A 20-byte address as {@link Hex}. */
export type Address = `0x${string}`
