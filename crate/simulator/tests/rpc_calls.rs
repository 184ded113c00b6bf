//! `eth_call`, `eth_estimateGas` and `eth_callMany`. Expected values are worked out by hand from the
//! contracts' codes and from what geth is known to answer.

mod support;

use alloy_primitives::{Address, B256, U256};
use serde_json::{Value, json};
use support::{
    Account, BASE_FEE, ETHER, MINER, contract,
    rpc::{call_on_complete, error, result},
    snapshot_json,
};

fn sender() -> Address {
    Account::new(1).address
}

fn words(words: &[U256]) -> Value {
    let bytes: Vec<u8> = words.iter().flat_map(U256::to_be_bytes::<32>).collect();
    json!(format!("0x{}", alloy_primitives::hex::encode(bytes)))
}

fn word(number: u64) -> Value {
    words(&[U256::from(number)])
}

/// The snapshot with a further contract.
fn with_code(address: &str, code: &str) -> Value {
    let mut snapshot = snapshot_json();
    snapshot["accounts"][address] = json!({ "nonce": 1, "code": code });
    snapshot
}

const OTHER: &str = "0x00000000000000000000000000000000000000e1";

#[test]
fn a_call_runs_in_the_pinned_block_itself() {
    let snapshot = snapshot_json();
    let found = result(
        &snapshot,
        "eth_call",
        json!([{ "to": contract::BLOCK.0 }, "latest"]),
    );
    let miner: Address = MINER.parse().unwrap();
    let expected = words(&[
        U256::from(100),
        U256::from(1000),
        U256::from_be_bytes(miner.into_word().0),
        U256::from_be_bytes([0x77; 32]),
        U256::from(36_000_000),
    ]);
    assert_eq!(found, expected);
}

/// NUMBER, TIMESTAMP and so on are seen with their real values, BASEFEE only by who pays it.
#[test]
fn a_call_without_a_price_sees_no_base_fee() {
    let snapshot = snapshot_json();
    let fees = |call: Value| result(&snapshot, "eth_call", json!([call, "latest"]));
    let to = contract::FEES.0;
    assert_eq!(fees(json!({ "to": to })), words(&[U256::ZERO; 2]));
    let paying = json!({ "from": sender(), "to": to, "maxFeePerGas": format!("{:#x}", 2 * BASE_FEE),
        "maxPriorityFeePerGas": "0x7" });
    let expected = words(&[U256::from(BASE_FEE), U256::from(BASE_FEE + 7)]);
    assert_eq!(fees(paying), expected);
    let legacy = json!({ "from": sender(), "to": to, "gasPrice": format!("{:#x}", 3 * BASE_FEE) });
    let expected = words(&[U256::from(BASE_FEE), U256::from(3 * BASE_FEE)]);
    assert_eq!(fees(legacy), expected);
}

#[test]
fn nonces_and_codes_of_callers_do_not_matter_and_gas_may_exceed_the_block() {
    let snapshot = snapshot_json();
    for from in [sender().to_string(), contract::FEES.0.to_owned()] {
        let call = json!({ "from": from, "to": contract::COUNTER.0, "nonce": "0x63",
            "gas": "0xffffffffffff" });
        assert_eq!(result(&snapshot, "eth_call", json!([call])), word(1));
    }
}

#[test]
fn a_creation_returns_the_code() {
    // Returns 32 bytes of memory that hold 0x2a in the last.
    let call = json!({ "from": sender(), "input": "0x602a5f5260205ff3" });
    assert_eq!(
        result(&snapshot_json(), "eth_call", json!([call])),
        word(0x2a)
    );
}

#[test]
fn a_call_that_fails_is_answered_in_the_words_of_geth() {
    let snapshot = snapshot_json();
    let fails = |to: &str| {
        error(
            &snapshot,
            "eth_call",
            json!([{ "to": to, "gas": "0x186a0" }]),
        )
    };
    let reverted = fails(contract::REVERTER.0);
    let data = &contract::REVERTER.1[2 + 22..];
    let expected = json!({ "code": 3, "message": "execution reverted: not enough",
        "data": format!("0x{data}") });
    assert_eq!(reverted, expected);
    for (to, message) in [
        (contract::INVALID.0, "invalid opcode: INVALID"),
        (contract::JUMP.0, "invalid jump destination"),
        (contract::LOOP.0, "out of gas"),
    ] {
        assert_eq!(fails(to), json!({ "code": -32000, "message": message }));
    }
}

#[test]
fn a_call_that_could_not_be_sent_is_refused_in_the_words_of_geth() {
    let snapshot = snapshot_json();
    let (from, poor) = (sender(), Address::repeat_byte(0x11));
    let funds = 100 * ETHER;
    for (call, code, message) in [
        (
            json!({ "from": poor, "to": from, "value": "0x1" }),
            -32000,
            format!(
                "err: insufficient funds for gas * price + value: address {poor} have 0 want 1 \
                 (supplied gas 50000000)"
            ),
        ),
        (
            json!({ "from": from, "to": poor, "gas": "0x5208", "gasPrice": "0x1" }),
            -32000,
            format!(
                "err: max fee per gas less than block base fee: address {from}, maxFeePerGas: 1, \
                 baseFee: {BASE_FEE} (supplied gas 21000)"
            ),
        ),
        (
            json!({ "from": from, "to": poor, "gas": "0x5207" }),
            -32000,
            "err: intrinsic gas too low: have 20999, want 21000 (supplied gas 20999)".to_owned(),
        ),
        (
            json!({ "from": from, "value": format!("{:#x}", funds + 1) }),
            -32000,
            format!(
                "err: insufficient funds for gas * price + value: address {from} have {funds} want \
                 {} (supplied gas 50000000)",
                funds + 1
            ),
        ),
        (
            json!({ "gasPrice": "0x1", "maxFeePerGas": "0x1" }),
            -32000,
            "both gasPrice and (maxFeePerGas or maxPriorityFeePerGas) specified".to_owned(),
        ),
        (
            json!({ "chainId": "0x5" }),
            -32000,
            "chainId does not match node's (have=5, want=1)".to_owned(),
        ),
    ] {
        let found = error(&snapshot, "eth_call", json!([call, "latest"]));
        assert_eq!(found, json!({ "code": code, "message": message }), "{call}");
    }
}

#[test]
fn nothing_that_is_no_call_is_accepted() {
    let snapshot = snapshot_json();
    for params in [
        json!([]),
        json!(["0x"]),
        json!([{ "to": "0x12" }]),
        json!([{ "gas": "much" }]),
        json!([{}, "newest"]),
    ] {
        let found = error(&snapshot, "eth_call", params.clone());
        assert_eq!(found["code"], -32602, "{params}");
    }
    let elsewhere = error(&snapshot, "eth_call", json!([{}, "0x63"]));
    assert_eq!(elsewhere["message"], "header not found");
}

fn estimate(snapshot: &Value, call: &Value) -> u64 {
    let found = result(snapshot, "eth_estimateGas", json!([call]));
    let text = found.as_str().expect("a quantity");
    u64::from_str_radix(&text[2..], 16).expect("a quantity")
}

#[test]
fn a_plain_payment_takes_21000() {
    let call = json!({ "from": sender(), "to": Address::repeat_byte(9), "value": "0x1" });
    assert_eq!(estimate(&snapshot_json(), &call), 21_000);
}

/// The counter uses 43,126: 21,000 and, by its instructions, 2 + 2,100 + 3 + 3 + 3 + 2 + 20,000 + 2 + 6 + 3 +
/// 2. The search starts between 43,125 and (43,126 + 2,300) · 64 / 63 = 46,147, and halves: 44,636,
/// 43,880, 43,502. There it is less than 1.5 % away.
#[test]
fn an_estimate_is_where_the_search_of_geth_ends() {
    let call = json!({ "from": sender(), "to": contract::COUNTER.0 });
    assert_eq!(estimate(&snapshot_json(), &call), 43_502);
}

/// Whether a call succeeds with a gas limit.
fn succeeds(snapshot: &Value, call: &Value, gas: u64) -> bool {
    let mut call = call.clone();
    call["gas"] = json!(format!("{gas:#x}"));
    let answer = call_on_complete(snapshot, "eth_call", json!([call]));
    answer.get("result").is_some()
}

/// The least gas that is enough, found out with `eth_call`.
fn least(snapshot: &Value, call: &Value) -> u64 {
    let (mut short, mut enough) = (20_999, 1 << 24);
    while enough - short > 1 {
        let middle = (short + enough) / 2;
        if succeeds(snapshot, call, middle) {
            enough = middle;
        } else {
            short = middle;
        }
    }
    enough
}

#[test]
fn an_estimate_is_enough_and_hardly_more_than_the_least() {
    // Sets slot 0 to zero, which gives gas back at the end.
    let mut clears = with_code(OTHER, "0x5f5f5500");
    clears["accounts"][OTHER]["storage"] = json!({ "0x0": "0x1" });
    // Calls the counter with all gas there is, and reverts if that was not enough.
    let counter = &contract::COUNTER.0[2..];
    let forwards = with_code(
        OTHER,
        &format!("0x5f5f5f5f5f73{counter}5af16022575f5ffd5b00"),
    );
    // Loops 200 times over a slot: a call whose costs are its own.
    let loops = with_code(OTHER, "0x60c85b60019003805f5580600257");
    for (name, snapshot) in [("clears", clears), ("forwards", forwards), ("loops", loops)] {
        let call = json!({ "from": sender(), "to": OTHER });
        let (estimate, least) = (estimate(&snapshot, &call), least(&snapshot, &call));
        println!("{name}: {estimate} for {least}");
        assert!(least > 21_000, "{name} does something");
        assert!(
            estimate >= least,
            "{name}: {estimate} is not enough, {least} is"
        );
        assert!(
            (estimate - least) * 1000 <= estimate * 15,
            "{name}: {estimate} for {least}"
        );
    }
}

#[test]
fn what_fails_with_any_gas_has_no_estimate() {
    let snapshot = snapshot_json();
    let fails = |call: Value| error(&snapshot, "eth_estimateGas", json!([call, "latest"]));
    let reverted = fails(json!({ "to": contract::REVERTER.0 }));
    assert_eq!(reverted["code"], 3);
    assert_eq!(reverted["message"], "execution reverted: not enough");
    for (call, message) in [
        (
            json!({ "to": contract::INVALID.0 }),
            "invalid opcode: INVALID".to_owned(),
        ),
        // No transaction may have more from Osaka on.
        (
            json!({ "to": contract::LOOP.0 }),
            "gas required exceeds allowance (16777216)".to_owned(),
        ),
        (
            json!({ "to": contract::LOOP.0, "gas": "0x186a0" }),
            "gas required exceeds allowance (100000)".to_owned(),
        ),
        // All that the sender can pay for: 100 ether at 1,000,000 gwei.
        (
            json!({ "from": sender(), "to": contract::LOOP.0, "maxFeePerGas": "0x38d7ea4c68000" }),
            "gas required exceeds allowance (100000)".to_owned(),
        ),
        (
            json!({ "from": Address::repeat_byte(9), "to": sender(), "gasPrice": "0x77359400" }),
            "insufficient funds for transfer".to_owned(),
        ),
        (
            json!({ "from": Address::repeat_byte(9), "to": sender(), "value": "0x1" }),
            format!(
                "failed with 16777216 gas: insufficient funds for gas * price + value: address {} \
                 have 0 want 1",
                Address::repeat_byte(9)
            ),
        ),
    ] {
        assert_eq!(
            fails(call.clone()),
            json!({ "code": -32000, "message": message }),
            "{call}"
        );
    }
}

#[test]
fn calls_of_bundles_stand_on_one_another_each_bundle_in_a_block_of_its_own() {
    let snapshot = snapshot_json();
    let count = json!({ "from": sender(), "to": contract::COUNTER.0 });
    let paying = json!({ "from": sender(), "to": contract::FEES.0,
        "gasPrice": format!("{:#x}", 2 * BASE_FEE) });
    let block = json!({ "to": contract::BLOCK.0 });
    let bundles = json!([
        { "transactions": [count, count, { "to": contract::REVERTER.0 }, paying, count] },
        { "transactions": [count, block] },
        { "transactions": [] },
    ]);
    let context = json!({ "blockNumber": "latest", "transactionIndex": -1 });
    let found = result(&snapshot, "eth_callMany", json!([bundles, context]));
    let value = |value: Value| json!({ "value": value });
    let fees = words(&[U256::from(BASE_FEE), U256::from(2 * BASE_FEE)]);
    assert_eq!(
        found[0],
        json!([
            value(word(1)),
            value(word(2)),
            { "error": "execution reverted: not enough" },
            value(fees),
            value(word(3)),
        ])
    );
    assert_eq!(found[1][0], value(word(4)));
    let seen = found[1][1]["value"].as_str().unwrap();
    let expected = words(&[U256::from(101), U256::from(1012)]);
    assert!(seen.starts_with(expected.as_str().unwrap()), "{seen}");
    assert_eq!(found[2], json!([]));
}

#[test]
fn a_place_inside_the_block_and_a_call_that_could_not_be_sent_are_refused() {
    let mut snapshot = snapshot_json();
    snapshot["block"]["transactions"] = json!([B256::repeat_byte(1), B256::repeat_byte(2)]);
    let bundles = json!([{ "transactions": [{ "to": contract::COUNTER.0 }] }]);
    let at = |index: Value| json!([bundles, { "blockNumber": "0x64", "transactionIndex": index }]);
    let found = error(&snapshot, "eth_callMany", at(json!(1)));
    assert_eq!(found["code"], -32000);
    assert_eq!(
        result(&snapshot, "eth_callMany", at(json!(2))),
        json!([[{ "value": word(1) }]])
    );
    let poor = Address::repeat_byte(0x11);
    let broke = json!([{ "transactions": [{ "from": poor, "value": "0x1" }] }]);
    let found = error(&snapshot, "eth_callMany", json!([broke]));
    let message = format!(
        "err: insufficient funds for gas * price + value: address {poor} have 0 want 1 (supplied gas \
         50000000)"
    );
    assert_eq!(found, json!({ "code": -32000, "message": message }));
}

#[test]
fn a_call_runs_on_overridden_state() {
    let snapshot = snapshot_json();
    let poor = Address::repeat_byte(0x11);
    let (reader, code) = contract::READER;
    let read = |overrides: Value| {
        let call = json!({ "from": poor, "to": OTHER, "value": "0x5", "input": B256::ZERO });
        result(&snapshot, "eth_call", json!([call, "latest", overrides]))
    };
    let rich = json!({ "balance": "0x5" });
    let slots = json!({ B256::ZERO.to_string(): B256::with_last_byte(9) });
    let diff = json!({ poor.to_string(): rich, OTHER: { "code": code, "stateDiff": slots } });
    assert_eq!(read(diff), word(9));
    let whole = json!({ poor.to_string(): rich, OTHER: { "code": code, "state": slots } });
    assert_eq!(read(whole), word(9));
    let both = json!({ reader: { "state": {}, "stateDiff": {} } });
    let found = error(&snapshot, "eth_call", json!([{}, "latest", both]));
    assert_eq!(found["code"], -32000);
}

/// The precompile at 4 returns what it is given.
#[test]
fn a_precompile_can_be_moved() {
    let snapshot = snapshot_json();
    let identity = "0x0000000000000000000000000000000000000004";
    let overrides = json!({ identity: { "movePrecompileToAddress": OTHER } });
    let call = |to: &str| {
        let call = json!({ "to": to, "input": "0x1234" });
        result(&snapshot, "eth_call", json!([call, "latest", overrides]))
    };
    assert_eq!(
        (call(OTHER), call(identity)),
        (json!("0x1234"), json!("0x"))
    );
}

#[test]
fn a_call_runs_in_an_overridden_block() {
    let snapshot = snapshot_json();
    let coinbase = Address::repeat_byte(0xcc);
    let block = json!({ "number": "0x7", "time": "0x8", "feeRecipient": coinbase,
        "prevRandao": B256::with_last_byte(9), "gasLimit": "0xa" });
    let params = json!([{ "to": contract::BLOCK.0 }, "latest", {}, block]);
    let expected = words(&[
        U256::from(7),
        U256::from(8),
        U256::from_be_bytes(coinbase.into_word().0),
        U256::from(9),
        U256::from(10),
    ]);
    assert_eq!(result(&snapshot, "eth_call", params), expected);
    let params = json!([{}, "latest", {}, { "beaconRoot": B256::ZERO }]);
    let message = "block override \"beaconRoot\" is not supported for this RPC method";
    let found = error(&snapshot, "eth_call", params);
    assert_eq!(found, json!({ "code": -32000, "message": message }));
}

#[test]
fn an_estimate_is_made_on_overridden_state() {
    // The slot is there already, which saves 17,100 of the 43,126.
    let overrides = json!({ contract::COUNTER.0: { "stateDiff": { B256::ZERO.to_string(): B256::with_last_byte(1) } } });
    let call = json!({ "from": sender(), "to": contract::COUNTER.0 });
    let found = result(
        &snapshot_json(),
        "eth_estimateGas",
        json!([call, "latest", overrides]),
    );
    let gas = u64::from_str_radix(&found.as_str().unwrap()[2..], 16).unwrap();
    assert!((26_026..=26_026 + 26_026 * 3 / 100).contains(&gas), "{gas}");
}

#[test]
fn a_bundle_of_calls_has_a_block_and_hashes_of_its_own() {
    let snapshot = snapshot_json();
    let hash = B256::repeat_byte(0x42);
    let ask = json!({ "to": contract::HASHES.0, "input": B256::with_last_byte(0x63) });
    let block = json!({ "blockNumber": "0x65", "coinbase": MINER, "blockHash": { "0x63": hash } });
    let bundles = json!([
        { "transactions": [ask, { "to": contract::BLOCK.0 }], "blockOverride": block },
    ]);
    let overrides = json!({ contract::COUNTER.0: { "balance": "0x1" } });
    let found = result(
        &snapshot,
        "eth_callMany",
        json!([bundles, { "blockNumber": "latest" }, overrides]),
    );
    assert_eq!(found[0][0], json!({ "value": hash }));
    let seen = found[0][1]["value"].as_str().unwrap();
    assert!(seen.starts_with(word(0x65).as_str().unwrap()), "{seen}");
}
