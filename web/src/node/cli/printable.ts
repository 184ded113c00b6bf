// Text of strangers on a terminal: a contract writes into the reason of its revert whatever it likes,
// escape codes included.

// Control characters, and those that turn the direction of what follows.
const unsafe = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu

/** Text on one line that does nothing to a terminal. */
export const printable = (text: string): string =>
  text.replace(unsafe, (each) => `\\u{${(each.codePointAt(0) as number).toString(16)}}`)
