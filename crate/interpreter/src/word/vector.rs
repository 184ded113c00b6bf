//! Words moved as two vectors of 128 bits.
//!
//! All that is put on the stack is put there as vectors: a processor hands a vector that was just
//! stored on to a load of a part of it, but lets the load of a vector wait that was stored in parts.

use super::Limbs;
use core::arch::wasm32::{
    i8x16_shuffle, u64x2, u64x2_extract_lane, u64x2_splat, v128, v128_and, v128_load,
    v128_load64_zero, v128_not, v128_or, v128_store, v128_xor,
};
use revm::primitives::U256;
use std::ptr;

/// The two halves at `from`, the lower first.
#[inline(always)]
unsafe fn halves(from: *const U256) -> (v128, v128) {
    let from = from.cast::<v128>();
    // SAFETY: the caller's.
    unsafe { (v128_load(from), v128_load(from.add(1))) }
}

#[inline(always)]
unsafe fn put_halves(to: *mut U256, low: v128, high: v128) {
    let to = to.cast::<v128>();
    // SAFETY: the caller's.
    unsafe {
        v128_store(to, low);
        v128_store(to.add(1), high);
    }
}

/// Copies a word.
///
/// # Safety
/// `from` must be readable, `to` writable.
#[inline(always)]
pub(crate) unsafe fn copy(from: *const U256, to: *mut U256) {
    // SAFETY: the caller's.
    unsafe {
        let (low, high) = halves(from);
        put_halves(to, low, high);
    }
}

/// Exchanges two words.
///
/// # Safety
/// Both must be readable and writable, and not the same.
#[inline(always)]
pub(crate) unsafe fn exchange(a: *mut U256, b: *mut U256) {
    // SAFETY: the caller's.
    unsafe {
        let (low, high) = halves(a);
        copy(b, a);
        put_halves(b, low, high);
    }
}

/// Stores limbs.
///
/// # Safety
/// `to` must be writable.
#[inline(always)]
pub(crate) unsafe fn put(to: *mut U256, limbs: Limbs) {
    // SAFETY: the caller's.
    unsafe { put_halves(to, u64x2(limbs[0], limbs[1]), u64x2(limbs[2], limbs[3])) }
}

/// `to &= from`
///
/// # Safety
/// `from` must be readable, `to` readable and writable.
#[inline(always)]
pub(crate) unsafe fn and(from: *const U256, to: *mut U256) {
    // SAFETY: the caller's.
    unsafe { combine(from, to, |a, b| v128_and(a, b)) }
}

/// `to |= from`
///
/// # Safety
/// `from` must be readable, `to` readable and writable.
#[inline(always)]
pub(crate) unsafe fn or(from: *const U256, to: *mut U256) {
    // SAFETY: the caller's.
    unsafe { combine(from, to, |a, b| v128_or(a, b)) }
}

/// `to ^= from`
///
/// # Safety
/// `from` must be readable, `to` readable and writable.
#[inline(always)]
pub(crate) unsafe fn xor(from: *const U256, to: *mut U256) {
    // SAFETY: the caller's.
    unsafe { combine(from, to, |a, b| v128_xor(a, b)) }
}

#[inline(always)]
unsafe fn combine(from: *const U256, to: *mut U256, by: impl Fn(v128, v128) -> v128) {
    // SAFETY: the caller's.
    unsafe {
        let ((a_low, a_high), (b_low, b_high)) = (halves(from), halves(to));
        put_halves(to, by(a_low, b_low), by(a_high, b_high));
    }
}

/// `to = !to`
///
/// # Safety
/// `to` must be readable and writable.
#[inline(always)]
pub(crate) unsafe fn not(to: *mut U256) {
    // SAFETY: the caller's.
    unsafe {
        let (low, high) = halves(to);
        put_halves(to, v128_not(low), v128_not(high));
    }
}

/// The same bytes from last to first.
#[inline(always)]
fn reversed(bytes: v128) -> v128 {
    i8x16_shuffle::<15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0>(bytes, bytes)
}

/// Reads 32 bytes.
///
/// # Safety
/// So many must be readable at `from`, and `to` writable.
#[inline(always)]
pub(crate) unsafe fn read(from: *const u8, to: *mut U256) {
    // SAFETY: the caller's.
    unsafe {
        let (high, low) = halves(from.cast());
        put_halves(to, reversed(low), reversed(high));
    }
}

/// Writes 32 bytes.
///
/// # Safety
/// So many must be writable at `to`, and `from` readable.
#[inline(always)]
pub(crate) unsafe fn write(from: *const U256, to: *mut u8) {
    // SAFETY: the caller's.
    unsafe {
        let (low, high) = halves(from);
        put_halves(to.cast(), reversed(high), reversed(low));
    }
}

/// Where byte `at` of a reversed vector comes from if only the first `count` bytes of a vector count:
/// from these, or from the vector of zeros beside it.
const fn source(count: usize, at: usize) -> usize {
    if at < count { count - 1 - at } else { 16 }
}

/// The first bytes of a vector, as many as the number says, from last to first. A macro, since a
/// shuffle's lanes cannot depend on a parameter.
macro_rules! first_reversed {
    ($vector:expr, $count:expr, $chosen:expr) => {
        first_reversed!(@ $vector, $count, $chosen, 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15)
    };
    (@ $vector:expr, $count:expr, $chosen:expr, $($n:literal)*) => {
        match $count {
            $($n => i8x16_shuffle::<
                { source($n, 0) }, { source($n, 1) }, { source($n, 2) }, { source($n, 3) },
                { source($n, 4) }, { source($n, 5) }, { source($n, 6) }, { source($n, 7) },
                { source($n, 8) }, { source($n, 9) }, { source($n, 10) }, { source($n, 11) },
                { source($n, 12) }, { source($n, 13) }, { source($n, 14) }, { source($n, 15) },
            >($vector, $chosen),)*
            _ => $vector,
        }
    };
}

/// Reads `N` bytes, at most 32.
///
/// # Safety
/// So many must be readable at `from`, and `to` writable.
#[inline(always)]
pub(crate) unsafe fn read_short<const N: usize>(from: *const u8, to: *mut U256) {
    // SAFETY: the caller's.
    unsafe {
        let (low, high) = short_halves::<N>(from);
        put_halves(to, low, high);
    }
}

/// The limbs of `N` bytes, at most 32.
///
/// # Safety
/// So many must be readable at `from`.
#[inline(always)]
pub(crate) unsafe fn read_limbs<const N: usize>(from: *const u8) -> Limbs {
    // SAFETY: the caller's.
    let (low, high) = unsafe { short_halves::<N>(from) };
    [
        u64x2_extract_lane::<0>(low),
        u64x2_extract_lane::<1>(low),
        u64x2_extract_lane::<0>(high),
        u64x2_extract_lane::<1>(high),
    ]
}

/// The two halves, the lower first, of `N` bytes, at most 32.
#[inline(always)]
unsafe fn short_halves<const N: usize>(from: *const u8) -> (v128, v128) {
    let zero = u64x2_splat(0);
    // SAFETY: the caller's. Nothing is read outside the N bytes.
    unsafe {
        match N {
            32 => {
                let (high, low) = halves(from.cast());
                (reversed(low), reversed(high))
            }
            17..32 => {
                let low = reversed(v128_load(from.add(N - 16).cast()));
                let high = first_reversed!(v128_load(from.cast()), N - 16, zero);
                (low, high)
            }
            16 => (reversed(v128_load(from.cast())), zero),
            8 => {
                let bytes = v128_load64_zero(from.cast());
                (first_reversed!(bytes, 8, zero), zero)
            }
            // Numbers and selectors: two loads, of which the second may repeat bytes of the first.
            _ => (u64x2(low_limb::<N>(from), high_limb::<N>(from)), zero),
        }
    }
}

/// The lower limb of a number of less than 16 bytes.
#[inline(always)]
unsafe fn low_limb<const N: usize>(from: *const u8) -> u64 {
    // SAFETY: the caller's.
    unsafe {
        let two = |at: usize| u64::from(u16::from_be(ptr::read_unaligned(from.add(at).cast())));
        let four = |at: usize| u64::from(u32::from_be(ptr::read_unaligned(from.add(at).cast())));
        match N {
            1 => u64::from(*from),
            2 => two(0),
            3 => (two(0) << 8) | u64::from(*from.add(2)),
            4 => four(0),
            5..8 => (four(0) << (8 * (N - 4))) | four(N - 4),
            _ => (four(N - 8) << 32) | four(N - 4),
        }
    }
}

/// The upper limb of a number of less than 16 bytes.
#[inline(always)]
unsafe fn high_limb<const N: usize>(from: *const u8) -> u64 {
    if N <= 8 {
        return 0;
    }
    // SAFETY: the caller's. At least nine bytes can be read.
    unsafe {
        let eight = u64::from_be(ptr::read_unaligned(from.cast()));
        eight >> (8 * (16 - N))
    }
}
