//! Looking for the least gas limit with which a transaction succeeds.
//!
//! None is computed, all are tried: what a call gets is 63 of 64 parts of what is left, refunds come
//! only at the end, and a contract may look at the gas it has.

use forerun_executor::revm::context::result::ResultGas;

/// Gas that no transaction can do without.
pub(crate) const LEAST_GAS: u64 = 21_000;
/// The most that a transaction may have from Osaka on
/// ([EIP-7825](https://eips.ethereum.org/EIPS/eip-7825)).
pub(crate) const OSAKA_GAS_CAP: u64 = 1 << 24;
/// Gas that a call with value gives along.
const CALL_STIPEND: u64 = 2_300;

/// Looks for the least limit below `enough`, with which the run succeeded that took `gas`. Ends when the
/// limit is less than `tolerance` thousandths too high.
///
/// The order in which limits are tried is that of geth, so that with its tolerance of 15 the estimate
/// is geth's to the last unit.
pub(crate) fn narrow<E>(
    gas: &ResultGas,
    mut enough: u64,
    tolerance: u64,
    succeeds: &mut dyn FnMut(u64) -> Result<bool, E>,
) -> Result<u64, E> {
    let mut short = gas.tx_gas_used().saturating_sub(1);
    let peak = gas.total_gas_spent().max(gas.floor_gas());
    let hopeful = peak.saturating_add(CALL_STIPEND).saturating_mul(64) / 63;
    if hopeful < enough {
        if succeeds(hopeful)? {
            enough = hopeful;
        } else {
            short = hopeful;
        }
    }
    while short.saturating_add(1) < enough
        && (enough - short).saturating_mul(1000) >= enough.saturating_mul(tolerance)
    {
        // Most transactions need little more than they use.
        let middle = (short + (enough - short) / 2).min(short.saturating_mul(2));
        if succeeds(middle)? {
            enough = middle;
        } else {
            short = middle;
        }
    }
    Ok(enough)
}
