//! Receipts: what a header commits to about its transactions' results. Until Byzantium a receipt
//! holds the state root after its transaction; since, whether it succeeded
//! ([EIP-658](https://eips.ethereum.org/EIPS/eip-658)).

use alloy_consensus::{Eip658Value, Receipt, ReceiptEnvelope, TxType, proofs};
use alloy_primitives::{B256, Bloom};
use forerun_executor::revm::{context::TxEnv, context::result::ExecutionResult};

/// The values of a header that follow from the receipts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Commitment {
    pub(crate) root: B256,
    pub(crate) bloom: Bloom,
}

/// Commits to the receipts of executed transactions; `roots` are the state roots after each, where
/// the fork has receipts with them.
pub(crate) fn commit(
    transactions: &[TxEnv],
    results: &[&ExecutionResult],
    roots: Option<&[B256]>,
) -> Commitment {
    let mut bloom = Bloom::ZERO;
    let mut cumulative_gas_used = 0_u64;
    let mut receipts = Vec::with_capacity(results.len());
    for (index, (tx, result)) in transactions.iter().zip(results).enumerate() {
        cumulative_gas_used += result.tx_gas_used();
        let status = roots.and_then(|roots| roots.get(index)).map_or_else(
            || Eip658Value::Eip658(result.is_success()),
            |root| Eip658Value::PostState(*root),
        );
        let logs = match result {
            ExecutionResult::Success { logs, .. } => logs.clone(),
            // Only a successful transaction leaves logs.
            _ => Vec::new(),
        };
        let receipt = Receipt {
            status,
            cumulative_gas_used,
            logs,
        };
        let with_bloom = receipt.with_bloom();
        bloom |= with_bloom.logs_bloom;
        let tx_type = TxType::try_from(tx.tx_type).unwrap_or(TxType::Legacy);
        receipts.push(ReceiptEnvelope::from_typed(tx_type, with_bloom));
    }
    Commitment {
        root: proofs::calculate_receipt_root(&receipts),
        bloom,
    }
}
