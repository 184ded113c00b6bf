//! What bundles within bundles leave to whoever makes the block.
//!
//! A bundle may promise some of its items a share of what the others bring. It is paid out by a
//! transaction for each receiver, and what that costs comes out of the share. So a share that does
//! not cover it cannot be paid. What is left to a bundle counts for the one around it.

use super::{
    amount::Amount,
    mev_bundle::{Item, MevBundle},
    run::Ran,
};
use alloy_primitives::U256;

/// Gas that paying a refund out to one receiver takes at most.
const PAYOUT_GAS: u64 = 30_000;

/// What a bundle comes to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Earnings {
    /// What all items bring, less what is paid out.
    pub(crate) profit: Amount,
    /// What the items bring that are promised nothing, less what is paid out.
    pub(crate) refundable: Amount,
    /// Of all transactions and payouts.
    pub(crate) gas_used: u64,
}

impl Earnings {
    /// Adds up a bundle. `ran` has each transaction by its place among all; nothing where one was
    /// left out. `None` if a bundle costs more than it brings, or promises what cannot be paid out.
    pub(crate) fn of(bundle: &MevBundle, ran: &[Option<&Ran>], base_fee: u64) -> Option<Self> {
        let mut sum = Self::default();
        for (item, refund) in bundle.body.iter().zip(&bundle.refunds) {
            let (brought, gas_used) = match item {
                Item::Transaction(place) => match ran.get(*place) {
                    Some(Some(ran)) => (ran.coinbase_diff, ran.result.tx_gas_used()),
                    _ => continue,
                },
                Item::Bundle(bundle) => {
                    let inner = Self::of(bundle, ran, base_fee)?;
                    (inner.profit, inner.gas_used)
                }
            };
            sum.profit = sum.profit.plus(brought);
            sum.gas_used = sum.gas_used.saturating_add(gas_used);
            if refund.is_none() {
                sum.refundable = sum.refundable.plus(brought);
            }
        }
        let shared = sum.refundable;
        for (item, refund) in bundle.body.iter().zip(&bundle.refunds) {
            let Some(percent) = refund else {
                continue;
            };
            let gas = PAYOUT_GAS.saturating_mul(item.receivers());
            let cost = U256::from(gas).saturating_mul(U256::from(base_fee));
            let payout = shared.percent(*percent);
            if payout.gain().is_none_or(|payout| payout < cost) {
                return None;
            }
            sum.profit = sum.profit.minus(payout);
            sum.refundable = sum.refundable.minus(payout);
            sum.gas_used = sum.gas_used.saturating_add(gas);
        }
        sum.profit.gain().map(|_| sum)
    }
}
