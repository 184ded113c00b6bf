// Figures and addresses as people read them.

/** A whole number with its thousands apart. */
export const grouped = (value: number | bigint): string => value.toLocaleString('en-US')

/** A number of things. */
export const count = (value: number, one: string, many = `${one}s`): string =>
  `${grouped(value)} ${value === 1 ? one : many}`

/** The two ends of an address or a hash. */
export const short = (hex: string): string =>
  hex.length <= 14 ? hex : `${hex.slice(0, 6)}…${hex.slice(-4)}`

/** Milliseconds, as precise as they are worth. */
export const milliseconds = (value: number): string =>
  `${value < 10 ? value.toFixed(2) : grouped(Math.round(value))} ms`

/** Bytes, in units of a thousand. */
export const bytes = (value: number): string =>
  value < 1_000 ? `${value} B` : `${(value / 1_000).toFixed(1)} kB`

/** Seconds since 1970, as a time of day. */
export const time = (seconds: bigint): string => {
  const date = new Date(Number(seconds) * 1_000)
  return Number.isNaN(date.valueOf())
    ? `second ${seconds}`
    : `${date.toISOString().slice(0, 19).replace('T', ' ')} UTC`
}

/** Wei as gwei. */
export const gwei = (wei: bigint): string => `${Number((wei * 1_000n) / 10n ** 9n) / 1_000} gwei`
