//! Transactions that may not stand where they are, in the words and with the codes of geth.

use super::RpcError;
use forerun_executor::{
    Block, Rejection,
    revm::{
        context::{TxEnv, result::InvalidTransaction},
        primitives::eip3860::MAX_INITCODE_SIZE,
    },
};

/// The error with the code that `eth_simulateV1` gives it. Other methods give all of them
/// [`RpcError::SERVER`].
pub(crate) fn refused(rejection: &Rejection, tx: &TxEnv, block: &Block) -> RpcError {
    let (code, message) = match rejection {
        Rejection::Invalid(invalid) => of_invalid(invalid, tx, block),
        Rejection::BlockGas { limit, remaining } => {
            let numbers = format!("remaining: {remaining}, required: {limit}");
            (-38015, format!("block gas limit reached: {numbers}"))
        }
        Rejection::BlobGas { .. } => (RpcError::SERVER, rejection.to_string()),
    };
    RpcError::new(code, message)
}

fn of_invalid(invalid: &InvalidTransaction, tx: &TxEnv, block: &Block) -> (i64, String) {
    use InvalidTransaction as I;
    let sender = tx.caller;
    match invalid {
        I::NonceTooLow { tx, state } => (
            -38010,
            format!("nonce too low: address {sender}, tx: {tx} state: {state}"),
        ),
        I::NonceTooHigh { tx, state } => (
            -38011,
            format!("nonce too high: address {sender}, tx: {tx} state: {state}"),
        ),
        I::NonceOverflowInTransaction => (
            -32603,
            format!("nonce has max value: address {sender}, nonce: {}", tx.nonce),
        ),
        I::GasPriceLessThanBasefee => {
            let (cap, fee) = (tx.gas_price, block.env.basefee);
            let numbers = format!("address {sender}, maxFeePerGas: {cap}, baseFee: {fee}");
            let what = "max fee per gas less than block base fee";
            (-38012, format!("{what}: {numbers}"))
        }
        I::PriorityFeeGreaterThanMaxFee => {
            let (cap, tip) = (tx.gas_price, tx.gas_priority_fee.unwrap_or_default());
            let what = "max priority fee per gas higher than max fee per gas";
            let numbers = format!("maxPriorityFeePerGas: {tip}, maxFeePerGas: {cap}");
            (
                RpcError::INVALID_PARAMS,
                format!("{what}: address {sender}, {numbers}"),
            )
        }
        I::CallGasCostMoreThanGasLimit {
            initial_gas,
            gas_limit,
        } => (
            -38013,
            format!("intrinsic gas too low: have {gas_limit}, want {initial_gas}"),
        ),
        I::GasFloorMoreThanGasLimit {
            gas_floor,
            gas_limit,
        } => {
            let what = "insufficient gas for floor data gas cost";
            (
                -38013,
                format!("{what}: have {gas_limit}, want {gas_floor}"),
            )
        }
        I::LackOfFundForMaxFee { fee, balance } => {
            let what = "insufficient funds for gas * price + value";
            (
                -38014,
                format!("{what}: address {sender} have {balance} want {fee}"),
            )
        }
        I::RejectCallerWithCode => (-38024, format!("sender not an eoa: address {sender}")),
        I::CreateInitCodeSizeLimit => {
            let size = tx.data.len();
            let numbers = format!("code size {size} limit {MAX_INITCODE_SIZE}");
            (
                -38025,
                format!("max initcode size exceeded: {numbers}, sender {sender}"),
            )
        }
        I::TxGasLimitGreaterThanCap { gas_limit, cap } => {
            let numbers = format!("(cap: {cap}, tx: {gas_limit})");
            (
                RpcError::SERVER,
                format!("transaction gas limit too high {numbers}"),
            )
        }
        I::BlobGasPriceGreaterThanMax {
            block_blob_gas_price,
            tx_max_fee_per_blob_gas,
        } => {
            let what = "max fee per blob gas less than block blob gas fee";
            let cap = tx_max_fee_per_blob_gas;
            let numbers = format!("blobGasFeeCap: {cap}, blobBaseFee: {block_blob_gas_price}");
            (
                RpcError::SERVER,
                format!("{what}: address {sender} {numbers}"),
            )
        }
        other => (RpcError::SERVER, other.to_string()),
    }
}
