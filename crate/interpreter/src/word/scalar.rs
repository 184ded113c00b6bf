//! Words moved as limbs of 64 bits.

use super::{Limbs, get};
use revm::primitives::U256;
use std::ptr;

/// Copies a word.
///
/// # Safety
/// `from` must be readable, `to` writable.
#[inline(always)]
pub(crate) unsafe fn copy(from: *const U256, to: *mut U256) {
    // SAFETY: the caller's.
    unsafe { *to = *from }
}

/// Exchanges two words.
///
/// # Safety
/// Both must be readable and writable, and not the same.
#[inline(always)]
pub(crate) const unsafe fn exchange(a: *mut U256, b: *mut U256) {
    // SAFETY: the caller's.
    unsafe { ptr::swap_nonoverlapping(a, b, 1) }
}

/// Stores limbs.
///
/// # Safety
/// `to` must be writable.
#[inline(always)]
pub(crate) const unsafe fn put(to: *mut U256, limbs: Limbs) {
    // SAFETY: the caller's.
    unsafe { to.write(U256::from_limbs(limbs)) }
}

/// `to &= from`
///
/// # Safety
/// `from` must be readable, `to` readable and writable.
#[inline(always)]
pub(crate) unsafe fn and(from: *const U256, to: *mut U256) {
    // SAFETY: the caller's.
    unsafe { *to &= *from }
}

/// `to |= from`
///
/// # Safety
/// `from` must be readable, `to` readable and writable.
#[inline(always)]
pub(crate) unsafe fn or(from: *const U256, to: *mut U256) {
    // SAFETY: the caller's.
    unsafe { *to |= *from }
}

/// `to ^= from`
///
/// # Safety
/// `from` must be readable, `to` readable and writable.
#[inline(always)]
pub(crate) unsafe fn xor(from: *const U256, to: *mut U256) {
    // SAFETY: the caller's.
    unsafe { *to ^= *from }
}

/// `to = !to`
///
/// # Safety
/// `to` must be readable and writable.
#[inline(always)]
pub(crate) unsafe fn not(to: *mut U256) {
    // SAFETY: the caller's.
    unsafe { *to = !*to }
}

/// Reads 32 bytes.
///
/// # Safety
/// So many must be readable at `from`, and `to` writable.
#[inline(always)]
pub(crate) unsafe fn read(from: *const u8, to: *mut U256) {
    // SAFETY: the caller's.
    unsafe {
        let limb = |index: usize| u64::from_be(ptr::read_unaligned(from.add(index).cast()));
        put(to, [limb(24), limb(16), limb(8), limb(0)]);
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
        for (index, limb) in get(from).into_iter().rev().enumerate() {
            ptr::write_unaligned(to.add(8 * index).cast(), limb.to_be());
        }
    }
}

/// Reads `N` bytes, at most 32.
///
/// # Safety
/// So many must be readable at `from`, and `to` writable.
#[inline(always)]
pub(crate) unsafe fn read_short<const N: usize>(from: *const u8, to: *mut U256) {
    let mut bytes = [0; 32];
    // SAFETY: the caller's. N bytes end where the 32 end.
    unsafe {
        ptr::copy_nonoverlapping(from, bytes.as_mut_ptr().add(32 - N), N);
        read(bytes.as_ptr(), to);
    }
}

/// The limbs of `N` bytes, at most 32.
///
/// # Safety
/// So many must be readable at `from`.
#[inline(always)]
pub(crate) unsafe fn read_limbs<const N: usize>(from: *const u8) -> Limbs {
    let mut word = U256::ZERO;
    // SAFETY: the caller's.
    unsafe { read_short::<N>(from, &mut word) };
    word.into_limbs()
}
