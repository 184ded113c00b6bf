//! Turns the executor's reasons for leaving a transaction out into field, value and bound.

use crate::{fields::Refusal, transaction::Objection};
use alloy_primitives::hex;
use forerun_executor::{
    Block, Rejection,
    revm::{
        context::{TxEnv, result::InvalidTransaction},
        primitives::{TxKind, eip3860::MAX_INITCODE_SIZE},
    },
};

/// Which field of the transaction is at fault, with the numbers.
pub(crate) fn objection(rejection: &Rejection, tx: &TxEnv, block: &Block) -> Objection {
    let reason = rejection.to_string();
    match rejection {
        Rejection::BlockGas { limit, remaining } => {
            fault("gas", quantity(*limit), reason, Some(quantity(*remaining)))
        }
        Rejection::BlobGas { remaining, .. } => fault(
            "blobVersionedHashes",
            blobs(tx),
            reason,
            Some(quantity(*remaining)),
        ),
        Rejection::Invalid(invalid) => of_invalid(invalid, tx, block, reason),
    }
}

fn of_invalid(
    invalid: &InvalidTransaction,
    tx: &TxEnv,
    block: &Block,
    reason: String,
) -> Objection {
    use InvalidTransaction as I;
    let fee_field = if tx.tx_type < 2 {
        "gasPrice"
    } else {
        "maxFeePerGas"
    };
    let (field, value, expected) = match invalid {
        I::PriorityFeeGreaterThanMaxFee => (
            "maxPriorityFeePerGas",
            quantity(tx.gas_priority_fee.unwrap_or_default()),
            Some(quantity(tx.gas_price)),
        ),
        I::GasPriceLessThanBasefee => (
            fee_field,
            quantity(tx.gas_price),
            Some(quantity(block.env.basefee)),
        ),
        I::CallerGasLimitMoreThanBlock => (
            "gas",
            quantity(tx.gas_limit),
            Some(quantity(block.env.gas_limit)),
        ),
        I::CallGasCostMoreThanGasLimit {
            initial_gas,
            gas_limit,
        } => ("gas", quantity(*gas_limit), Some(quantity(*initial_gas))),
        I::GasFloorMoreThanGasLimit {
            gas_floor,
            gas_limit,
        } => ("gas", quantity(*gas_limit), Some(quantity(*gas_floor))),
        I::TxGasLimitGreaterThanCap { gas_limit, cap } => {
            ("gas", quantity(*gas_limit), Some(quantity(*cap)))
        }
        I::RejectCallerWithCode => ("from", tx.caller.to_string(), None),
        I::LackOfFundForMaxFee { fee, balance } => {
            let (fee, balance) = (fee.as_ref(), balance.as_ref());
            let reason = format!(
                "the sender's balance {balance:#x} does not cover the {fee:#x} that value, gas and \
                 blobs may cost"
            );
            return fault(
                "from",
                tx.caller.to_string(),
                reason,
                Some(format!("{fee:#x}")),
            );
        }
        I::OverflowPaymentInTransaction => ("value", format!("{:#x}", tx.value), None),
        I::NonceOverflowInTransaction => ("nonce", quantity(tx.nonce), None),
        I::NonceTooHigh { tx, state } | I::NonceTooLow { tx, state } => {
            ("nonce", quantity(*tx), Some(quantity(*state)))
        }
        I::CreateInitCodeSizeLimit => (
            "data",
            format!("{} bytes", tx.data.len()),
            Some(format!("{MAX_INITCODE_SIZE} bytes")),
        ),
        I::InvalidChainId | I::MissingChainId => (
            "chainId",
            tx.chain_id.map_or_else(|| "undefined".to_owned(), quantity),
            Some(quantity(block.chain_id)),
        ),
        I::AccessListNotSupported => (
            "accessList",
            format!("a list of {}", tx.access_list.len()),
            None,
        ),
        I::MaxFeePerBlobGasNotSupported => {
            ("maxFeePerBlobGas", quantity(tx.max_fee_per_blob_gas), None)
        }
        I::BlobGasPriceGreaterThanMax {
            block_blob_gas_price,
            tx_max_fee_per_blob_gas,
        } => (
            "maxFeePerBlobGas",
            quantity(*tx_max_fee_per_blob_gas),
            Some(quantity(*block_blob_gas_price)),
        ),
        I::TooManyBlobs { max, .. } => (
            "blobVersionedHashes",
            blobs(tx),
            Some(format!("at most {max}")),
        ),
        I::BlobVersionedHashesNotSupported | I::EmptyBlobs | I::BlobVersionNotSupported => {
            ("blobVersionedHashes", blobs(tx), None)
        }
        I::BlobCreateTransaction | I::Eip7873MissingTarget => ("to", target(tx), None),
        I::AuthorizationListNotSupported
        | I::AuthorizationListInvalidFields
        | I::EmptyAuthorizationList => (
            "authorizationList",
            format!("a list of {}", tx.authorization_list.len()),
            None,
        ),
        I::Eip2930NotSupported
        | I::Eip1559NotSupported
        | I::Eip4844NotSupported
        | I::Eip7702NotSupported
        | I::Eip7873NotSupported => ("type", quantity(tx.tx_type), None),
        I::Str(_) => ("transaction", target(tx), None),
    };
    fault(field, value, reason, expected)
}

fn fault(field: &str, value: String, reason: String, expected: Option<String>) -> Objection {
    Objection {
        refusal: Refusal::new(field, value, reason),
        expected,
    }
}

fn quantity(number: impl std::fmt::LowerHex) -> String {
    format!("{number:#x}")
}

fn blobs(tx: &TxEnv) -> String {
    match tx.blob_hashes.first() {
        Some(first) => format!(
            "{} hashes from {}",
            tx.blob_hashes.len(),
            hex::encode_prefixed(first)
        ),
        None => "an empty list".to_owned(),
    }
}

fn target(tx: &TxEnv) -> String {
    match tx.kind {
        TxKind::Call(to) => to.to_string(),
        TxKind::Create => "undefined".to_owned(),
    }
}
