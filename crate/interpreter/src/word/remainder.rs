//! Remainders of sums and products that are wider than a word.
//!
//! By digits of 32 bits, as on paper: Knuth's algorithm D (The Art of Computer Programming, volume 2,
//! 4.3.1). A product of two such digits fits into a register of WebAssembly, and there is an instruction
//! that divides one. ruint's division goes by 64 bits, each of whose products and quotients takes many
//! instructions here: its two copies under `ADDMOD` and `MULMOD` alone are ten times as long as this.

use super::Limbs;

const DIGITS: usize = 8;

/// Digits, the least first.
type Digits<const N: usize> = [u32; N];

/// `(a + b) mod modulus`, whose sum may have a bit more than a word; zero if there is no modulus.
pub(crate) fn add_mod(a: Limbs, b: Limbs, modulus: Limbs) -> Limbs {
    let (a, b) = (digits(a), digits(b));
    let mut sum = [0; 2 * DIGITS + 1];
    let mut carry = 0;
    for at in 0..DIGITS {
        carry += u64::from(a[at]) + u64::from(b[at]);
        sum[at] = carry as u32;
        carry >>= 32;
    }
    sum[DIGITS] = carry as u32;
    remainder(sum, modulus)
}

/// `(a * b) mod modulus`, whose product may have twice as many bits as a word; zero if there is no
/// modulus.
pub(crate) fn mul_mod(a: Limbs, b: Limbs, modulus: Limbs) -> Limbs {
    let (a, b) = (digits(a), digits(b));
    let mut product = [0; 2 * DIGITS + 1];
    for (at, digit) in a.into_iter().enumerate() {
        if digit == 0 {
            continue;
        }
        let mut carry = 0;
        for (place, other) in product[at..].iter_mut().zip(b) {
            carry += u64::from(*place) + u64::from(digit) * u64::from(other);
            *place = carry as u32;
            carry >>= 32;
        }
        product[at + DIGITS] = carry as u32;
    }
    if modulus == [u64::MAX; 4] {
        // What contracts find the upper half of a product by. 2^256 is 1 then.
        return add_mod(limbs(&product), limbs(&product[DIGITS..]), modulus);
    }
    remainder(product, modulus)
}

/// What is left of a number whose first digit is zero.
#[inline(never)]
fn remainder(mut number: Digits<{ 2 * DIGITS + 1 }>, modulus: Limbs) -> Limbs {
    let mut divisor = digits(modulus);
    let Some(first) = divisor.iter().rposition(|digit| *digit != 0) else {
        return [0; 4];
    };
    // With the highest bit of the divisor set, a quotient's digit is guessed right or nearly so.
    let shift = divisor[first].leading_zeros();
    shift_left(&mut number, shift);
    shift_left(&mut divisor, shift);
    let length = first + 1;
    let divisor = &divisor[..length];
    let highest = number.iter().rposition(|digit| *digit != 0);
    for at in (0..=highest.unwrap_or(0).saturating_sub(first)).rev() {
        // At the top there is always a digit more: whatever the number is, its first was zero.
        if let Some(part) = number.get_mut(at..=at + length) {
            reduce(part, divisor);
        }
    }
    number[length..].fill(0);
    shift_right(limbs(&number), shift)
}

/// Takes the divisor off a number with a digit more as often as it goes, which is less than 2^32 times.
fn reduce(number: &mut [u32], divisor: &[u32]) {
    let length = divisor.len();
    let second = |digits: &[u32]| length.checked_sub(2).map_or(0, |at| u64::from(digits[at]));
    let top = u64::from(number[length]) << 32 | u64::from(number[length - 1]);
    let divides = u64::from(divisor[length - 1]);
    // By the first two digits over the first; the next ones say whether that is too much. Then it is so
    // by two at most, and nearly never by one still.
    let (mut quotient, mut rest) = (top / divides, top % divides);
    while quotient >> 32 != 0 || quotient * second(divisor) > (rest << 32 | second(number)) {
        quotient -= 1;
        rest += divides;
        if rest >> 32 != 0 {
            break;
        }
    }
    let mut borrow = 0;
    let mut carry = 0;
    for (place, digit) in number.iter_mut().zip(divisor) {
        carry += quotient * u64::from(*digit);
        let left = i64::from(*place) - i64::from(carry as u32) + borrow;
        *place = left as u32;
        borrow = left >> 32;
        carry >>= 32;
    }
    let left = i64::from(number[length]) - carry as i64 + borrow;
    number[length] = left as u32;
    if left < 0 {
        let mut carry = 0;
        for (place, digit) in number.iter_mut().zip(divisor) {
            carry += u64::from(*place) + u64::from(*digit);
            *place = carry as u32;
            carry >>= 32;
        }
        number[length] = number[length].wrapping_add(carry as u32);
    }
}

fn digits(limbs: Limbs) -> Digits<DIGITS> {
    let mut digits = [0; DIGITS];
    for (pair, limb) in digits.as_chunks_mut::<2>().0.iter_mut().zip(limbs) {
        *pair = [limb as u32, (limb >> 32) as u32];
    }
    digits
}

/// The limbs of the first digits.
fn limbs(digits: &[u32]) -> Limbs {
    let mut limbs = [0; 4];
    for (limb, pair) in limbs.iter_mut().zip(digits.as_chunks::<2>().0) {
        *limb = u64::from(pair[1]) << 32 | u64::from(pair[0]);
    }
    limbs
}

fn shift_left(digits: &mut [u32], by: u32) {
    let mut carry = 0;
    for digit in digits {
        carry |= u64::from(*digit) << by;
        *digit = carry as u32;
        carry >>= 32;
    }
}

/// By less than 32 bits.
fn shift_right(limbs: Limbs, by: u32) -> Limbs {
    let mut above = 0;
    let mut shifted = [0; 4];
    for at in (0..4).rev() {
        // In two steps, since none shifts by all 64.
        shifted[at] = limbs[at] >> by | above << 1 << (63 - by);
        above = limbs[at];
    }
    shifted
}
