//! Numbers modulo the order of secp256k1's group, and their halves.
//!
//! The curve has an endomorphism that costs one multiplication: `λ·(x, y) = (β·x, y)`, with β a cube
//! root of one in the field and λ one modulo the group's order n. So a multiple `k·P` can be had as
//! `k1·P + k2·λP` with numbers of half the length, and the number of doublings halves. `k1 + k2·λ = k
//! (mod n)` has many solutions; a short one is the difference of `(k, 0)` and the point that is next
//! to it in the lattice of all solutions for zero. That lattice is spanned by `(A1, −B1)` and
//! `(A2, A1)`: Guide to Elliptic Curve Cryptography, section 3.5.

use alloy_primitives::{U256, uint};
use k256::{Scalar, elliptic_curve::ff::PrimeField};

/// The order n of the group.
pub(crate) const GROUP_ORDER: U256 =
    uint!(0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141_U256);

const A1: U256 = uint!(0x3086d221a7d46bcde86c90e49284eb15_U256);
const B1: U256 = uint!(0xe4437ed6010e88286f547fa90abfe4c3_U256);
const A2: U256 = uint!(0x0114ca50f7a8e2f3f657c1108d9d44cfd8_U256);

/// `A1 · 2^384 / n` and `B1 · 2^384 / n`, rounded: dividing by n is then a multiplication and a shift,
/// and off by one at most, which costs nothing but a bit of shortness.
const A1_BY_ORDER: U256 =
    uint!(0x3086d221a7d46bcde86c90e49284eb153daa8a1471e8ca7fe893209a45dbb031_U256);
const B1_BY_ORDER: U256 =
    uint!(0xe4437ed6010e88286f547fa90abfe4c4221208ac9df506c61571b4ae8ac47f71_U256);

/// A whole number of up to 128 bits and its sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Half {
    pub(crate) magnitude: u128,
    pub(crate) negative: bool,
}

/// A number below the order as a scalar.
///
/// # Panics
/// If it is not below; callers have compared.
pub(crate) fn scalar(value: U256) -> Scalar {
    Option::from(Scalar::from_repr(value.to_be_bytes::<32>().into()))
        .expect("callers compare with the order")
}

/// `k1` and `k2` with `k = k1 + k2·λ` modulo the order.
pub(crate) fn halves(scalar: &Scalar) -> [Half; 2] {
    let k = U256::from_be_bytes::<32>(scalar.to_repr().into());
    let c1 = multiply_high(k, A1_BY_ORDER);
    let c2 = multiply_high(k, B1_BY_ORDER);
    // What is left is short, so that it does not matter that these products wrap.
    let k1 = k
        .wrapping_sub(c1.wrapping_mul(A1))
        .wrapping_sub(c2.wrapping_mul(A2));
    let k2 = c1.wrapping_mul(B1).wrapping_sub(c2.wrapping_mul(A1));
    [half(k1), half(k2)]
}

/// `a · b / 2^384`, rounded.
fn multiply_high(a: U256, b: U256) -> U256 {
    let product: alloy_primitives::U512 = a.widening_mul(b);
    let limbs = product.as_limbs();
    let below = limbs[5] >> 63;
    U256::from_limbs([limbs[6], limbs[7], 0, 0]).wrapping_add(U256::from(below))
}

/// Reads a number in two's complement whose magnitude has at most 128 bits.
fn half(value: U256) -> Half {
    let negative = value.bit(255);
    let magnitude = if negative {
        value.wrapping_neg()
    } else {
        value
    };
    let limbs = magnitude.as_limbs();
    debug_assert_eq!((limbs[2], limbs[3]), (0, 0), "a half has 128 bits at most");
    Half {
        magnitude: u128::from(limbs[1]) << 64 | u128::from(limbs[0]),
        negative,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::keccak256;

    const LAMBDA: U256 =
        uint!(0x5363ad4cc05c30e0a5261c028812645a122e22ea20816678df02967c1b23bd72_U256);

    fn signed(half: Half) -> Scalar {
        let magnitude = Scalar::from(half.magnitude);
        if half.negative { -magnitude } else { magnitude }
    }

    #[test]
    fn halves_add_up_to_the_whole() {
        let edges = [0, 1, 2, 3].map(U256::from);
        let high = [1, 2, 3].map(|below| GROUP_ORDER - U256::from(below));
        let near_lambda = [LAMBDA - U256::ONE, LAMBDA, GROUP_ORDER - LAMBDA];
        let powers = (0..256).map(|bit| (U256::ONE << bit) % GROUP_ORDER);
        let random = (0..20_000_u32)
            .map(|seed| U256::from_be_bytes(keccak256(seed.to_be_bytes()).0) % GROUP_ORDER);
        let all = edges.into_iter().chain(high).chain(near_lambda);
        for value in all.chain(powers).chain(random) {
            let whole = scalar(value);
            let [k1, k2] = halves(&whole);
            assert_eq!(signed(k1) + signed(k2) * scalar(LAMBDA), whole, "{value}");
        }
    }
}
