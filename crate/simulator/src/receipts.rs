//! Receipts: what a header commits to about its transactions' results.

use alloy_consensus::{Eip658Value, Receipt, ReceiptEnvelope, TxType, proofs};
use alloy_primitives::{B256, Bloom};
use forerun_executor::TransactionOutcome;

/// The values of a header that follow from the receipts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Commitment {
    pub(crate) root: B256,
    pub(crate) bloom: Bloom,
}

/// Builds the receipts of executed transactions of these types and commits to them. Good from
/// Byzantium on; before, receipts hold a state root
/// ([EIP-658](https://eips.ethereum.org/EIPS/eip-658)) and only the bloom is right.
pub(crate) fn commit(
    types: &mut dyn Iterator<Item = u8>,
    outcomes: &[TransactionOutcome],
) -> Commitment {
    let mut bloom = Bloom::ZERO;
    let mut cumulative_gas_used = 0_u64;
    let receipts: Vec<ReceiptEnvelope> = types
        .zip(outcomes)
        .filter_map(|(tx_type, outcome)| {
            let TransactionOutcome::Executed(result) = outcome else {
                return None;
            };
            cumulative_gas_used = cumulative_gas_used.saturating_add(result.tx_gas_used());
            let receipt = Receipt {
                status: Eip658Value::Eip658(result.is_success()),
                cumulative_gas_used,
                // Only a successful transaction leaves logs.
                logs: if result.is_success() {
                    result.logs().to_vec()
                } else {
                    Vec::new()
                },
            };
            let with_bloom = receipt.with_bloom();
            bloom |= with_bloom.logs_bloom;
            let tx_type = TxType::try_from(tx_type).unwrap_or(TxType::Legacy);
            Some(ReceiptEnvelope::from_typed(tx_type, with_bloom))
        })
        .collect();
    Commitment {
        root: proofs::calculate_receipt_root(&receipts),
        bloom,
    }
}
