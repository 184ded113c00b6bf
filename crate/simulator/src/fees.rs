//! What a block's base fee and blob fee follow from: pure arithmetic of the parent's header.
//!
//! Written here and not taken from a library because the numbers come from requests: every step is
//! checked or saturating, where the libraries' versions assume the values of a valid chain and
//! overflow on others.

use forerun_executor::BlobParams;

/// Gas of one blob ([EIP-4844](https://eips.ethereum.org/EIPS/eip-4844)).
pub(crate) const GAS_PER_BLOB: u64 = 131_072;

/// Base fee of the first block that has one ([EIP-1559](https://eips.ethereum.org/EIPS/eip-1559)).
pub(crate) const INITIAL_BASE_FEE: u64 = 1_000_000_000;

/// Execution gas that a blob is held to be worth at least
/// ([EIP-7918](https://eips.ethereum.org/EIPS/eip-7918)).
const BLOB_BASE_COST: u128 = 8_192;

const ELASTICITY: u64 = 2;
const BASE_FEE_CHANGE_DENOMINATOR: u128 = 8;

/// The base fee that follows on a block ([EIP-1559](https://eips.ethereum.org/EIPS/eip-1559)).
pub(crate) fn next_base_fee(gas_used: u64, gas_limit: u64, base_fee: u64) -> u64 {
    let target = gas_limit / ELASTICITY;
    if target == 0 || gas_used == target {
        return base_fee;
    }
    // Two factors of 64 bits each fit into 128.
    let change = u128::from(base_fee) * u128::from(gas_used.abs_diff(target))
        / (u128::from(target) * BASE_FEE_CHANGE_DENOMINATOR);
    let change = u64::try_from(change).unwrap_or(u64::MAX);
    if gas_used > target {
        base_fee.saturating_add(change.max(1))
    } else {
        base_fee.saturating_sub(change)
    }
}

/// The facts of a parent that the blob fee of the next block depends on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BlobParent {
    pub(crate) excess_blob_gas: u64,
    pub(crate) blob_gas_used: u64,
    pub(crate) base_fee: u64,
}

/// The excess blob gas that follows on a block. `reserve_price` is the rule of
/// [EIP-7918](https://eips.ethereum.org/EIPS/eip-7918), from Osaka on: while execution gas is so dear
/// that blobs cost next to nothing beside it, the excess does not fall.
///
/// `None` if the parent's excess stands for a price that does not fit into 128 bits.
pub(crate) fn next_excess_blob_gas(
    parent: BlobParent,
    params: BlobParams,
    reserve_price: bool,
) -> Option<u64> {
    let target_gas = params.target.checked_mul(GAS_PER_BLOB)?;
    let sum = parent.excess_blob_gas.checked_add(parent.blob_gas_used)?;
    if sum < target_gas {
        return Some(0);
    }
    if reserve_price {
        let blob_fee = blob_base_fee(parent.excess_blob_gas, params.base_fee_update_fraction)?;
        let reserve = BLOB_BASE_COST * u128::from(parent.base_fee);
        if reserve > blob_fee.saturating_mul(u128::from(GAS_PER_BLOB)) {
            let added = u128::from(parent.blob_gas_used) * u128::from(params.max - params.target)
                / u128::from(params.max);
            return parent
                .excess_blob_gas
                .checked_add(u64::try_from(added).ok()?);
        }
    }
    Some(sum - target_gas)
}

/// The price of one unit of blob gas, in wei: `e^(excess / fraction)` by the series that
/// [EIP-4844](https://eips.ethereum.org/EIPS/eip-4844) fixes. `None` if it leaves 128 bits.
pub(crate) fn blob_base_fee(excess_blob_gas: u64, fraction: u64) -> Option<u128> {
    let (numerator, denominator) = (u128::from(excess_blob_gas), u128::from(fraction));
    let (mut sum, mut term, mut step) = (0_u128, denominator, 1_u128);
    while term > 0 {
        sum = sum.checked_add(term)?;
        term = term
            .checked_mul(numerator)?
            .checked_div(denominator.checked_mul(step)?)?;
        step += 1;
    }
    sum.checked_div(denominator)
}

#[cfg(test)]
mod tests {
    use super::*;

    // Values from the tables of EIP-4844's reference tests.
    #[test]
    fn the_blob_fee_is_the_series_of_the_eip() {
        for (excess, fraction, fee) in [
            (0, 1, 1),
            (2, 1, 6),
            (4, 2, 6),
            (3, 1, 16),
            (6, 2, 18),
            (4, 1, 49),
            (8, 2, 50),
            (5, 1, 136),
            (5, 2, 11),
            (50_000_000, 2_225_652, 5_709_098_764),
        ] {
            assert_eq!(
                blob_base_fee(excess, fraction),
                Some(fee),
                "{excess} / {fraction}"
            );
        }
    }

    #[test]
    fn a_fee_beyond_all_numbers_is_none() {
        assert_eq!(blob_base_fee(u64::MAX, 1), None);
        assert_eq!(blob_base_fee(u64::MAX, 3_338_477), None);
        assert_eq!(blob_base_fee(1, 0), None);
    }

    #[test]
    fn extreme_parents_do_not_overflow() {
        assert_eq!(next_base_fee(u64::MAX, 2, u64::MAX), u64::MAX);
        assert_eq!(next_base_fee(0, u64::MAX, 0), 0);
        assert_eq!(next_base_fee(5, 0, 7), 7);
        assert_eq!(next_base_fee(5, 1, 7), 7);
    }

    // Base fee moves by an eighth at most; both bounds of the EIP.
    #[test]
    fn full_and_empty_blocks_move_the_fee_by_an_eighth() {
        assert_eq!(next_base_fee(30_000_000, 30_000_000, 800), 900);
        assert_eq!(next_base_fee(0, 30_000_000, 800), 700);
        assert_eq!(next_base_fee(15_000_001, 30_000_000, 7), 8);
    }
}
