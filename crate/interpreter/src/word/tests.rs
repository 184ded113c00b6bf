//! What is compiled for WebAssembly only is compared with ruint's natively too.

use super::{Limbs, add_mod, easy_div, easy_rem, exp, mul_mod, mul_narrow};
use revm::primitives::U256;

/// Words of limbs that are at the edge of something, and in between.
fn words() -> impl Iterator<Item = U256> + Clone {
    const LIMBS: [u64; 7] = [0, 1, 3, u32::MAX as u64, 1 << 32, 1 << 63, u64::MAX];
    (0..LIMBS.len().pow(4))
        .step_by(11)
        .map(|at| U256::from_limbs([1, 7, 49, 343].map(|by| LIMBS[at / by % 7])))
}

fn ours(limbs: Limbs) -> U256 {
    U256::from_limbs(limbs)
}

#[test]
fn products_of_narrow_numbers_are_ruints() {
    for a in words() {
        for b in words() {
            let product = mul_narrow(a.into_limbs(), b.into_limbs());
            assert_eq!(ours(product), a.wrapping_mul(b), "{a} * {b}");
        }
    }
}

#[test]
fn easy_quotients_and_remainders_are_ruints() {
    let mut easy = 0;
    for a in words() {
        for b in words().chain((0..256).map(|bit| U256::ONE << bit)) {
            let (a_limbs, b_limbs) = (a.into_limbs(), b.into_limbs());
            let Some(quotient) = easy_div(a_limbs, b_limbs) else {
                assert!(easy_rem(a_limbs, b_limbs).is_none());
                continue;
            };
            let rest = easy_rem(a_limbs, b_limbs).expect("as easy as the quotient");
            easy += 1;
            assert_eq!(
                ours(quotient),
                a.checked_div(b).unwrap_or_default(),
                "{a} / {b}"
            );
            assert_eq!(
                ours(rest),
                a.checked_rem(b).unwrap_or_default(),
                "{a} % {b}"
            );
        }
    }
    assert!(easy > 256 * 200);
}

#[test]
fn remainders_of_sums_and_products_are_ruints() {
    // Among these are such as make a guessed digit of the quotient too large by one and by two.
    let narrow = words().map(|word| word >> 128);
    for modulus in words().step_by(3).chain(narrow.step_by(9)) {
        for a in words().step_by(5) {
            for b in words().step_by(7) {
                let limbs = [a, b, modulus].map(U256::into_limbs);
                let (sum, product) = (
                    add_mod(limbs[0], limbs[1], limbs[2]),
                    mul_mod(limbs[0], limbs[1], limbs[2]),
                );
                assert_eq!(ours(sum), a.add_mod(b, modulus), "({a} + {b}) % {modulus}");
                assert_eq!(
                    ours(product),
                    a.mul_mod(b, modulus),
                    "({a} * {b}) % {modulus}"
                );
            }
        }
    }
}

#[test]
fn powers_are_ruints() {
    for base in words().step_by(5) {
        for exponent in words() {
            let power = exp(base.into_limbs(), exponent.into_limbs());
            assert_eq!(
                ours(power),
                base.wrapping_pow(exponent),
                "{base} ** {exponent}"
            );
        }
    }
}
