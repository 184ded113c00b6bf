// Programs that call one precompiled contract again and again, with input as it comes in practice. Each
// is there twice: with input that differs at every call, and with the same input at every call, which
// tells what is computed from what is remembered.
//
// A program's call data is a seed of one word and then the input. Each call's own input comes from the
// seed and the number of the call, or from the call before it.

import { createHash } from 'node:crypto'
import { keccak256, toHex } from 'viem'
import { sign } from 'viem/accounts'

const joined = (...parts) => `0x${parts.map((part) => part.replace(/^0x/, '')).join('')}`
const word = (number) => toHex(BigInt(number), { size: 32 })
const zeros = (bytes) => `0x${'00'.repeat(bytes)}`
/** So many bytes that look like nothing in particular, the same at every call. */
const noise = (bytes) => {
  let found = ''
  for (let n = 0; found.length < 2 * bytes; n++) found += keccak256(word(n)).slice(2)
  return `0x${found.slice(0, 2 * bytes)}`
}

// Generators of the groups, from EIP-196, EIP-197 and EIP-2537.
const bn = {
  g1: joined(word(1), word(2)),
  g2: joined(
    '198e9393920d483a7260bfb731fb5d25f1aa493335a9e71297e485b7aef312c2',
    '1800deef121f1e76426a00665e5c4479674322d4f75edadd46debd5cd992f6ed',
    '090689d0585ff075ec9e99ad690c3395bc4b313370b38ef355acdadcd122975b',
    '12c85ea5db8c6deb4aab71808dcb408fe3d1e7690c43d37b4ce6cc0166fa7daa',
  ),
}
/** A field element of BLS12-381 in the 64 bytes that the precompiles take. */
const fp = (digits) => zeros(16) + digits
const bls = {
  g1: joined(
    fp(
      '17f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bb',
    ),
    fp(
      '08b3f481e3aaa0f1a09e30ed741d8ae4fcf5e095d5d00af600db18cb2c04b3edd03cc744a2888ae40caa232946c5e7e1',
    ),
  ),
  g2: joined(
    fp(
      '024aa2b2f08f0a91260805272dc51051c6e47ad4fa403b02b4510b647ae3d1770bac0326a805bbefd48056c8c121bdb8',
    ),
    fp(
      '13e02b6052719f607dacd3a088274f65596bd0d09920b61ab5da61bbdc7f5049334cf11213945d57e5ac7d055d042b7e',
    ),
    fp(
      '0ce5d527727d6e118cc9cdc6da2e351aadfd9baa8cbdd3a76d429a695160d12c923ac9cc3baca289e193548608b82801',
    ),
    fp(
      '0606c4a02ea734cc32acd2b02bc28b99cb3e287e85a763af267492ab572e99ab3f370d275cec1da1aaa9075ff05f79be',
    ),
  ),
}

/**
 * A blob commitment whose polynomial is p(x) = x, so that at every point z the value is z and the proof
 * the generator: the commitment is the second power of the public set-up.
 */
const kzg = {
  commitment:
    '0xad3eb50121139aa34db1d545093ac9374ab7bca2c0f3bf28e27c8dcd8fc7cb42d25926fc0c97b336e9f0fb35e5a04c81',
  proof:
    '0x97f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bb',
}
const versionedHash = () => {
  const digest = createHash('sha256')
    .update(Buffer.from(kzg.commitment.slice(2), 'hex'))
    .digest('hex')
  return `0x01${digest.slice(2)}`
}

/** The signature of RFC 6979, A.2.5, of "sample" by P-256 with SHA-256. */
const p256 = joined(
  'af2bdbe1aa9b6ec1e2ade1d694f41fc71a831d0268e9891562113d8a62add1bf',
  'efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716',
  'f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8',
  '60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6',
  '7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299',
)

/** Signed by a key that is a number, for ecrecover. */
async function signature() {
  const hash = keccak256(toHex('forerun bench'))
  const { r, s, v } = await sign({ hash, privateKey: word(0x10001) })
  return joined(hash, word(v), r, s)
}

const lengths = (...numbers) => joined(...numbers.map(word))
const bnPrime = '0x30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd47'

/**
 * Each: `address`, `input`, how long its `output` is, how many `calls` a program makes, and what sets
 * the inputs apart:
 * - `vary`: places in the input at which a number of its own stands at every call
 * - `chain`: a place in the input at which the output is put; `start` then is how the seed gets in
 * @returns {Promise<Record<string, object>>}
 */
export const precompiles = async () => ({
  ecrecover: { address: 1, input: await signature(), output: 32, vary: [0], calls: 12 },
  'sha256 128': { address: 2, input: noise(128), output: 32, vary: [0], calls: 800 },
  'ripemd160 128': { address: 3, input: noise(128), output: 32, vary: [0], calls: 800 },
  'identity 128': { address: 4, input: noise(128), output: 128, vary: [0], calls: 2_000 },
  // The inverse of a field's element, as provers' contracts compute it.
  'modexp 256 bits, full exponent': {
    address: 5,
    input: joined(lengths(32, 32, 32), noise(32), toHex(BigInt(bnPrime) - 2n), bnPrime),
    ...{ output: 32, vary: [96], calls: 40 },
  },
  // An RSA signature.
  'modexp 2048 bits, 65537': {
    address: 5,
    input: joined(lengths(256, 3, 256), noise(256), '0x010001', `${noise(255)}01`),
    ...{ output: 256, vary: [96], calls: 20 },
  },
  'bn254 add': {
    address: 6,
    input: joined(bn.g1, bn.g1),
    ...{ output: 64, chain: 0, start: seedTimes(7, 0), calls: 300 },
  },
  'bn254 mul': {
    address: 7,
    input: joined(bn.g1, noise(32)),
    ...{ output: 64, vary: [64], calls: 20 },
  },
  'bn254 pairing, 2 pairs': {
    address: 8,
    input: joined(bn.g1, bn.g2, bn.g1, bn.g2),
    ...{ output: 32, start: seedTimes(7, 0), step: plusSecond(6, 0, 192, 64), calls: 3 },
  },
  'blake2f 12 rounds': {
    address: 9,
    input: joined('0x0000000c', noise(64), noise(128), '0x8000000000000000', zeros(8), '0x01'),
    ...{ output: 64, chain: 4, start: 'DUP1 4 MSTORE', calls: 800 },
  },
  'kzg point evaluation': {
    address: 10,
    input: joined(versionedHash(), word(1), word(1), kzg.commitment, kzg.proof),
    ...{ output: 64, vary: [32, 64], calls: 3 },
  },
  'bls12-381 g1 add': {
    address: 11,
    input: joined(bls.g1, bls.g1),
    ...{ output: 128, chain: 0, start: seedTimes(12, 0), calls: 200 },
  },
  'bls12-381 g1 msm, 1 point': {
    address: 12,
    input: joined(bls.g1, noise(32)),
    ...{ output: 128, vary: [128], calls: 8 },
  },
  'bls12-381 g1 msm, 8 points': {
    address: 12,
    input: joined(...Array.from({ length: 8 }, (_, n) => joined(bls.g1, keccak256(word(n))))),
    ...{ output: 128, vary: [128, 288], calls: 3 },
  },
  'bls12-381 g2 add': {
    address: 13,
    input: joined(bls.g2, bls.g2),
    ...{ output: 256, chain: 0, start: seedTimes(14, 0), calls: 100 },
  },
  'bls12-381 g2 msm, 1 point': {
    address: 14,
    input: joined(bls.g2, noise(32)),
    ...{ output: 256, vary: [256], calls: 4 },
  },
  'bls12-381 pairing, 2 pairs': {
    address: 15,
    input: joined(bls.g1, bls.g2, bls.g1, bls.g2),
    ...{ output: 32, start: seedTimes(12, 0), step: plusSecond(11, 0, 384, 128), calls: 3 },
  },
  'bls12-381 map fp to g1': {
    address: 16,
    input: fp(noise(48).replace('0x', '').replace(/^../, '01')),
    ...{ output: 128, vary: [32], calls: 10 },
  },
  'bls12-381 map fp2 to g2': {
    address: 17,
    input: joined(
      fp(noise(48).replace('0x', '').replace(/^../, '01')),
      fp(noise(48).replace('0x', '').replace(/^../, '02')),
    ),
    ...{ output: 256, vary: [32, 96], calls: 5 },
  },
  // What is signed differs, so the signature is wrong, which is known only at the end.
  p256verify: { address: 256, input: p256, output: 32, vary: [0], wrong: true, calls: 12 },
})

/** Words that call a precompile: with input from `at` on and output put at `to`; the flag is left. */
const callOf = (address, at, size, to, room) =>
  `${room} ${to} ${size} ${at} ${address} GAS STATICCALL`

const scratch = 4096

/** Puts the seed times the point at `at` in its place. */
function seedTimes(mul, at) {
  const size = { 7: 64, 12: 128, 14: 256 }[mul]
  // Point and scalar lie side by side in scratch.
  return `${size} ${at} ${scratch} MCOPY DUP1 ${scratch + size} MSTORE ${callOf(mul, scratch, size + 32, at, size)} ISZERO @wrong JUMPI`
}

/** Adds the point at `other` to the one at `at`. */
function plusSecond(add, at, other, size) {
  return `${size} ${at} ${scratch} MCOPY ${size} ${other} ${scratch + size} MCOPY ${callOf(add, scratch, 2 * size, at, size)} ISZERO @wrong JUMPI`
}

/**
 * The program of a precompile as `loop` takes it, with its call data behind the seed.
 * @param {{ same?: boolean }} options `same`: whether every call has the same input
 */
export function precompileProgram(precompile, { same = false } = {}) {
  const {
    address,
    input,
    output,
    vary = [],
    chain,
    start = '',
    step = '',
    calls,
    wrong,
  } = precompile
  const size = (input.length - 2) / 2
  // With the same input at every call the output is put where it is nobody's input.
  const to = chain === undefined || same ? 2 * scratch : chain
  // On the stack: the seed, the counter.
  const varied = same ? '' : [...vary.map((at) => `DUP2 DUP2 ADD ${at} MSTORE`), step].join(' ')
  const expected = wrong && !same ? 0 : output
  return {
    setup: [
      `${size} 32 0 CALLDATACOPY`,
      `0 CALLDATALOAD 1 ${3 * scratch} MSTORE`,
      same ? '' : start,
    ].join(' '),
    body: `${varied} ${callOf(address, 0, size, to, output)} ISZERO @wrong JUMPI`,
    unroll: 1,
    rounds: calls,
    end: `RETURNDATASIZE ${expected} EQ ISZERO @wrong JUMPI STOP :wrong 0 0 REVERT`,
    input,
  }
}
