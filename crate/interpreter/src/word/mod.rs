//! 256-bit words where they lie: on the stack, in memory, in code.
//!
//! A word on the stack is four 64-bit limbs, the least first; in memory and in code it is 32 bytes, the
//! most significant first. WebAssembly has no instruction that turns bytes around and none that knows
//! of carries, but 128-bit vectors with a shuffle, if it is built with them.

mod remainder;
#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
mod scalar;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod vector;

#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
use scalar as lanes;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
use vector as lanes;

pub(crate) use lanes::{
    and, copy, exchange, not, or, put, read, read_limbs, read_short, write, xor,
};

pub(crate) use remainder::{add_mod, mul_mod};

use revm::primitives::U256;

/// The limbs of a word, the least first.
pub(crate) type Limbs = [u64; 4];

/// The limbs at `from`.
///
/// # Safety
/// `from` must be readable.
#[inline(always)]
pub(crate) const unsafe fn get(from: *const U256) -> Limbs {
    // SAFETY: the caller's.
    unsafe { *(*from).as_limbs() }
}

/// `a + b`, modulo 2^256.
#[inline(always)]
pub(crate) const fn add(a: Limbs, b: Limbs) -> Limbs {
    let (r0, c0) = a[0].overflowing_add(b[0]);
    let (r1, c1) = add_carry(a[1], b[1], c0);
    let (r2, c2) = add_carry(a[2], b[2], c1);
    let r3 = a[3].wrapping_add(b[3]).wrapping_add(c2 as u64);
    [r0, r1, r2, r3]
}

/// `a - b`, modulo 2^256.
#[inline(always)]
pub(crate) const fn sub(a: Limbs, b: Limbs) -> Limbs {
    let (r0, c0) = a[0].overflowing_sub(b[0]);
    let (r1, c1) = sub_borrow(a[1], b[1], c0);
    let (r2, c2) = sub_borrow(a[2], b[2], c1);
    let r3 = a[3].wrapping_sub(b[3]).wrapping_sub(c2 as u64);
    [r0, r1, r2, r3]
}

#[inline(always)]
const fn add_carry(a: u64, b: u64, carry: bool) -> (u64, bool) {
    let (sum, first) = a.overflowing_add(b);
    let (sum, second) = sum.overflowing_add(carry as u64);
    (sum, first | second)
}

#[inline(always)]
const fn sub_borrow(a: u64, b: u64, borrow: bool) -> (u64, bool) {
    let (rest, first) = a.overflowing_sub(b);
    let (rest, second) = rest.overflowing_sub(borrow as u64);
    (rest, first | second)
}

/// Whether `a < b`.
#[inline(always)]
pub(crate) const fn less(a: Limbs, b: Limbs) -> bool {
    less_below(a, b) | (a[3] < b[3])
}

/// Whether `a < b` as two's complement.
#[inline(always)]
pub(crate) const fn less_signed(a: Limbs, b: Limbs) -> bool {
    // With the sign turned over the order is that of numbers without one.
    const SIGN: u64 = 1 << 63;
    less(
        [a[0], a[1], a[2], a[3] ^ SIGN],
        [b[0], b[1], b[2], b[3] ^ SIGN],
    )
}

/// Whether `a < b` if the highest limbs are the same, else false.
#[inline(always)]
const fn less_below(a: Limbs, b: Limbs) -> bool {
    let below = a[0] < b[0];
    let below = (a[1] < b[1]) | ((a[1] == b[1]) & below);
    let below = (a[2] < b[2]) | ((a[2] == b[2]) & below);
    (a[3] == b[3]) & below
}

/// Whether all limbs are equal.
#[inline(always)]
pub(crate) const fn equal(a: Limbs, b: Limbs) -> bool {
    ((a[0] ^ b[0]) | (a[1] ^ b[1]) | (a[2] ^ b[2]) | (a[3] ^ b[3])) == 0
}

/// Whether all limbs are zero.
#[inline(always)]
pub(crate) const fn is_zero(a: Limbs) -> bool {
    (a[0] | a[1] | a[2] | a[3]) == 0
}

/// The word as a number of 64 bits, if it is one.
#[inline(always)]
pub(crate) const fn small(a: Limbs) -> Option<u64> {
    if (a[1] | a[2] | a[3]) == 0 {
        Some(a[0])
    } else {
        None
    }
}

/// A word of 64 bits.
#[inline(always)]
pub(crate) const fn of(value: u64) -> Limbs {
    [value, 0, 0, 0]
}

/// `a * b`, modulo 2^256.
#[inline(always)]
pub(crate) fn mul(a: Limbs, b: Limbs) -> Limbs {
    if cfg!(target_arch = "wasm32") {
        mul_narrow(a, b)
    } else {
        *U256::from_limbs(a)
            .wrapping_mul(U256::from_limbs(b))
            .as_limbs()
    }
}

/// [`mul`] from products of 64 bits, which is what WebAssembly has: a wider product is a call there.
#[inline(always)]
fn mul_narrow(a: Limbs, b: Limbs) -> Limbs {
    // Amounts and prices mostly are that small.
    if (a[1] | a[2] | a[3] | b[1] | b[2] | b[3]) == 0 {
        let (low, high) = wide(a[0], b[0]);
        return [low, high, 0, 0];
    }
    let (r0, h00) = wide(a[0], b[0]);
    let (l01, h01) = wide(a[0], b[1]);
    let (l10, h10) = wide(a[1], b[0]);
    let (l02, h02) = wide(a[0], b[2]);
    let (l11, h11) = wide(a[1], b[1]);
    let (l20, h20) = wide(a[2], b[0]);

    let (r1, c1) = sum([h00, l01, l10]);
    let (r2, c2) = sum([h01, h10, l02, l11, l20, c1]);
    let r3 = h02
        .wrapping_add(h11)
        .wrapping_add(h20)
        .wrapping_add(a[0].wrapping_mul(b[3]))
        .wrapping_add(a[1].wrapping_mul(b[2]))
        .wrapping_add(a[2].wrapping_mul(b[1]))
        .wrapping_add(a[3].wrapping_mul(b[0]))
        .wrapping_add(c2);
    [r0, r1, r2, r3]
}

/// The sum of some numbers and how many times it overflowed.
#[inline(always)]
fn sum<const N: usize>(numbers: [u64; N]) -> (u64, u64) {
    numbers.into_iter().fold((0, 0), |(sum, carries), number| {
        let (sum, carry) = sum.overflowing_add(number);
        (sum, carries + u64::from(carry))
    })
}

/// The product of two numbers of 64 bits, its lower half first.
#[inline(always)]
const fn wide(a: u64, b: u64) -> (u64, u64) {
    const LOW: u64 = u32::MAX as u64;
    let (a0, a1, b0, b1) = (a & LOW, a >> 32, b & LOW, b >> 32);
    let low = a0 * b0;
    // Neither sum can overflow: (2^32 - 1)^2 + 2 (2^32 - 1) = 2^64 - 1.
    let middle = a1 * b0 + (low >> 32);
    let other = a0 * b1 + (middle & LOW);
    (
        (other << 32) | (low & LOW),
        a1 * b1 + (middle >> 32) + (other >> 32),
    )
}

/// `a / b` if that is easy: if both are small, or the divisor is a power of two or zero.
#[inline(always)]
pub(crate) fn easy_div(a: Limbs, b: Limbs) -> Option<Limbs> {
    match (small(a), small(b)) {
        (Some(a), Some(b)) => Some(of(a.checked_div(b).unwrap_or(0))),
        _ => match power_of_two(b)? {
            Some(power) => Some(shift_right(a, power, 0)),
            None => Some([0; 4]),
        },
    }
}

/// `a % b`, if that is easy as with [`easy_div`].
#[inline(always)]
pub(crate) fn easy_rem(a: Limbs, b: Limbs) -> Option<Limbs> {
    match (small(a), small(b)) {
        (Some(a), Some(b)) => Some(of(a.checked_rem(b).unwrap_or(0))),
        _ => match power_of_two(b)? {
            Some(_) => {
                let mask = sub(b, of(1));
                Some([0, 1, 2, 3].map(|limb| a[limb] & mask[limb]))
            }
            None => Some([0; 4]),
        },
    }
}

/// Which power of two a number is, or none if it is zero; nothing if it is any other.
#[inline(always)]
const fn power_of_two(a: Limbs) -> Option<Option<u32>> {
    let less = sub(a, of(1));
    if (a[0] & less[0]) | (a[1] & less[1]) | (a[2] & less[2]) | (a[3] & less[3]) != 0 {
        None
    } else if is_zero(a) {
        Some(None)
    } else {
        Some(Some(bits(a) - 1))
    }
}

/// `base` to the power of `exponent`, modulo 2^256.
#[inline(never)]
pub(crate) fn exp(mut base: Limbs, exponent: Limbs) -> Limbs {
    let mut power = of(1);
    for bit in 0..bits(exponent) {
        if bit != 0 {
            base = mul(base, base);
        }
        if exponent[(bit / 64) as usize] & (1 << (bit % 64)) != 0 {
            power = mul(power, base);
        }
    }
    power
}

/// How many bits a number has, without zeros in front.
#[inline(always)]
pub(crate) const fn bits(a: Limbs) -> u32 {
    let mut at = 3;
    while at > 0 && a[at] == 0 {
        at -= 1;
    }
    64 * at as u32 + (64 - a[at].leading_zeros())
}

/// Fills all above the byte of that index, counted from the least, with its sign; for less than 31.
#[inline(always)]
pub(crate) fn sign_extend(a: Limbs, index: u32) -> Limbs {
    let above = 248 - 8 * index;
    let a = shift_left(a, above);
    shift_right(a, above, sign(a))
}

/// `a << by`, for less than 256.
#[inline(always)]
pub(crate) fn shift_left(a: Limbs, by: u32) -> Limbs {
    let a = match by / 64 {
        0 => a,
        1 => [0, a[0], a[1], a[2]],
        2 => [0, 0, a[0], a[1]],
        _ => [0, 0, 0, a[0]],
    };
    let by = by % 64;
    // In two steps, since a shift by all of the 64 would be none.
    let from_below = |limb: u64| (limb >> 1) >> (63 - by);
    [
        a[0] << by,
        (a[1] << by) | from_below(a[0]),
        (a[2] << by) | from_below(a[1]),
        (a[3] << by) | from_below(a[2]),
    ]
}

/// `a >> by`, for less than 256, with `fill` (all zeros or all ones) coming in.
#[inline(always)]
pub(crate) fn shift_right(a: Limbs, by: u32, fill: u64) -> Limbs {
    let a = match by / 64 {
        0 => a,
        1 => [a[1], a[2], a[3], fill],
        2 => [a[2], a[3], fill, fill],
        _ => [a[3], fill, fill, fill],
    };
    let by = by % 64;
    let from_above = |limb: u64| (limb << 1) << (63 - by);
    [
        (a[0] >> by) | from_above(a[1]),
        (a[1] >> by) | from_above(a[2]),
        (a[2] >> by) | from_above(a[3]),
        (a[3] >> by) | from_above(fill),
    ]
}

/// A limb full of the sign of a word as two's complement.
#[inline(always)]
pub(crate) const fn sign(a: Limbs) -> u64 {
    ((a[3] as i64) >> 63) as u64
}

/// The byte of a word counted from the most significant one, for less than 32.
#[inline(always)]
pub(crate) const fn byte(a: Limbs, index: u32) -> u64 {
    (a[3 - (index / 8) as usize] >> (56 - 8 * (index % 8))) & 0xff
}

#[cfg(test)]
mod tests;
