//! Which of a transaction's faults is named, where it has several: the first in the order in which geth
//! looks for them.

use crate::{
    call::blob_cost,
    rpc::{RpcError, TransactionArgs, refusal::refused},
};
use alloy_primitives::U256;
use forerun_executor::{
    Block, Rejection,
    revm::{
        context::{TxEnv, result::InvalidTransaction},
        state::AccountInfo,
    },
};

/// Whether a call's fees are refused. Without validation a call that names none need not pay any.
pub(super) fn fee_fault(
    call: &TransactionArgs,
    base_fee: u64,
    validation: bool,
) -> Option<InvalidTransaction> {
    let (cap, tip) = (call.fee_cap(), call.tip_cap());
    if !validation && cap == 0 && tip == 0 {
        None
    } else if cap < tip {
        Some(InvalidTransaction::PriorityFeeGreaterThanMaxFee)
    } else if cap < u128::from(base_fee) {
        Some(InvalidTransaction::GasPriceLessThanBasefee)
    } else {
        None
    }
}

/// The error of a transaction that the executor refused, or would have: `sender` is the account as it
/// was before.
pub(super) fn fault(
    call: &TransactionArgs,
    tx: &TxEnv,
    block: &Block,
    sender: &AccountInfo,
    validation: bool,
    found: Option<&Rejection>,
) -> RpcError {
    let first = nonce_fault(call, sender, validation)
        .or_else(|| fee_fault(call, block.env.basefee, validation))
        .or_else(|| match found {
            // What is wrong with blobs and authorizations comes before the funds.
            Some(Rejection::Invalid(invalid)) if !comes_behind_funds(invalid) => {
                Some(invalid.clone())
            }
            _ => None,
        })
        .or_else(|| funds_fault(call, sender))
        .map(Rejection::Invalid);
    let error = match (&first, found) {
        (Some(rejection), _) | (None, Some(rejection)) => {
            let tx = TxEnv {
                nonce: call.nonce.unwrap_or_default(),
                ..tx.clone()
            };
            refused(rejection, &tx, block)
        }
        (None, None) => RpcError::new(RpcError::SERVER, "transaction refused"),
    };
    RpcError {
        message: format!("err: {} (supplied gas {})", error.message, tx.gas_limit),
        ..error
    }
}

fn nonce_fault(
    call: &TransactionArgs,
    sender: &AccountInfo,
    validation: bool,
) -> Option<InvalidTransaction> {
    let (tx, state) = (call.nonce.unwrap_or_default(), sender.nonce);
    if !validation {
        None
    } else if tx > state {
        Some(InvalidTransaction::NonceTooHigh { tx, state })
    } else if tx < state {
        Some(InvalidTransaction::NonceTooLow { tx, state })
    } else if tx == u64::MAX {
        Some(InvalidTransaction::NonceOverflowInTransaction)
    } else {
        None
    }
}

fn funds_fault(call: &TransactionArgs, sender: &AccountInfo) -> Option<InvalidTransaction> {
    let blobs = call.blob_hashes.as_ref().map_or(0, Vec::len);
    let gas = U256::from(call.gas.unwrap_or_default()) * U256::from(call.fee_cap());
    let blob_cost = blob_cost(call.blob_fee_cap(), blobs);
    let fee = gas.saturating_add(blob_cost).saturating_add(call.value);
    (sender.balance < fee).then(|| InvalidTransaction::LackOfFundForMaxFee {
        fee: Box::new(fee),
        balance: Box::new(sender.balance),
    })
}

/// What geth looks at only when the sender has paid.
const fn comes_behind_funds(invalid: &InvalidTransaction) -> bool {
    matches!(
        invalid,
        InvalidTransaction::CallGasCostMoreThanGasLimit { .. }
            | InvalidTransaction::GasFloorMoreThanGasLimit { .. }
            | InvalidTransaction::CreateInitCodeSizeLimit
            | InvalidTransaction::CallerGasLimitMoreThanBlock
            | InvalidTransaction::LackOfFundForMaxFee { .. }
            | InvalidTransaction::OverflowPaymentInTransaction
            | InvalidTransaction::NonceOverflowInTransaction
    )
}
