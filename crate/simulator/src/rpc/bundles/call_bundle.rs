//! `eth_callBundle`: what a list of transactions would do at the top of a block, as Flashbots
//! documents it.
//!
//! ```text
//! [{ txs: (signed bytes | call)[], blockNumber, stateBlockNumber?, timestamp?, coinbase?,
//!    gasLimit?, difficulty?, mixDigest?, baseFee?, timeout?, transactionIndex?,
//!    revertingTxHashes?: hash[], droppingTxHashes?: hash[],
//!    stateOverrides?: overrides of eth_call, accessLists?: boolean }]
//! ```
//!
//! The block is the next one unless the request says otherwise, and has the base fee that follows.
//! A transaction that is not valid fails the call, and one that reverts is a result. The two lists
//! are those of `eth_sendBundle`, which no node honours when it simulates: with either a
//! transaction that reverts fails the call, unless its hash is in the first list, and one whose
//! hash is in the second is left out then. The hash of the bundle is that of all that was sent.
//!
//! With `accessLists` each result has the `accessList` of what the transaction read at its place.
//!
//! A call without `from`, `nonce`, `gas` or a price gets the zero address, the next nonce, as much
//! gas as there may be and its sender can pay for, and the base fee. `timeout` is passed over:
//! whoever waits can give up.

use super::{
    amount::Amount,
    logs::{self, Source},
    run::{Allowance, Bundle, Course, Ran, Run, Stopped, Why, undone},
};
use crate::{
    access_list,
    block_environment::BlockOverrides,
    bundle_result::effective_gas_price,
    fields::{Field, Refusal},
    json,
    remote::lower,
    rpc::{
        Failure, RpcError, Session,
        block_param::{pinned_header, require_pinned},
        params::{is_minus_one, required},
    },
};
use alloy_primitives::{B256, TxKind, U256, keccak256};
use serde_json::Value;
use std::fmt::Write;

/// `eth_callBundle`
pub(crate) fn call_bundle(session: &Session<'_>, params: &[Value]) -> Result<String, Failure> {
    let mut fields = required(params, 0)?.object()?;
    let sent = fields.read("txs", Field::list)?.unwrap_or_default();
    if sent.is_empty() {
        return Err(RpcError::params("bundle missing txs").into());
    }
    let number = fields.read("blockNumber", Field::quantity_u64)?;
    let Some(number) = number.filter(|number| *number > 0) else {
        return Err(RpcError::params("bundle missing blockNumber").into());
    };
    require_pinned(session, fields.get("stateBlockNumber").as_ref())?;
    if let Some(index) = fields.get("transactionIndex") {
        check_index(&index)?;
    }
    let block = BlockOverrides {
        number: Some(number),
        timestamp: fields.read("timestamp", Field::quantity_u64)?,
        base_fee: fields.read("baseFee", Field::quantity_u64)?,
        coinbase: fields.read("coinbase", Field::address)?,
        gas_limit: fields.read("gasLimit", Field::quantity_u64)?,
        prev_randao: fields.read("mixDigest", Field::hash)?,
        difficulty: fields.read("difficulty", Field::quantity)?,
        excess_blob_gas: None,
    };
    let reverting = fields.read("revertingTxHashes", hashes)?;
    let dropping = fields.read("droppingTxHashes", hashes)?;
    let is_strict = reverting.is_some() || dropping.is_some();
    let (reverting, dropping) = (reverting.unwrap_or_default(), dropping.unwrap_or_default());
    let allowance = |_, hash| Allowance {
        reverts: !is_strict || reverting.contains(&hash),
        drops: dropping.contains(&hash),
    };
    let access_lists = fields.read("accessLists", Field::boolean)?;
    let bundle = Bundle::new(session, &block, fields.get("stateOverrides").as_ref())?
        .with_access_lists(access_lists.unwrap_or_default());
    match bundle.run(&sent, &allowance)? {
        Course::Through(run) => Ok(answer(session, &bundle, &run)?),
        Course::Stopped(stopped) => Err(failure(&stopped).into()),
    }
}

/// Bundles run behind the whole block whose state it is.
fn check_index(field: &Field<'_>) -> Result<(), Refusal> {
    if is_minus_one(field) {
        return Ok(());
    }
    Err(field.refuse("must be -1: the state is that behind the whole block"))
}

fn hashes(field: &Field<'_>) -> Result<Vec<B256>, Refusal> {
    field.list()?.iter().map(Field::hash).collect()
}

/// The error of a bundle that a transaction spoils.
fn failure(stopped: &Stopped) -> RpcError {
    let hash = stopped.hash;
    let error = |code, text: &str| RpcError::new(code, format!("err: {text}; txhash {hash}"));
    match &stopped.why {
        Why::Invalid(text) => error(RpcError::SERVER, text),
        Why::Undone(result) => match undone(result) {
            Some((text, Some(data))) => RpcError {
                data: Some(data.clone()),
                ..error(RpcError::REVERTED, &text)
            },
            Some((text, None)) => error(RpcError::SERVER, &text),
            None => error(RpcError::SERVER, "no failure"),
        },
    }
}

/// What transactions come to.
#[derive(Clone, Copy, Default)]
struct Totals {
    gas_used: u64,
    gas_fees: U256,
    coinbase_diff: Amount,
}

impl Totals {
    /// What is paid for each unit of gas, in tips and directly.
    fn price(&self) -> Amount {
        self.coinbase_diff.per(self.gas_used)
    }

    /// What is paid directly.
    fn sent(&self) -> Amount {
        self.coinbase_diff.minus(self.gas_fees.into())
    }
}

fn answer(session: &Session<'_>, bundle: &Bundle<'_>, run: &Run) -> Result<String, RpcError> {
    let mut totals = Totals::default();
    let mut results = String::from("[");
    let (mut next_log, base_fee) = (0, bundle.env().basefee);
    for (index, ran) in run.ran.iter().enumerate() {
        json::separate(&mut results, index);
        let price = effective_gas_price(&ran.tx, base_fee);
        let tip = price.saturating_sub(base_fee.into());
        let gas_used = ran.result.tx_gas_used();
        let of_one = Totals {
            gas_used,
            gas_fees: U256::from(tip).saturating_mul(U256::from(gas_used)),
            coinbase_diff: ran.coinbase_diff,
        };
        write_result(&mut results, ran, &of_one, tip);
        results.push_str(",\"logs\":");
        let source = Source {
            block_number: bundle.env().number.saturating_to(),
            transaction: ran.hash,
            index,
        };
        logs::write(&mut results, &ran.result, source, &mut next_log);
        if let Some(list) = &ran.access_list {
            results.push_str(",\"accessList\":");
            access_list::write(&mut results, list);
        }
        results.push('}');
        totals.gas_used = totals.gas_used.saturating_add(gas_used);
        totals.gas_fees = totals.gas_fees.saturating_add(of_one.gas_fees);
        totals.coinbase_diff = totals.coinbase_diff.plus(of_one.coinbase_diff);
    }
    results.push(']');
    let all: Vec<_> = run.hashes.iter().flatten().copied().collect();
    let mut out = String::from("{\"bundleGasPrice\":");
    json::text(&mut out, &totals.price());
    out.push_str(",\"bundleHash\":");
    json::text(&mut out, &keccak256(all));
    out.push_str(",\"coinbaseDiff\":");
    json::text(&mut out, &totals.coinbase_diff);
    out.push_str(",\"ethSentToCoinbase\":");
    json::text(&mut out, &totals.sent());
    out.push_str(",\"gasFees\":");
    json::text(&mut out, &totals.gas_fees);
    out.push_str(",\"results\":");
    out.push_str(&results);
    let (state, gas) = (pinned_header(session)?.number, totals.gas_used);
    // Writing to a text does not fail.
    let _ = write!(
        out,
        ",\"stateBlockNumber\":{state},\"totalGasUsed\":{gas}}}"
    );
    Ok(out)
}

fn write_result(out: &mut String, ran: &Ran, totals: &Totals, tip: u128) {
    out.push_str("{\"coinbaseDiff\":");
    json::text(out, &totals.coinbase_diff);
    out.push_str(",\"ethSentToCoinbase\":");
    json::text(out, &totals.sent());
    out.push_str(",\"fromAddress\":");
    json::text(out, &lower(&ran.tx.caller));
    out.push_str(",\"gasFees\":");
    json::text(out, &totals.gas_fees);
    out.push_str(",\"gasPrice\":");
    json::text(out, &totals.price());
    let _ = write!(out, ",\"gasUsed\":{}", totals.gas_used);
    out.push_str(",\"effectivePriorityFeePerGas\":");
    json::text(out, &tip);
    out.push_str(",\"toAddress\":");
    match &ran.tx.kind {
        TxKind::Call(to) => json::text(out, &lower(to)),
        TxKind::Create => out.push_str("null"),
    }
    out.push_str(",\"txHash\":");
    json::text(out, &ran.hash);
    let (name, value) = match (undone(&ran.result), ran.result.output()) {
        (None, Some(output)) => ("value", output.to_string()),
        (None, None) => ("value", String::from("0x")),
        (Some((_, Some(data))), _) => {
            out.push_str(",\"error\":\"execution reverted\"");
            ("revert", data.to_string())
        }
        (Some((text, None)), _) => ("error", text),
    };
    out.push_str(",\"");
    out.push_str(name);
    out.push_str("\":");
    json::escaped(out, &value);
}
