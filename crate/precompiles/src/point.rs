//! Points of secp256k1, `y² = x³ + 7`, in Jacobian coordinates: `(X, Y, Z)` stands for
//! `(X/Z², Y/Z³)`.
//!
//! The formulas are those of the Explicit-Formulas Database for curves with a = 0. They are not
//! complete, so the cases that they do not cover are asked for; that is what complete formulas, which
//! `k256` has because it also signs, save at the price of some 40 % more multiplications.
//!
//! `FieldElement` of `k256` reduces late: each value has a *magnitude*, which adding adds up, which
//! `negate` has to be told, and which has to be 8 at most for multiplying. The numbers in comments are
//! magnitudes. Builds with debug assertions check them at each step. Coordinates that are kept have
//! magnitude 1.

use alloy_primitives::{U256, uint};
use k256::FieldElement;

/// The prime p of the field.
const FIELD_ORDER: U256 =
    uint!(0xfffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2f_U256);

/// A point other than the one at infinity.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Affine {
    pub(crate) x: FieldElement,
    pub(crate) y: FieldElement,
}

impl Affine {
    pub(crate) fn negated(self) -> Self {
        Self {
            x: self.x,
            y: self.y.negate(1).normalize_weak(),
        }
    }

    /// x and y, 32 bytes each.
    pub(crate) fn to_bytes(self) -> [u8; 64] {
        let mut bytes = [0; 64];
        bytes[..32].copy_from_slice(&self.x.to_bytes());
        bytes[32..].copy_from_slice(&self.y.to_bytes());
        bytes
    }
}

/// Any point.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Point {
    x: FieldElement,
    y: FieldElement,
    z: FieldElement,
    /// Then the coordinates mean nothing.
    at_infinity: bool,
}

impl From<Affine> for Point {
    fn from(point: Affine) -> Self {
        Self::new(point.x, point.y, FieldElement::ONE)
    }
}

impl Point {
    pub(crate) const INFINITY: Self = Self {
        x: FieldElement::ONE,
        y: FieldElement::ONE,
        z: FieldElement::ONE,
        at_infinity: true,
    };

    pub(crate) const fn new(x: FieldElement, y: FieldElement, z: FieldElement) -> Self {
        Self {
            x,
            y,
            z,
            at_infinity: false,
        }
    }

    pub(crate) const fn x(&self) -> FieldElement {
        self.x
    }

    pub(crate) const fn y(&self) -> FieldElement {
        self.y
    }

    pub(crate) const fn z(&self) -> FieldElement {
        self.z
    }

    /// The point with its Z multiplied: what it stands for on another, isomorphic curve.
    pub(crate) fn with_z_times(self, factor: &FieldElement) -> Self {
        Self {
            z: self.z * factor,
            ..self
        }
    }

    /// Twice the point. There is none of order two.
    pub(crate) fn double(&self) -> Self {
        let slope = self.x.square().mul_single(3); // 3
        let yy2 = self.y.square().mul_single(2); // 2
        let yyyy8 = yy2.square().mul_single(2); // 2
        let xyy2 = self.x * &yy2; // 1
        let slope_squared = slope.square(); // 1
        let x = slope_squared + &xyy2.mul_single(4).negate(4); // 6
        let fall = xyy2.mul_single(6) + &slope_squared.negate(1); // 8
        let y = slope * &fall + &yyyy8.negate(2); // 4
        let z = (self.y * &self.z).mul_single(2); // 2
        Self {
            x: x.normalize_weak(),
            y: y.normalize_weak(),
            z: z.normalize_weak(),
            at_infinity: self.at_infinity,
        }
    }

    /// The sum with a point whose Z is one.
    pub(crate) fn add(&self, other: &Affine) -> Self {
        if self.at_infinity {
            return Self::from(*other);
        }
        self.add_seen_from(other, &self.z).0
    }

    /// As [`add`](Self::add) for points that are known to differ in x, and also says by what Z grew.
    pub(crate) fn add_different(&self, other: &Affine) -> (Self, FieldElement) {
        self.add_seen_from(other, &self.z)
    }

    /// The sum with a point of the curve itself, where this one is of the isomorphic curve on which
    /// every Z is smaller by the factor `scale`.
    pub(crate) fn add_unscaled(&self, other: &Affine, scale: &FieldElement) -> Self {
        if self.at_infinity {
            let square = scale.square();
            return Self::new(
                other.x * &square,
                other.y * &square * scale,
                FieldElement::ONE,
            );
        }
        self.add_seen_from(other, &(self.z * scale)).0
    }

    /// `z` is this point's Z on the curve where `other` has one.
    #[inline(always)]
    fn add_seen_from(&self, other: &Affine, z: &FieldElement) -> (Self, FieldElement) {
        let zz = z.square();
        let run = other.x * &zz + &self.x.negate(1); // 3
        let rise = other.y * &zz * z + &self.y.negate(1); // 3
        if bool::from(run.normalizes_to_zero()) {
            let same = bool::from(rise.normalizes_to_zero());
            let sum = if same { self.double() } else { Self::INFINITY };
            return (sum, FieldElement::ONE);
        }
        let square = run.square(); // 1
        let cube = square * &run; // 1
        let x_square = self.x * &square; // 1
        let x = rise.square() + &(cube + &x_square.mul_single(2)).negate(3); // 5
        let fall = x_square + &x.negate(5); // 7
        let y = rise * &fall + &(self.y * &cube).negate(1); // 3
        let sum = Self::new(x.normalize_weak(), y.normalize_weak(), self.z * &run);
        (sum, run)
    }

    /// What it stands for; nothing for the point at infinity.
    pub(crate) fn to_affine(self) -> Option<Affine> {
        if self.at_infinity {
            return None;
        }
        let inverse = invert(&self.z)?;
        let square = inverse.square();
        Some(Affine {
            x: self.x * &square,
            y: self.y * &square * &inverse,
        })
    }
}

/// A number as an element of the field, if it is below the field's order.
pub(crate) fn field(value: U256) -> Option<FieldElement> {
    Option::from(FieldElement::from_bytes(&value.to_be_bytes::<32>().into()))
}

/// The inverse by Lehmer's algorithm, which takes a fifth of the time of raising to the power p − 2
/// and may, since its time depends on the value only.
pub(crate) fn invert(value: &FieldElement) -> Option<FieldElement> {
    let value = U256::from_be_bytes::<32>(value.to_bytes().into());
    field(value.inv_mod(FIELD_ORDER)?)
}
