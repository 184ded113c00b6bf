//! `a·G + b·R` for the generator `G` and any point `R`.
//!
//! Both factors are split in halves ([`modular`](crate::modular)), so there are four points, `G`, `λG`,
//! `R` and `λR`, with factors of 128 bits. The factors are written with digits that are odd or zero and
//! with at least a window's width of zeros after each (wNAF), so that only odd multiples of the points
//! are needed and few of them; the four sums share their doublings (Strauss). The multiples of the
//! generator are the same every time and are made once, at first use.
//!
//! The multiples of `R` have different Z; bringing them to one would take an inversion. Instead they
//! are brought to a common Z, by multiplications only, and the whole sum is made on the isomorphic
//! curve where that common Z is one. The result's Z is multiplied with it at the end, and multiples of
//! the generator are added as seen from there.

use crate::{
    modular::{Half, halves},
    point::{Affine, Point, field, invert},
};
use alloy_primitives::{U256, uint};
use k256::{FieldElement, Scalar};
use std::sync::OnceLock;

/// β, the cube root of one that goes with λ.
const BETA: U256 = uint!(0x7ae96a2b657c07106e64479eac3434e99cf0497512f58995c1396c28719501ee_U256);
const GENERATOR_X: U256 =
    uint!(0x79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798_U256);
const GENERATOR_Y: U256 =
    uint!(0x483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8_U256);

/// Window for `R`. One more would save six additions and cost eight multiples.
const POINT_WINDOW: usize = 5;
const POINT_MULTIPLES: usize = 1 << (POINT_WINDOW - 2);
/// Window for the generator: 256 multiples and as many times λ, 40 KB, made in a fifth of a
/// millisecond. Two more would save 2 % and cost four times as much.
const GENERATOR_WINDOW: usize = 10;
const GENERATOR_MULTIPLES: usize = 1 << (GENERATOR_WINDOW - 2);

/// A half has 128 bits; writing it with negative digits can take one more.
const DIGITS: usize = 129;

/// The odd multiples 1, 3, 5 … of a point, and those of λ times it.
#[derive(Debug)]
struct Multiples<const N: usize> {
    plain: [Affine; N],
    by_lambda: [Affine; N],
}

/// `of_generator·G + of_point·point`.
pub(crate) fn weighted_sum(of_generator: &Scalar, point: &Affine, of_point: &Scalar) -> Point {
    let generator = generator_multiples();
    let (plain, scale) = odd_multiples::<POINT_MULTIPLES>(point);
    let by_lambda = plain.map(times_lambda);
    let [g, g_lambda] = halves(of_generator).map(Digits::<GENERATOR_WINDOW>::new);
    let [r, r_lambda] = halves(of_point).map(Digits::<POINT_WINDOW>::new);

    let length = g.length.max(g_lambda.length);
    let length = length.max(r.length).max(r_lambda.length);
    let mut sum = Point::INFINITY;
    for place in (0..length).rev() {
        sum = sum.double();
        for (digits, multiples) in [(&r, &plain), (&r_lambda, &by_lambda)] {
            if let Some(multiple) = digits.pick(place, multiples) {
                sum = sum.add(&multiple);
            }
        }
        for (digits, multiples) in [(&g, &generator.plain), (&g_lambda, &generator.by_lambda)] {
            if let Some(multiple) = digits.pick(place, multiples) {
                sum = sum.add_unscaled(&multiple, &scale);
            }
        }
    }
    sum.with_z_times(&scale)
}

/// The digits of a factor, lowest first.
struct Digits<const WINDOW: usize> {
    digits: [i16; DIGITS],
    /// How many there are up to the highest that is not zero.
    length: usize,
}

impl<const WINDOW: usize> Digits<WINDOW> {
    const fn new(half: Half) -> Self {
        let mut digits = [0; DIGITS];
        let mut length = 0;
        // What is left of the factor is `rest · 2^place`, plus `2^place` if there is a carry.
        let mut rest = half.magnitude;
        let mut carry = 0;
        let mut place = 0;
        while rest != 0 || carry != 0 {
            if rest & 1 == carry {
                // Even: nothing, or a carry into an odd rest.
                rest >>= 1;
                place += 1;
                continue;
            }
            let window = (rest & ((1 << WINDOW) - 1)) + carry;
            carry = window >> (WINDOW - 1);
            let digit = window as i16 - ((carry as i16) << WINDOW);
            digits[place] = if half.negative { -digit } else { digit };
            length = place + 1;
            rest >>= WINDOW;
            place += WINDOW;
        }
        Self { digits, length }
    }

    /// The multiple that the digit at `place` asks for.
    #[inline(always)]
    fn pick(&self, place: usize, multiples: &[Affine]) -> Option<Affine> {
        let digit = self.digits[place];
        if digit == 0 {
            return None;
        }
        let multiple = multiples[usize::from(digit.unsigned_abs() / 2)];
        Some(if digit < 0 {
            multiple.negated()
        } else {
            multiple
        })
    }
}

fn times_lambda(point: Affine) -> Affine {
    Affine {
        x: point.x * &beta(),
        y: point.y,
    }
}

fn beta() -> FieldElement {
    field(BETA).expect("is below the field's order")
}

/// The first `N` odd multiples of a point, on the isomorphic curve where the Z that they have in
/// common, which comes second, is one.
fn odd_multiples<const N: usize>(point: &Affine) -> ([Affine; N], FieldElement) {
    // Seen from the curve where twice the point has a Z of one, each step is a cheap addition. No two
    // multiples with these factors have an x in common, since the order of the group is a large prime.
    let twice = Point::from(*point).double();
    let z = twice.z();
    let zz = z.square();
    let step = Affine {
        x: twice.x(),
        y: twice.y(),
    };
    let mut last = Point::new(point.x * &zz, point.y * &zz * &z, FieldElement::ONE);
    let mut growth = [FieldElement::ONE; N];
    let mut multiples = [Affine {
        x: last.x(),
        y: last.y(),
    }; N];
    for index in 1..N {
        (last, growth[index]) = last.add_different(&step);
        multiples[index] = Affine {
            x: last.x(),
            y: last.y(),
        };
    }
    // From the last one down: what its Z is more than that of the one before.
    let mut behind = FieldElement::ONE;
    for index in (0..N - 1).rev() {
        behind = growth[index + 1] * &behind;
        let square = behind.square();
        let multiple = &mut multiples[index];
        multiple.x *= &square;
        multiple.y = multiple.y * &square * &behind;
    }
    (multiples, last.z() * &z)
}

fn generator_multiples() -> &'static Multiples<GENERATOR_MULTIPLES> {
    static MULTIPLES: OnceLock<Box<Multiples<GENERATOR_MULTIPLES>>> = OnceLock::new();
    MULTIPLES.get_or_init(|| {
        let generator = field(GENERATOR_X).zip(field(GENERATOR_Y));
        let (x, y) = generator.expect("are below the field's order");
        let (multiples, scale) = odd_multiples::<GENERATOR_MULTIPLES>(&Affine { x, y });
        let inverse = invert(&scale).expect("no multiple of these is at infinity");
        let square = inverse.square();
        let plain = multiples.map(|multiple| Affine {
            x: multiple.x * &square,
            y: multiple.y * &square * &inverse,
        });
        Box::new(Multiples {
            plain,
            by_lambda: plain.map(times_lambda),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(digits: &Digits<5>) -> i128 {
        let highest_first = digits.digits[..digits.length].iter().rev();
        highest_first.fold(0, |value, digit| value * 2 + i128::from(*digit))
    }

    #[test]
    fn digits_add_up_and_are_odd_and_apart() {
        let magnitudes = (0..2_000_u128).chain((0..126).map(|bit| (1_u128 << bit) - 1));
        for magnitude in magnitudes {
            for negative in [false, true] {
                let digits = Digits::<5>::new(Half {
                    magnitude,
                    negative,
                });
                let expected = magnitude as i128 * if negative { -1 } else { 1 };
                assert_eq!(value(&digits), expected);
                let mut last = None;
                for (place, digit) in digits.digits.iter().enumerate().filter(|(_, d)| **d != 0) {
                    assert!(digit % 2 != 0 && digit.abs() < 16, "{magnitude}: {digit}");
                    assert!(last.is_none_or(|last| place - last >= 5), "{magnitude}");
                    last = Some(place);
                }
            }
        }
    }

    #[test]
    fn the_longest_half_has_a_digit_more_than_bits() {
        let digits = Digits::<5>::new(Half {
            magnitude: u128::MAX,
            negative: false,
        });
        assert_eq!(digits.length, DIGITS);
        assert_eq!((digits.digits[0], digits.digits[128]), (-1, 1));
    }
}
