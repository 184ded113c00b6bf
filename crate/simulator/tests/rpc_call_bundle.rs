//! `eth_callBundle`. Expected values: the example of Flashbots' documentation, and gas by the rules
//! of the EVM, worked out by hand. Real blocks are in `rpc_bundles_of_blocks`.

mod support;

use alloy_consensus::{TxEip1559, TxEnvelope};
use alloy_eips::eip2718::Decodable2718;
use alloy_primitives::{Address, B256, TxKind, U256, address, hex, keccak256};
use serde_json::{Value, json};
use support::{
    Account, BASE_FEE, CHAIN, ETHER, MINER, at, contract,
    rpc::{error, result},
    snapshot_json,
};

const METHOD: &str = "eth_callBundle";
/// What the counter takes the first time, and from then on: 21,000 and 2,126 for a cold slot and
/// small things, and for storing 20,000 or 2,900.
const COUNTS_FIRST: u64 = 43_126;
const COUNTS_AGAIN: u64 = 26_026;

/// A transaction that offers a tip of 3.
fn offer(nonce: u64, to: Address, value: u128) -> TxEip1559 {
    TxEip1559 {
        chain_id: CHAIN,
        nonce,
        gas_limit: 100_000,
        max_fee_per_gas: u128::from(2 * BASE_FEE),
        max_priority_fee_per_gas: 3,
        to: TxKind::Call(to),
        value: U256::from(value),
        ..TxEip1559::default()
    }
}

fn hash(raw: &str) -> B256 {
    let bytes = hex::decode(raw).expect("signed transactions are hex");
    *TxEnvelope::decode_2718_exact(&bytes)
        .expect("a signed transaction")
        .tx_hash()
}

fn request(txs: &[String]) -> Value {
    json!({ "txs": txs, "blockNumber": "0x65", "stateBlockNumber": "latest" })
}

fn with(mut request: Value, more: Value) -> Value {
    let more = more.as_object().expect("fields").clone();
    request.as_object_mut().expect("a request").extend(more);
    request
}

#[test]
fn the_documented_example_comes_out_as_documented() {
    let (first, second) = (Account::new(1), Account::new(2));
    let miner: Address = MINER.parse().expect("an address");
    let txs = [
        first.sign(offer(0, miner, ETHER / 100)),
        second.sign(offer(0, miner, ETHER / 100)),
    ];
    let hashes = [hash(&txs[0]), hash(&txs[1])];
    let answer = result(&snapshot_json(), METHOD, json!([request(&txs)]));
    let one = |account: &Account, hash: B256| {
        json!({
            "coinbaseDiff": "10000000000063000",
            "ethSentToCoinbase": "10000000000000000",
            "fromAddress": hex::encode_prefixed(account.address),
            "gasFees": "63000",
            "gasPrice": "476190476193",
            "gasUsed": 21000,
            "effectivePriorityFeePerGas": "3",
            "toAddress": MINER,
            "txHash": hash,
            "value": "0x",
            "logs": [],
        })
    };
    let expected = json!({
        "bundleGasPrice": "476190476193",
        "bundleHash": keccak256(hashes.concat()),
        "coinbaseDiff": "20000000000126000",
        "ethSentToCoinbase": "20000000000000000",
        "gasFees": "126000",
        "results": [one(&first, hashes[0]), one(&second, hashes[1])],
        "stateBlockNumber": 100,
        "totalGasUsed": 42000,
    });
    assert_eq!(answer, expected);
}

#[test]
fn a_revert_is_a_result_and_a_halt_is_one_too() {
    let account = Account::new(1);
    let txs = [
        account.sign(offer(0, at(contract::REVERTER), 0)),
        account.sign(offer(1, at(contract::INVALID), 0)),
        account.sign(offer(2, at(contract::COUNTER), 0)),
    ];
    let answer = result(&snapshot_json(), METHOD, json!([request(&txs)]));
    let results = &answer["results"];
    assert_eq!(results[0]["error"], "execution reverted");
    let data = contract::REVERTER.1.split_once("08c379a0").expect("data").1;
    assert_eq!(results[0]["revert"], format!("0x08c379a0{data}"));
    assert_eq!(results[0]["value"], Value::Null);
    assert_eq!(results[1]["error"], "invalid opcode: INVALID");
    assert_eq!(results[1]["revert"], Value::Null);
    assert_eq!(results[1]["gasUsed"], 100_000);
    assert_eq!(results[2]["value"], B256::with_last_byte(1).to_string());
    assert_eq!(results[2]["gasUsed"], COUNTS_FIRST);
    assert_eq!(results[2]["gasFees"], (3 * COUNTS_FIRST).to_string());
}

#[test]
fn what_is_not_valid_fails_the_call_and_says_which_transaction_it_is() {
    let account = Account::new(1);
    let txs = [account.sign(offer(5, at(contract::COUNTER), 0))];
    let failure = error(&snapshot_json(), METHOD, json!([request(&txs)]));
    assert_eq!(failure["code"], -32000);
    let address = account.address;
    let expected = format!(
        "err: nonce too high: address {address}, tx: 5 state: 0; txhash {}",
        hash(&txs[0])
    );
    assert_eq!(failure["message"], expected);
    // A block that has room for one of two.
    let txs = [
        account.sign(offer(0, at(contract::COUNTER), 0)),
        account.sign(offer(1, at(contract::COUNTER), 0)),
    ];
    let request = with(request(&txs), json!({ "gasLimit": 130_000 }));
    let failure = error(&snapshot_json(), METHOD, json!([request]));
    let left = 130_000 - COUNTS_FIRST;
    let expected = format!(
        "err: block gas limit reached: remaining: {left}, required: 100000; txhash {}",
        hash(&txs[1])
    );
    assert_eq!(failure["message"], expected);
}

#[test]
fn with_lists_a_revert_fails_the_call_unless_it_is_allowed() {
    let account = Account::new(1);
    let txs = [
        account.sign(offer(0, at(contract::COUNTER), 0)),
        account.sign(offer(1, at(contract::REVERTER), 0)),
        account.sign(offer(2, at(contract::COUNTER), 0)),
    ];
    let reverting = hash(&txs[1]);
    for lists in [
        json!({ "revertingTxHashes": [] }),
        json!({ "droppingTxHashes": [] }),
        json!({ "revertingTxHashes": [hash(&txs[0])], "droppingTxHashes": [hash(&txs[2])] }),
    ] {
        let request = with(request(&txs), lists);
        let failure = error(&snapshot_json(), METHOD, json!([request]));
        assert_eq!(failure["code"], 3);
        let expected = format!("err: execution reverted: not enough; txhash {reverting}");
        assert_eq!(failure["message"], expected);
        assert_eq!(failure["data"].as_str().map(str::len), Some(2 + 2 * 100));
    }
    let allowed = with(request(&txs), json!({ "revertingTxHashes": [reverting] }));
    let answer = result(&snapshot_json(), METHOD, json!([allowed]));
    assert_eq!(answer["results"].as_array().map(Vec::len), Some(3));
    assert_eq!(answer["results"][2]["gasUsed"], COUNTS_AGAIN);
    let halting = [account.sign(offer(0, at(contract::INVALID), 0))];
    let request = with(request(&halting), json!({ "revertingTxHashes": [] }));
    let failure = error(&snapshot_json(), METHOD, json!([request]));
    let expected = format!("err: invalid opcode: INVALID; txhash {}", hash(&halting[0]));
    assert_eq!(
        (&failure["code"], &failure["message"]),
        (&json!(-32000), &json!(expected))
    );
}

#[test]
fn what_is_dropped_leaves_no_trace_but_in_the_bundle_s_hash() {
    let (first, second) = (Account::new(1), Account::new(2));
    let counter = at(contract::COUNTER);
    let txs = [
        first.sign(offer(0, counter, 0)),
        // Reverts, and has the nonce of the next but one.
        second.sign(offer(0, at(contract::REVERTER), 0)),
        // Is not valid.
        first.sign(offer(7, counter, 0)),
        second.sign(offer(0, counter, 0)),
        // Would be dropped if it failed.
        second.sign(offer(1, counter, 0)),
    ];
    let hashes: Vec<_> = txs.iter().map(|raw| hash(raw)).collect();
    let dropping = json!({ "droppingTxHashes": [hashes[1], hashes[2], hashes[4]] });
    let answer = result(
        &snapshot_json(),
        METHOD,
        json!([with(request(&txs), dropping)]),
    );
    let kept: Vec<_> = [0, 3, 4].map(|place| txs[place].clone()).into();
    let mut expected = result(&snapshot_json(), METHOD, json!([request(&kept)]));
    let results = &expected["results"];
    assert_eq!(results[2]["value"], B256::with_last_byte(3).to_string());
    assert_eq!(expected["totalGasUsed"], COUNTS_FIRST + 2 * COUNTS_AGAIN);
    expected["bundleHash"] = json!(keccak256(hashes.concat()));
    assert_eq!(answer, expected);
    // All of it may go.
    let all = with(request(&txs[1..3]), json!({ "droppingTxHashes": hashes }));
    let answer = result(&snapshot_json(), METHOD, json!([all]));
    assert_eq!(answer["results"], json!([]));
    assert_eq!(answer["totalGasUsed"], 0);
    assert_eq!(answer["bundleGasPrice"], "0");
}

#[test]
fn who_may_both_revert_and_be_dropped_stays_if_it_reverts() {
    let account = Account::new(1);
    let txs = [
        account.sign(offer(0, at(contract::REVERTER), 0)),
        account.sign(offer(7, at(contract::COUNTER), 0)),
    ];
    let hashes = [hash(&txs[0]), hash(&txs[1])];
    let lists = json!({ "revertingTxHashes": hashes, "droppingTxHashes": hashes });
    let answer = result(
        &snapshot_json(),
        METHOD,
        json!([with(request(&txs), lists)]),
    );
    assert_eq!(answer["results"].as_array().map(Vec::len), Some(1));
    assert_eq!(answer["results"][0]["txHash"], hashes[0].to_string());
}

#[test]
fn the_block_is_the_next_one_unless_the_request_says_otherwise() {
    let account = Account::new(1);
    let txs = [account.sign(offer(0, at(contract::BLOCK), 0))];
    let words = |answer: &Value| {
        let value = answer["results"][0]["value"].as_str().expect("data");
        let bytes = hex::decode(value).expect("hex");
        let words: Vec<_> = bytes.chunks(32).map(U256::from_be_slice).collect();
        words
    };
    let miner: Address = MINER.parse().expect("an address");
    let answer = result(&snapshot_json(), METHOD, json!([request(&txs)]));
    let expected = [
        U256::from(0x65),
        U256::from(0x3e8 + 12),
        miner.into_word().into(),
        B256::repeat_byte(0x77).into(),
        U256::from(36_000_000),
    ];
    assert_eq!(words(&answer), expected);
    let other = address!("0x00000000000000000000000000000000000000ff");
    let overrides = json!({
        "blockNumber": "0x70", "timestamp": 1_700_000_000, "coinbase": other,
        "gasLimit": "0x2625a0", "mixDigest": B256::repeat_byte(9), "difficulty": "0x0", "baseFee": 7,
        "timeout": 5000,
        "transactionIndex": -1, "stateBlockNumber": "0x64", "unknown": {},
    });
    let answer = result(
        &snapshot_json(),
        METHOD,
        json!([with(request(&txs), overrides)]),
    );
    let expected = [
        U256::from(0x70),
        U256::from(1_700_000_000),
        other.into_word().into(),
        B256::repeat_byte(9).into(),
        U256::from(2_500_000),
    ];
    assert_eq!(words(&answer), expected);
    // The tip goes to the coinbase that was named.
    assert_eq!(answer["ethSentToCoinbase"], "0");
    assert_eq!(answer["coinbaseDiff"], answer["gasFees"]);
}

#[test]
fn the_base_fee_is_the_next_one() {
    let account = Account::new(1);
    let txs = [account.sign(offer(0, at(contract::FEES), 0))];
    let mut snapshot = snapshot_json();
    // A full block, so the fee rises by an eighth.
    snapshot["block"]["gasUsed"] = json!(36_000_000);
    let answer = result(&snapshot, METHOD, json!([request(&txs)]));
    let fee = U256::from(BASE_FEE + BASE_FEE / 8);
    let value = answer["results"][0]["value"].as_str().expect("data");
    let expected = [B256::from(fee), B256::from(fee + U256::from(3))].concat();
    assert_eq!(value, hex::encode_prefixed(expected));
}

#[test]
fn a_coinbase_that_pays_has_lost() {
    let payer = Account::new(1);
    let request = with(
        request(&[payer.sign(offer(0, at(contract::COUNTER), 7))]),
        json!({ "coinbase": payer.address }),
    );
    // It pays itself the tip, burns the base fee and gives 7 away.
    let lost = i128::from(COUNTS_FIRST) * i128::from(BASE_FEE) + 7;
    let fees = i128::from(3 * COUNTS_FIRST);
    let answer = result(&snapshot_json(), METHOD, json!([request]));
    assert_eq!(answer["coinbaseDiff"], (-lost).to_string());
    assert_eq!(answer["gasFees"], fees.to_string());
    assert_eq!(answer["ethSentToCoinbase"], (-lost - fees).to_string());
    let price = (-lost).div_euclid(COUNTS_FIRST.into());
    assert_eq!(answer["bundleGasPrice"], price.to_string());
}

#[test]
fn calls_without_a_signature_stand_beside_signed_transactions() {
    let (first, second) = (Account::new(1), Account::new(2));
    let counter = at(contract::COUNTER);
    let signed = first.sign(offer(0, counter, 0));
    let txs = json!([
        signed,
        { "from": first.address, "to": counter, "unknown": 1 },
        { "from": second.address, "to": contract::LOGGER.0, "maxPriorityFeePerGas": "0x5" },
        { "from": second.address, "to": counter, "nonce": "0x1", "gas": "0xc350" },
    ]);
    let request = json!({ "txs": txs, "blockNumber": "0x65" });
    let answer = result(&snapshot_json(), METHOD, json!([request]));
    let results = answer["results"].as_array().expect("results");
    let gas: Vec<_> = results.iter().map(|one| one["gasUsed"].as_u64()).collect();
    assert_eq!(gas[0], Some(COUNTS_FIRST));
    assert_eq!([gas[1], gas[3]], [Some(COUNTS_AGAIN); 2]);
    assert_eq!(results[1]["gasFees"], "0");
    assert_eq!(results[2]["effectivePriorityFeePerGas"], "5");
    let logs = &results[2]["logs"];
    assert_eq!(
        logs[0],
        json!({
            "address": contract::LOGGER.0,
            "topics": [B256::with_last_byte(42)],
            "data": "0x",
            "blockNumber": "0x65",
            "transactionHash": results[2]["txHash"],
            "transactionIndex": "0x2",
            "blockHash": null,
            "logIndex": "0x0",
            "removed": false,
        })
    );
    let hashes: Vec<B256> = results
        .iter()
        .map(|one| one["txHash"].as_str().and_then(|hash| hash.parse().ok()))
        .collect::<Option<_>>()
        .expect("all have hashes");
    assert_eq!(answer["bundleHash"], keccak256(hashes.concat()).to_string());
}

#[test]
fn a_bundle_runs_on_the_state_that_a_request_overrides() {
    // Nobody knows it, and it has nothing.
    let poor = Account::new(9);
    let counter = at(contract::COUNTER);
    let request = request(&[poor.sign(offer(4, counter, 0))]);
    let failure = error(&snapshot_json(), METHOD, json!([request]));
    assert_eq!(failure["code"], -32000);
    let slots = json!({ B256::ZERO.to_string(): B256::with_last_byte(0x29) });
    let overrides = json!({ "stateOverrides": {
        poor.address.to_string(): { "balance": "0xde0b6b3a7640000", "nonce": "0x4" },
        contract::COUNTER.0: { "stateDiff": slots },
    } });
    let answer = result(&snapshot_json(), METHOD, json!([with(request, overrides)]));
    let value = B256::with_last_byte(0x2a).to_string();
    assert_eq!(answer["results"][0]["value"], value);
    assert_eq!(answer["totalGasUsed"], COUNTS_AGAIN);
}

#[test]
fn requests_that_lack_something_are_refused() {
    let raw = Account::new(1).sign(offer(0, at(contract::COUNTER), 0));
    let missing = "missing value for required argument 0";
    for (params, code, message) in [
        (json!([]), -32602, missing),
        (json!([{}]), -32602, "bundle missing txs"),
        (json!([{ "txs": [] }]), -32602, "bundle missing txs"),
        (
            json!([{ "txs": [raw] }]),
            -32602,
            "bundle missing blockNumber",
        ),
        (
            json!([{ "txs": [raw], "blockNumber": "0x65", "stateBlockNumber": "0x63" }]),
            -32000,
            "header not found",
        ),
    ] {
        let failure = error(&snapshot_json(), METHOD, params);
        assert_eq!(
            (&failure["code"], &failure["message"]),
            (&json!(code), &json!(message))
        );
    }
    for more in [
        json!({ "txs": ["0x02"] }),
        json!({ "txs": [7] }),
        json!({ "transactionIndex": 3 }),
        json!({ "droppingTxHashes": ["0x1"] }),
        json!({ "timestamp": "soon" }),
        json!({ "txs": [{ "gasPrice": "0x1", "maxFeePerGas": "0x1" }] }),
    ] {
        let request = with(request(std::slice::from_ref(&raw)), more);
        let failure = error(&snapshot_json(), METHOD, json!([request]));
        assert_eq!(failure["code"], -32602, "{failure}");
    }
}

#[test]
fn access_lists_are_those_of_each_transaction_alone() {
    let delegate = "0x00000000000000000000000000000000000000f1";
    let caller = "0x00000000000000000000000000000000000000f2";
    let mut snapshot = snapshot_json();
    // Has the counter's code run as its own.
    let code = format!("0xef0100{}", &contract::COUNTER.0[2..]);
    snapshot["accounts"][delegate] = json!({ "nonce": 1, "code": code });
    // Reads its slot 3, calls the counter and the precompile for identity, and makes a contract.
    let counter = &contract::COUNTER.0[2..];
    let code = format!("0x600354505f5f5f5f5f73{counter}5af1505f5f5f5f5f60045af1505f5f5ff000");
    snapshot["accounts"][caller] = json!({ "nonce": 1, "code": code });
    let from = Account::new(1).address;
    let calls = [
        json!({ "from": from, "to": caller, "gas": "0x30d40" }),
        json!({ "from": from, "to": delegate, "gas": "0x30d40" }),
        json!({ "from": from, "to": contract::REVERTER.0, "gas": "0x30d40" }),
        json!({ "from": from, "to": MINER, "value": "0x1", "gas": "0x30d40" }),
    ];
    let of_bundle = |more: Value| {
        let request = json!({ "txs": calls, "blockNumber": "0x65", "stateBlockNumber": "latest" });
        result(&snapshot, METHOD, json!([with(request, more)]))["results"].take()
    };
    let lists = of_bundle(json!({ "accessLists": true }));
    for (index, call) in calls.iter().enumerate() {
        let alone = result(&snapshot, "eth_createAccessList", json!([call, "latest"]));
        assert_eq!(lists[index]["accessList"], alone["accessList"], "{index}");
    }
    let slot = |number: u64| format!("0x{number:064x}");
    let expected = json!([
        { "address": contract::COUNTER.0, "storageKeys": [slot(0)] },
        { "address": caller, "storageKeys": [slot(3)] },
    ]);
    assert_eq!(lists[0]["accessList"], expected);
    let mut without = lists;
    for one in without.as_array_mut().expect("a list") {
        one.as_object_mut().expect("a result").remove("accessList");
    }
    assert_eq!(of_bundle(json!({})), without);
    let request = with(request(&[]), json!({ "txs": calls, "accessLists": 1 }));
    assert_eq!(error(&snapshot, METHOD, json!([request]))["code"], -32602);
}
