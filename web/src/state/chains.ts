// Which rules hold in a block: by schedule where the chain is known, else by what its header has.

import type { RpcHeader } from './header.js'

/** Rules of the EVM by the names the engine knows, in the order of the forks. */
export const forkNames = [
  'FRONTIER',
  'HOMESTEAD',
  'TANGERINE',
  'SPURIOUS_DRAGON',
  'BYZANTIUM',
  'PETERSBURG',
  'ISTANBUL',
  'BERLIN',
  'LONDON',
  'MERGE',
  'SHANGHAI',
  'CANCUN',
  'PRAGUE',
  'OSAKA',
] as const

/** The name of a fork. */
export type ForkName = (typeof forkNames)[number]

/** How many blobs a block may have, and how fast their price follows demand. */
export type BlobParams = {
  /** Blobs in a block at which their price stays as it is. */
  target: number
  /** Blobs in a block at most. */
  max: number
  /** The larger, the slower the price follows demand; as EIP-4844 has it. */
  baseFeeUpdateFraction: number
}

/** The rules of one block. */
export type Rules = { fork: ForkName; blobParams?: BlobParams }

// An activation by block number, or from the merge on by timestamp.
type Activation = Rules & ({ block: number } | { time: number })

const blobs = (target: number, max: number, baseFeeUpdateFraction: number): BlobParams => ({
  target,
  max,
  baseFeeUpdateFraction,
})

// EIP-4844, EIP-7691, and the two blob parameter forks of EIP-7892.
const cancun = blobs(3, 6, 3_338_477)
const prague = blobs(6, 9, 5_007_716)
const bpo1 = blobs(10, 15, 8_346_193)
const bpo2 = blobs(14, 21, 11_684_671)
const gnosis = blobs(1, 2, 1_112_826)

/** The forks that have come since the merge, on chains that follow Ethereum's blob parameters. */
const sinceMerge = (times: {
  shanghai: number
  cancun: number
  prague: number
  osaka: number
  bpo1: number
  bpo2: number
}): Activation[] => [
  { fork: 'SHANGHAI', time: times.shanghai },
  { fork: 'CANCUN', time: times.cancun, blobParams: cancun },
  { fork: 'PRAGUE', time: times.prague, blobParams: prague },
  { fork: 'OSAKA', time: times.osaka, blobParams: prague },
  { fork: 'OSAKA', time: times.bpo1, blobParams: bpo1 },
  { fork: 'OSAKA', time: times.bpo2, blobParams: bpo2 },
]

/** Activations in order. What changed nothing in the EVM (DAO, the glaciers) is not listed. */
const schedules: Record<number, readonly Activation[]> = {
  // Ethereum
  1: [
    { fork: 'FRONTIER', block: 0 },
    { fork: 'HOMESTEAD', block: 1_150_000 },
    { fork: 'TANGERINE', block: 2_463_000 },
    { fork: 'SPURIOUS_DRAGON', block: 2_675_000 },
    { fork: 'BYZANTIUM', block: 4_370_000 },
    { fork: 'PETERSBURG', block: 7_280_000 },
    { fork: 'ISTANBUL', block: 9_069_000 },
    { fork: 'BERLIN', block: 12_244_000 },
    { fork: 'LONDON', block: 12_965_000 },
    { fork: 'MERGE', block: 15_537_394 },
    ...sinceMerge({
      shanghai: 1_681_338_455,
      cancun: 1_710_338_135,
      prague: 1_746_612_311,
      osaka: 1_764_798_551,
      bpo1: 1_765_290_071,
      bpo2: 1_767_747_671,
    }),
  ],
  // Sepolia
  11155111: [
    { fork: 'LONDON', block: 0 },
    { fork: 'MERGE', block: 1_450_409 },
    ...sinceMerge({
      shanghai: 1_677_557_088,
      cancun: 1_706_655_072,
      prague: 1_741_159_776,
      osaka: 1_760_427_360,
      bpo1: 1_761_017_184,
      bpo2: 1_761_607_008,
    }),
  ],
  // Holesky
  17000: [
    { fork: 'MERGE', block: 0 },
    ...sinceMerge({
      shanghai: 1_696_000_704,
      cancun: 1_707_305_664,
      prague: 1_740_434_112,
      osaka: 1_759_308_480,
      bpo1: 1_759_800_000,
      bpo2: 1_760_389_824,
    }),
  ],
  // Hoodi
  560048: [
    { fork: 'MERGE', block: 0 },
    ...sinceMerge({
      shanghai: 0,
      cancun: 0,
      prague: 1_742_999_832,
      osaka: 1_761_677_592,
      bpo1: 1_762_365_720,
      bpo2: 1_762_955_544,
    }),
  ],
  // Gnosis. Blocks before Shanghai go by their headers.
  100: [
    { fork: 'SHANGHAI', time: 1_690_889_660 },
    { fork: 'CANCUN', time: 1_710_181_820, blobParams: gnosis },
    { fork: 'PRAGUE', time: 1_746_021_820, blobParams: gnosis },
    { fork: 'OSAKA', time: 1_776_168_380, blobParams: gnosis },
  ],
}

/** The rules of the block with this header. */
export function rulesOf(chainId: number, header: RpcHeader): Rules {
  const number = BigInt(header.number)
  const timestamp = BigInt(header.timestamp)
  const active = schedules[chainId]
    ?.filter((activation) =>
      'block' in activation ? number >= activation.block : timestamp >= activation.time,
    )
    .at(-1)
  if (active === undefined) return rulesByHeader(header)
  return withBlobs(active.fork, active.blobParams)
}

/**
 * The rules that blocks with such a header have at least. A header does not show Osaka, and of the
 * forks before London none can be told apart; the latest of those is taken.
 */
export function rulesByHeader(header: RpcHeader): Rules {
  if (header.requestsHash !== undefined) return withBlobs('PRAGUE', prague)
  if (header.excessBlobGas !== undefined) return withBlobs('CANCUN', cancun)
  if (header.withdrawalsRoot !== undefined) return { fork: 'SHANGHAI' }
  if (header.baseFeePerGas === undefined) return { fork: 'BERLIN' }
  return { fork: BigInt(header.difficulty ?? '0x0') === 0n ? 'MERGE' : 'LONDON' }
}

const withBlobs = (fork: ForkName, blobParams: BlobParams | undefined): Rules =>
  blobParams === undefined ? { fork } : { fork, blobParams }
