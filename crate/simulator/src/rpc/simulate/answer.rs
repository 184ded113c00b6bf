//! The result as JSON: blocks as nodes give them, each with what its calls came to.

use super::{logs::Numbered, request::Flags, seal::Sealed, segments::Call};
use crate::{
    json::{self, Object},
    rpc::{
        RpcError,
        revert::{halt_text, revert_text},
    },
};
use alloy_primitives::B256;
use forerun_executor::{TransactionOutcome, revm::context::result::ExecutionResult};

/// A call that halted.
const HALTED: i64 = -32015;

/// Writes a block.
pub(super) fn write(out: &mut String, sealed: &Sealed, chain_id: u64, flags: Flags) {
    let header = &sealed.header;
    let mut block = Object::begin(out);
    block.hex("number", &header.number);
    block.hex("hash", &sealed.hash);
    block.hex("parentHash", &header.parent_hash);
    block.hex("nonce", &header.nonce);
    block.hex("sha3Uncles", &header.ommers_hash);
    block.hex("logsBloom", &header.logs_bloom);
    block.hex("transactionsRoot", &header.transactions_root);
    block.hex("stateRoot", &header.state_root);
    block.hex("receiptsRoot", &header.receipts_root);
    block.hex("miner", &header.beneficiary);
    block.hex("difficulty", &header.difficulty);
    block.hex("extraData", &header.extra_data);
    block.hex("size", &sealed.size);
    block.hex("gasLimit", &header.gas_limit);
    block.hex("gasUsed", &header.gas_used);
    block.hex("timestamp", &header.timestamp);
    block.hex("mixHash", &header.mix_hash);
    for (name, value) in [
        ("baseFeePerGas", header.base_fee_per_gas),
        ("blobGasUsed", header.blob_gas_used),
        ("excessBlobGas", header.excess_blob_gas),
    ] {
        if let Some(value) = value {
            block.hex(name, &value);
        }
    }
    for (name, value) in [
        ("withdrawalsRoot", header.withdrawals_root),
        ("parentBeaconBlockRoot", header.parent_beacon_block_root),
        ("requestsHash", header.requests_hash),
    ] {
        if let Some(value) = value {
            block.hex(name, &value);
        }
    }
    if let Some(withdrawals) = &sealed.withdrawals {
        let out = block.key("withdrawals");
        json::items(out, withdrawals.iter(), |out, withdrawal| {
            let mut object = Object::begin(out);
            object.hex("index", &withdrawal.index);
            object.hex("validatorIndex", &withdrawal.validator_index);
            object.hex("address", &withdrawal.address);
            object.hex("amount", &withdrawal.amount);
            object.end();
        });
    }
    block.key("uncles").push_str("[]");
    let calls = sealed.calls.iter().zip(&sealed.hashes).enumerate();
    let transactions = block.key("transactions");
    json::items(transactions, calls, |out, (index, (call, hash))| {
        if flags.full_transactions {
            transaction(out, sealed, index, call, *hash, chain_id);
        } else {
            json::text(out, hash);
        }
    });
    let outcomes = sealed.calls.iter().zip(&sealed.outcomes).enumerate();
    json::items(
        block.key("calls"),
        outcomes,
        |out, (index, (call, outcome))| {
            if let TransactionOutcome::Executed(result) = outcome {
                call_result(out, sealed, index, call, result);
            }
        },
    );
    block.end();
}

fn place(object: &mut Object<'_>, sealed: &Sealed, index: usize) {
    object.hex("blockHash", &sealed.hash);
    object.hex("blockNumber", &sealed.header.number);
    object.hex("blockTimestamp", &sealed.header.timestamp);
    object.hex("transactionIndex", &index);
}

/// A transaction as nodes give it, with zeros for the signature.
fn transaction(
    out: &mut String,
    sealed: &Sealed,
    index: usize,
    call: &Call,
    hash: B256,
    chain_id: u64,
) {
    let args = &call.args;
    let tx_type = args.tx_type();
    let mut object = Object::begin(out);
    place(&mut object, sealed, index);
    object.hex("type", &tx_type);
    object.hex("hash", &hash);
    object.hex("from", &args.from);
    match &args.to {
        Some(to) => object.hex("to", to),
        None => object.key("to").push_str("null"),
    }
    object.hex("nonce", &args.nonce.unwrap_or_default());
    object.hex("gas", &args.gas.unwrap_or_default());
    object.hex("gasPrice", &args.price(sealed.env.basefee));
    object.hex("value", &args.value);
    object.hex("input", &args.input);
    if tx_type != 0 {
        object.hex("maxFeePerGas", &args.fee_cap());
        object.hex("maxPriorityFeePerGas", &args.tip_cap());
        object.hex("chainId", &chain_id);
        let entries = args.access_list.iter().flat_map(|list| list.iter());
        json::items(object.key("accessList"), entries, |out, entry| {
            let mut object = Object::begin(out);
            object.hex("address", &entry.address);
            json::list(object.key("storageKeys"), entry.storage_keys.iter());
            object.end();
        });
        object.hex("yParity", &0);
    }
    if let (3, Some(hashes)) = (tx_type, &args.blob_hashes) {
        object.hex("maxFeePerBlobGas", &args.blob_fee_cap());
        json::list(object.key("blobVersionedHashes"), hashes.iter());
    }
    if let (4, Some(list)) = (tx_type, &args.authorizations) {
        json::items(
            object.key("authorizationList"),
            list.iter(),
            |out, signed| {
                let mut object = Object::begin(out);
                object.hex("chainId", &signed.chain_id);
                object.hex("address", &signed.address);
                object.hex("nonce", &signed.nonce);
                object.hex("yParity", &signed.y_parity());
                object.hex("r", &signed.r());
                object.hex("s", &signed.s());
                object.end();
            },
        );
    }
    for name in ["v", "r", "s"] {
        object.hex(name, &0);
    }
    object.end();
}

fn call_result(
    out: &mut String,
    sealed: &Sealed,
    index: usize,
    call: &Call,
    result: &ExecutionResult,
) {
    let mut object = Object::begin(out);
    object.hex("status", &u8::from(result.is_success()));
    let gas = result.gas();
    object.hex("gasUsed", &result.tx_gas_used());
    // Before refunds.
    object.hex("maxUsedGas", &gas.total_gas_spent().max(gas.floor_gas()));
    let returned = match result {
        ExecutionResult::Success { output, .. } => output.data().as_ref(),
        _ => &[],
    };
    json::bytes(object.key("returnData"), returned);
    json::items(
        object.key("logs"),
        sealed.logs[index].iter(),
        |out, numbered| {
            let Numbered { index: number, log } = numbered;
            let mut object = Object::begin(out);
            object.hex("address", &log.address);
            json::list(object.key("topics"), log.data.topics().iter());
            object.hex("data", &log.data.data);
            place(&mut object, sealed, index);
            object.hex("transactionHash", &sealed.hashes[index]);
            object.hex("logIndex", number);
            object.key("removed").push_str("false");
            object.end();
        },
    );
    match result {
        ExecutionResult::Success { .. } => {}
        ExecutionResult::Revert { output, .. } => {
            let mut error = Object::begin(object.key("error"));
            error.plain("code", &RpcError::REVERTED);
            json::escaped(error.key("message"), &revert_text(output));
            error.hex("data", output);
            error.end();
        }
        ExecutionResult::Halt { reason, .. } => {
            let mut error = Object::begin(object.key("error"));
            error.plain("code", &HALTED);
            let mut message = halt_text(reason).to_owned();
            if call.is_capped {
                message.push_str(" (gas limit was capped by the RPC server's global gas cap)");
            }
            json::escaped(error.key("message"), &message);
            error.end();
        }
    }
    object.end();
}
