// Bundles of which no two are alike, on the demo's chain: payments to new accounts, swaps for new
// holders, new contracts, and signatures never seen before. Whatever remembers something finds new
// things to remember in each.

const hex = (number, digits) => number.toString(16).padStart(digits, '0')
const word = (number) => hex(BigInt(number), 64)
/** An address that no other number has. */
const fresh = (number) => `0x50a4${hex(number, 36)}`

/** swapExactETHForTokens(0, [weth, token], to, for ever) */
const swapData = ({ weth, token }, to) =>
  `0x7ff36ab5${word(0)}${word(0x80)}${to.slice(2).padStart(64, '0')}${'f'.repeat(64)}${word(2)}${[weth, token].map((address) => address.slice(2).padStart(64, '0')).join('')}`

/** Asks ecrecover who signed a hash; v, r and s are those of some signature. */
const signatureData = (number) =>
  `0x${word(BigInt(number) + (1n << 200n))}${word(27)}${'79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798'}${word(0x1234567)}`

/** Leaves a contract of 32 bytes that no other number has: PUSH32, MSTORE at 0, RETURN all of it. */
const creationData = (number) => `0x7f${word(BigInt(number) + (1n << 240n))}5f5260205ff3`

/** Whether the n-th is the demo's own bundle, in which some transactions fail, as they should. */
export const isWhole = (n) => n % 100 === 99

/**
 * The transactions of the n-th bundle.
 * @param {{ senders: string[], router: string, weth: string, tokens: string[], whole: object[] }} world
 *   `whole` is the demo's own bundle, which now and then is simulated in between
 */
export function bundleOf(n, { senders, router, weth, tokens, whole }) {
  if (isWhole(n)) return whole
  const from = (place) => senders[(n + place) % senders.length]
  const swap = (place) => ({
    from: from(place),
    to: router,
    value: BigInt(1_000_000_000 + 8 * n + place),
    data: swapData({ weth, token: tokens[(n + place) % tokens.length] }, fresh(8 * n + place)),
    gas: 250_000n,
  })
  const all = [
    swap(0),
    { from: from(1), to: fresh(8 * n + 1), value: 1n, gas: 21_000n },
    swap(2),
    { from: from(3), to: `0x${hex(1, 40)}`, data: signatureData(n), gas: 40_000n },
    { from: from(4), data: creationData(n), gas: 200_000n },
    swap(5),
  ]
  return all.slice(0, 1 + (n % all.length))
}
