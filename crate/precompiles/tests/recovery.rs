//! Recovery compared with `k256`'s, signature by signature.

use alloy_primitives::{U256, address, hex, keccak256, uint};
use forerun_precompiles::{recover_address, recover_public_key};
use k256::{
    ProjectivePoint, Scalar,
    ecdsa::{RecoveryId, Signature, SigningKey, VerifyingKey},
    elliptic_curve::{ff::PrimeField, group::GroupEncoding, sec1::ToEncodedPoint},
};
use std::env;

const GROUP_ORDER: U256 =
    uint!(0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141_U256);
const FIELD_ORDER: U256 =
    uint!(0xfffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2f_U256);
const LAMBDA: U256 = uint!(0x5363ad4cc05c30e0a5261c028812645a122e22ea20816678df02967c1b23bd72_U256);

type Input = ([u8; 64], u8, [u8; 32]);

/// What `k256` recovers, asked as revm and alloy ask it.
fn by_k256((signature, recovery_id, digest): &Input) -> Option<[u8; 64]> {
    let mut signature = Signature::from_slice(signature).ok()?;
    let mut recovery_id = *recovery_id;
    if let Some(lower) = signature.normalize_s() {
        signature = lower;
        recovery_id ^= 1;
    }
    let recovery_id = RecoveryId::from_byte(recovery_id)?;
    let key = VerifyingKey::recover_from_prehash(digest, &signature, recovery_id).ok()?;
    key.to_encoded_point(false).as_bytes()[1..].try_into().ok()
}

fn ours((signature, recovery_id, digest): &Input) -> Option<[u8; 64]> {
    recover_public_key(signature, *recovery_id, digest)
}

#[track_caller]
fn assert_same(input: &Input) -> Option<[u8; 64]> {
    let found = ours(input);
    assert_eq!(found, by_k256(input), "{}", hex::encode(input.0));
    found
}

fn signature(r: U256, s: U256) -> [u8; 64] {
    let mut bytes = [0; 64];
    bytes[..32].copy_from_slice(&r.to_be_bytes::<32>());
    bytes[32..].copy_from_slice(&s.to_be_bytes::<32>());
    bytes
}

fn scalar(value: U256) -> Scalar {
    Scalar::from_repr(value.to_be_bytes::<32>().into()).unwrap()
}

fn number(scalar: &Scalar) -> U256 {
    U256::from_be_bytes::<32>(scalar.to_bytes().into())
}

/// Numbers that look random, the same for the same seed.
fn drawn(seed: u64, label: &str) -> impl FnMut() -> U256 + use<> {
    let mut last = keccak256([&seed.to_be_bytes()[..], label.as_bytes()].concat());
    move || {
        last = keccak256(last);
        last.into()
    }
}

fn from_environment(name: &str, default: u64) -> u64 {
    env::var(name).map_or(default, |text| text.parse().expect(name))
}

/// The generator's multiple by `factor` as a signature names it: x, and the parity of y.
fn named(factor: U256) -> (U256, u8) {
    let point = (ProjectivePoint::GENERATOR * scalar(factor)).to_affine();
    let encoded = point.to_encoded_point(false);
    let x = U256::from_be_slice(encoded.x().unwrap());
    (x, encoded.y().unwrap()[31] & 1)
}

#[test]
fn recovers_who_signed() {
    // Web3's example account and the digest of "Some data", as its documentation has them.
    let digest = hex!("1da44b586eb0729ff70a73c326926f6ed5a25f5b056e7f47fbc6e58d86871655");
    let pair = hex!(
        "b91467e570a6466aa9e9876cbcd013baba02900b8979d43fe208a4a4f339f5fd"
        "6007e74cd82e037b800186422fc2da167c747ef045e5d18a5f5d4300f8e1a029"
    );
    let account = address!("2c7536e3605d9c16a7a3d7b1898e529396a65c23");
    assert_eq!(recover_address(&pair, 1, &digest), Some(account));
}

#[test]
fn agrees_with_k256_on_random_signatures() {
    let seed = from_environment("FORERUN_SEED", 1);
    let cases = from_environment("FORERUN_CASES", 3_000);
    println!("FORERUN_SEED={seed} FORERUN_CASES={cases}");
    let mut draw = drawn(seed, "signatures");
    for _ in 0..cases {
        let key = SigningKey::from_slice(&draw().to_be_bytes::<32>()).unwrap();
        let digest = draw().to_be_bytes::<32>();
        let (signature, recovery_id) = key.sign_prehash_recoverable(&digest).unwrap();
        let mut input = (signature.to_bytes().into(), recovery_id.to_byte(), digest);
        let expected = key.verifying_key().to_encoded_point(false);
        assert_eq!(ours(&input).unwrap(), expected.as_bytes()[1..]);

        // The other signature of the same key, with the higher s.
        let s = U256::from_be_slice(&input.0[32..]);
        input.0[32..].copy_from_slice(&(GROUP_ORDER - s).to_be_bytes::<32>());
        input.1 ^= 1;
        assert_eq!(assert_same(&input).unwrap(), expected.as_bytes()[1..]);
    }
}

#[test]
fn agrees_with_k256_on_random_bytes() {
    let seed = from_environment("FORERUN_SEED", 1);
    let cases = from_environment("FORERUN_CASES", 3_000);
    println!("FORERUN_SEED={seed} FORERUN_CASES={cases}");
    let mut draw = drawn(seed, "bytes");
    let mut found = 0;
    for case in 0..cases {
        let input = (
            signature(draw(), draw()),
            (case % 4) as u8,
            draw().to_be_bytes(),
        );
        found += u64::from(assert_same(&input).is_some());
    }
    // Half of all numbers are the x of a point; few of those are so small that r + n is below p.
    assert!(found > cases / 8 && found < cases / 2, "{found} of {cases}");
}

#[test]
fn agrees_with_k256_at_the_ends_of_every_range() {
    let ends = [
        U256::ZERO,
        U256::ONE,
        U256::from(2),
        LAMBDA,
        GROUP_ORDER >> 1,
        (GROUP_ORDER >> 1) + U256::ONE,
        GROUP_ORDER - U256::from(2),
        GROUP_ORDER - U256::ONE,
        GROUP_ORDER,
        GROUP_ORDER + U256::ONE,
        FIELD_ORDER - U256::ONE,
        FIELD_ORDER,
        U256::MAX,
        named(U256::ONE).0,
        named(LAMBDA).0,
    ];
    for r in ends {
        for s in ends {
            for digest in ends {
                for recovery_id in [0, 1, 2, 3, 4, 255] {
                    assert_same(&(signature(r, s), recovery_id, digest.to_be_bytes()));
                }
            }
        }
    }
}

#[test]
fn takes_an_x_between_the_orders_only_by_recovery_ids_two_and_three() {
    let mut draw = drawn(1, "between");
    let mut found = 0;
    // r + n is below p for r below p − n, which is some 2^128.6.
    for small in (1..60).map(U256::from) {
        for r in [small, FIELD_ORDER - GROUP_ORDER - small] {
            for recovery_id in 0..4 {
                let input = (signature(r, draw() >> 1), recovery_id, draw().to_be_bytes());
                found += usize::from(assert_same(&input).is_some() && recovery_id > 1);
            }
        }
    }
    assert!(found > 60, "{found}");
    for beyond in (0..20).map(U256::from) {
        let r = FIELD_ORDER - GROUP_ORDER + beyond;
        let input = (signature(r, U256::ONE), 2, [1; 32]);
        assert_eq!(assert_same(&input), None);
    }
}

#[test]
fn finds_no_key_at_infinity() {
    let mut draw = drawn(1, "infinity");
    for factor in [1, 2, 3, 15, 17]
        .map(U256::from)
        .into_iter()
        .chain([LAMBDA, draw() >> 1])
    {
        // (s·R − z·G) / r is nothing where z = s·factor and R = factor·G.
        let (x, parity) = named(factor);
        let s = draw() % GROUP_ORDER;
        let digest = number(&(scalar(s) * scalar(factor)));
        for (recovery_id, is_some) in [(parity, false), (parity ^ 1, true)] {
            let input = (signature(x, s), recovery_id, digest.to_be_bytes());
            assert_eq!(assert_same(&input).is_some(), is_some);
        }
    }
}

#[test]
fn adds_points_that_are_equal_or_opposite_on_the_way() {
    // With R a small multiple of the generator or of λ times it, the multiples that are added meet.
    let mut draw = drawn(1, "meeting");
    let near = (1..40).map(U256::from);
    let bases = [U256::ONE, LAMBDA, GROUP_ORDER - LAMBDA - U256::ONE];
    for factor in near {
        for base in bases {
            let factor = number(&(scalar(factor) * scalar(base)));
            let (x, parity) = named(factor);
            for small in 1..6_u64 {
                // (z − s·factor)/r small, or s/r small, or both.
                let r = scalar(x);
                let u2 = r * scalar(U256::from(small));
                let u1 = r * scalar(U256::from(small * 7 % 5));
                for (s, z) in [(u2, u1), (u2, scalar(draw() >> 1)), (u1 + u2, u2)] {
                    let digest = number(&z).to_be_bytes();
                    for recovery_id in [parity, parity ^ 1] {
                        assert_same(&(signature(x, number(&s)), recovery_id, digest));
                    }
                }
            }
        }
    }
}

#[test]
fn recovers_the_key_that_the_factors_make() {
    // With R the generator, s = r·a and z = −r·b the key is (a + b)·G, whose value is known.
    let (x, parity) = named(U256::ONE);
    for (a, b) in [(1_u64, 0_u64), (0, 1), (1, 1), (1 << 40, 3), (5, 1 << 63)] {
        if a == 0 {
            continue;
        }
        let s = scalar(x) * scalar(U256::from(a));
        let z = -(scalar(x) * scalar(U256::from(b)));
        let input = (signature(x, number(&s)), parity, number(&z).to_be_bytes());
        let sum = scalar(U256::from(u128::from(a) + u128::from(b)));
        let expected = (ProjectivePoint::GENERATOR * sum).to_affine();
        let found = ours(&input).unwrap();
        assert_eq!(expected.to_bytes()[1..], found[..32]);
    }
}
