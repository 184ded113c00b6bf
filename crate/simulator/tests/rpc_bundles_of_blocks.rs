//! Real blocks as bundles. Expected values: receipts, headers and call traces as nodes recorded
//! them.

mod support;

use alloy_primitives::{B256, U256, keccak256};
use forerun_simulator::Snapshot;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use support::{
    codes, codes_of, member, pack,
    rpc::{State, error, result, same_answer},
};

/// The first block with receipts and traces of each transaction.
const TRACED: &str = "22244135.json";
/// Others, of several forks and builders.
const OTHERS: [&str; 5] = [
    "15752489.json",
    "16257471.json",
    "18426253.json",
    "19934116.json",
    "24476005.json",
];

fn number(value: &Value) -> U256 {
    let text = value.as_str().expect("quantities are texts");
    text.parse().expect("quantities are numbers")
}

/// The state before a block, behind a block of which nothing but number and hash are its
/// parent's.
fn snapshot(file: &Value) -> Value {
    let header = &file["header"];
    let before = number(&header["number"]) - U256::from(1);
    json!({
        "chainId": file["chainId"],
        "fork": file["fork"],
        "blobParams": file["blobParams"],
        "block": {
            "number": before, "hash": header["parentHash"], "timestamp": "0x0",
            "gasLimit": 30_000_000, "gasUsed": 0, "baseFeePerGas": 7, "mixHash": B256::ZERO,
            "excessBlobGas": 0, "blobGasUsed": 0,
        },
        "accounts": file["pre"],
        "blockHashes": file["blockHashes"],
    })
}

/// The first transactions of a block as a bundle for just this block.
fn request(file: &Value, length: usize) -> Value {
    let header = &file["header"];
    let transactions = file["transactions"].as_array().expect("a list");
    let txs: Vec<_> = transactions.iter().map(|tx| &tx["raw"]).collect();
    json!({
        "txs": txs[..length.min(txs.len())],
        "blockNumber": header["number"],
        "stateBlockNumber": "latest",
        "timestamp": header["timestamp"],
        "coinbase": header["miner"],
        "gasLimit": header["gasLimit"],
        "baseFee": header["baseFeePerGas"],
        "mixDigest": header["mixHash"],
    })
}

/// The hash of a bundle of the first transactions of a block.
fn bundle_hash(file: &Value, length: usize) -> String {
    let transactions = file["transactions"].as_array().expect("a list");
    let hashes: Vec<B256> = transactions
        .iter()
        .take(length)
        .map(|tx| serde_json::from_value(tx["hash"].clone()).expect("a hash"))
        .collect();
    keccak256(hashes.concat()).to_string()
}

/// Calls the method on whole blocks: on the complete state on each number of threads, and as the
/// state comes in.
fn call(snapshot: &Snapshot, request: &Value) -> Value {
    let runs = [
        (State::Complete, 1),
        (State::Complete, 8),
        (State::Ahead, 2),
    ];
    same_answer(snapshot, "eth_callBundle", json!([request]), runs)["result"].take()
}

/// Adds up what a call and those in it sent to each account, and what each sent. What failed sent
/// nothing.
fn add_payments(call: &Value, sums: &mut BTreeMap<String, i128>) {
    if call.get("error").is_some() {
        return;
    }
    let moves = ["CALL", "CREATE", "CREATE2", "SELFDESTRUCT"];
    if moves.iter().any(|kind| call["type"] == *kind) && call.get("value").is_some() {
        let value: i128 = number(&call["value"])
            .try_into()
            .expect("less than all ether");
        for (side, value) in [("to", value), ("from", -value)] {
            let address = call[side].as_str().expect("an address").to_owned();
            *sums.entry(address).or_default() += value;
        }
    }
    let calls = call["calls"].as_array().map(Vec::as_slice);
    for inner in calls.unwrap_or_default() {
        add_payments(inner, sums);
    }
}

/// How often an address stands anywhere in a call.
fn mentions(call: &Value, address: &str) -> usize {
    let calls = call["calls"].as_array().map(Vec::as_slice);
    let inner = calls.unwrap_or_default().iter();
    let here = ["from", "to"].into_iter();
    here.filter(|side| call[side] == *address).count()
        + inner.map(|call| mentions(call, address)).sum::<usize>()
}

#[test]
fn a_traced_block_as_a_bundle_pays_what_receipts_and_traces_say() {
    let (Some(blocks), Some(traces)) = (pack("blocks.tar.gz"), pack("traces-22244135.tar.gz"))
    else {
        return;
    };
    let file = member(&blocks, TRACED);
    let complete = Snapshot::from_value(&snapshot(&file), &codes(&blocks)).expect("good");
    let receipts = member(&traces, "receipts.json")["result"].take();
    let receipts = receipts.as_array().expect("a list");
    let traces = member(&traces, "calltrace.json")["result"].take();
    let traces: Vec<_> = traces.as_array().expect("a list").clone();
    let calls: Vec<_> = traces.iter().map(|trace| &trace["result"]).collect();
    // Beside the builder, an account that was only ever paid by a transaction itself: what is a
    // coinbase is warm, which would make calls to others cheaper.
    let is_paid = |call: &&&Value| {
        let to = call["to"].as_str().unwrap_or_default();
        call.get("error").is_none()
            && number(&call["value"]) > U256::ZERO
            && calls.iter().map(|call| mentions(call, to)).sum::<usize>() == 1
    };
    let paid = calls.iter().find(is_paid).expect("there is one");
    for coinbase in [&file["header"]["miner"], &paid["to"]] {
        let mut request = request(&file, usize::MAX);
        request["coinbase"] = coinbase.clone();
        let answer = call(&complete, &request);
        let results = answer["results"].as_array().expect("a list");
        assert_eq!(results.len(), receipts.len());
        let base_fee = number(&file["header"]["baseFeePerGas"]);
        let (mut fees, mut sent, mut direct) = (U256::ZERO, 0, 0);
        for ((result, receipt), call) in results.iter().zip(receipts).zip(&calls) {
            let gas = number(&receipt["gasUsed"]);
            assert_eq!(result["gasUsed"], json!(gas.to::<u64>()), "{receipt}");
            let tip = number(&receipt["effectiveGasPrice"]) - base_fee;
            assert_eq!(result["effectivePriorityFeePerGas"], tip.to_string());
            assert_eq!(result["gasFees"], (gas * tip).to_string());
            let is_failure = receipt["status"] == "0x0";
            assert_eq!(result.get("error").is_some(), is_failure, "{result}");
            let logs = receipt["logs"].as_array().map(Vec::len);
            assert_eq!(result["logs"].as_array().map(Vec::len), logs);
            let mut sums = BTreeMap::new();
            add_payments(call, &mut sums);
            let paid = sums.get(coinbase.as_str().expect("an address"));
            let paid = paid.copied().unwrap_or_default();
            assert_eq!(result["ethSentToCoinbase"], paid.to_string(), "{result}");
            fees += gas * tip;
            sent += paid;
            direct += usize::from(paid > 0);
        }
        assert_eq!(answer["gasFees"], fees.to_string());
        assert_eq!(answer["ethSentToCoinbase"], sent.to_string());
        let gas_used = number(&file["header"]["gasUsed"]);
        assert_eq!(answer["totalGasUsed"], json!(gas_used.to::<u64>()));
        let price = (fees + U256::try_from(sent).expect("a gain")) / gas_used;
        assert_eq!(answer["bundleGasPrice"], price.to_string());
        assert_eq!(answer["bundleHash"], bundle_hash(&file, receipts.len()));
        println!("{coinbase}: {direct} direct payments");
    }
}

#[test]
fn whole_blocks_as_bundles_use_the_gas_of_their_headers() {
    let Some(blocks) = pack("blocks.tar.gz") else {
        return;
    };
    let codes = codes(&blocks);
    for name in OTHERS {
        let file = member(&blocks, name);
        let header = &file["header"];
        let mut snapshot = snapshot(&file);
        // A parent of whose blobs the block's price follows.
        if let Some(excess) = header.get("excessBlobGas") {
            let target = file["blobParams"]["target"].as_u64().expect("a number");
            let excess = number(excess) + U256::from(target * 131_072);
            snapshot["block"]["excessBlobGas"] = json!(excess);
        }
        let complete = Snapshot::from_value(&snapshot, &codes).expect("good");
        let answer = call(&complete, &request(&file, usize::MAX));
        let gas_used = number(&header["gasUsed"]).to::<u64>();
        assert_eq!(answer["totalGasUsed"], json!(gas_used), "{name}");
        assert_eq!(
            answer["bundleHash"],
            bundle_hash(&file, usize::MAX),
            "{name}"
        );
    }
}

#[test]
fn a_slice_of_a_block_is_the_same_piece_by_piece() {
    let Some(blocks) = pack("blocks.tar.gz") else {
        return;
    };
    let file = member(&blocks, TRACED);
    let length = 6;
    let mut snapshot = snapshot(&file);
    snapshot["codes"] = codes_of(&file, &member(&blocks, "codes.json"));
    let request = request(&file, length);
    let answer = result(&snapshot, "eth_callBundle", json!([request]));
    assert_eq!(answer["results"].as_array().map(Vec::len), Some(length));
    assert_eq!(answer["bundleHash"], bundle_hash(&file, length));
    // The same bundle does not fit into a block that has no room for it.
    let mut small = request;
    small["gasLimit"] = json!(100_000);
    let failure = error(&snapshot, "eth_callBundle", json!([small]));
    assert_eq!(failure["code"], -32000, "{failure}");
}
