//! The public key that made a signature.
//!
//! With `R` the point that the signature names by its x coordinate `r`, `z` the digest and `G` the
//! generator, the key is `(s/r)·R − (z/r)·G` (SEC 1, section 4.1.6). Nearly all of the time goes into
//! that sum, see [`sum`](crate::sum).
//!
//! Everything here is public: signatures and digests come from the chain. So nothing is done in
//! constant time, and none of this may be used to sign.

use crate::{
    modular::{GROUP_ORDER, scalar},
    point::{Affine, field},
    sum::weighted_sum,
};
use alloy_primitives::{Address, U256, keccak256};
use k256::{FieldElement, Scalar};

/// Recovers the uncompressed public key (x and y, 32 bytes each) behind a signature, or `None` if
/// there is none.
///
/// `signature` holds r and s, big-endian; s may be the higher of its two possible values. Bit 0 of
/// `recovery_id` is the parity of R's y coordinate, bit 1 says that R's x coordinate is `r` plus the
/// group's order.
pub fn recover_public_key(
    signature: &[u8; 64],
    recovery_id: u8,
    digest: &[u8; 32],
) -> Option<[u8; 64]> {
    let (r, s) = signature.split_at(32);
    let r = nonzero_scalar(r)?;
    let s = nonzero_scalar(s)?;
    let point = named_point(r, recovery_id)?;

    let inverse = scalar(r.inv_mod(GROUP_ORDER)?);
    let digest = U256::from_be_bytes(*digest);
    // One subtraction is enough: the order is above half of what 256 bits hold.
    let digest = scalar(if digest < GROUP_ORDER {
        digest
    } else {
        digest.wrapping_sub(GROUP_ORDER)
    });
    let of_generator: Scalar = -(digest * inverse);
    let of_point = scalar(s) * inverse;
    weighted_sum(&of_generator, &point, &of_point)
        .to_affine()
        .map(|key| key.to_bytes())
}

/// Recovers the address of the account whose key made a signature. See [`recover_public_key`].
pub fn recover_address(
    signature: &[u8; 64],
    recovery_id: u8,
    digest: &[u8; 32],
) -> Option<Address> {
    recover_public_key(signature, recovery_id, digest).map(|key| Address::from_word(keccak256(key)))
}

/// Reads `r` or `s`, which have to be in 1..n.
fn nonzero_scalar(bytes: &[u8]) -> Option<U256> {
    let value = U256::from_be_slice(bytes);
    (!value.is_zero() && value < GROUP_ORDER).then_some(value)
}

/// The point whose x coordinate is `r`, or `r + n`, and whose y is even or odd.
fn named_point(r: U256, recovery_id: u8) -> Option<Affine> {
    let x = match recovery_id {
        0 | 1 => r,
        2 | 3 => r.checked_add(GROUP_ORDER)?,
        _ => return None,
    };
    let x = field(x)?;
    let square = x.square() * &x + &FieldElement::from_u64(7);
    let y = Option::<FieldElement>::from(square.sqrt())?.normalize();
    let is_odd = recovery_id & 1 == 1;
    let y = if bool::from(y.is_odd()) == is_odd {
        y
    } else {
        y.negate(1).normalize_weak()
    };
    Some(Affine { x, y })
}
