//! `mev_simBundle`. Expected values are worked out by hand: 21,000 gas for a payment, a base fee of
//! a gwei, 30,000 gas for each who receives a refund.

mod support;

use alloy_consensus::TxEip1559;
use alloy_primitives::{Address, B256, TxKind, U256};
use serde_json::{Value, json};
use support::{
    Account, BASE_FEE, CHAIN, ETHER, MINER, at, contract,
    rpc::{error, result},
    snapshot_json,
};

const METHOD: &str = "mev_simBundle";
const PAYMENT: u128 = 21_000;
const PAYOUT: u128 = 30_000;

fn signed(account: u8, nonce: u64, tip: u128, to: Address, value: u128) -> String {
    Account::new(account).sign(TxEip1559 {
        chain_id: CHAIN,
        nonce,
        gas_limit: 100_000,
        max_fee_per_gas: u128::from(2 * BASE_FEE),
        max_priority_fee_per_gas: tip,
        to: TxKind::Call(to),
        value: U256::from(value),
        ..TxEip1559::default()
    })
}

/// Somebody's payment to somebody, with a tip of 2.
fn target() -> Value {
    json!({ "tx": signed(1, 0, 2, Account::new(3).address, 1) })
}

/// A payment to whoever makes the block, without a tip.
fn bribe(value: u128) -> Value {
    json!({ "tx": signed(2, 0, 0, MINER.parse().expect("an address"), value) })
}

/// A call that reverts.
fn reverting() -> Value {
    json!({ "tx": signed(1, 0, 2, at(contract::REVERTER), 0) })
}

fn with(mut value: Value, name: &str, field: Value) -> Value {
    value[name] = field;
    value
}

fn bundle(body: &[Value]) -> Value {
    json!({ "version": "v0.1", "inclusion": { "block": "0x65" }, "body": body })
}

fn refund(percent: u64) -> Value {
    json!({ "refund": [{ "bodyIdx": 0, "percent": percent }] })
}

fn simulate(bundle: Value) -> Value {
    result(&snapshot_json(), METHOD, json!([bundle]))
}

fn refused(bundle: Value) -> String {
    let failure = error(&snapshot_json(), METHOD, json!([bundle, {}]));
    assert_eq!(failure["code"], -32602, "{failure}");
    failure["message"].as_str().expect("a text").to_owned()
}

fn expect_numbers(answer: &Value, profit: u128, refundable: u128, gas_used: u128) {
    assert_eq!(answer["success"], json!(true), "{answer}");
    let expected = [
        ("stateBlock", 100),
        ("profit", profit),
        ("refundableValue", refundable),
        ("gasUsed", gas_used),
        ("mevGasPrice", profit / gas_used),
    ];
    for (name, number) in expected {
        assert_eq!(answer[name], format!("{number:#x}"), "{name}: {answer}");
    }
}

#[test]
fn without_refunds_all_that_the_coinbase_gains_is_profit() {
    let answer = simulate(bundle(&[target(), bribe(ETHER)]));
    let profit = 2 * PAYMENT + ETHER;
    expect_numbers(&answer, profit, profit, 2 * PAYMENT);
    assert_eq!(answer["logs"], json!([{ "txLogs": [] }, { "txLogs": [] }]));
    assert_eq!(answer.get("error"), None);
    assert_eq!(answer.get("execError"), None);
}

#[test]
fn a_refund_is_a_share_of_what_the_others_bring() {
    let sent = with(bundle(&[target(), bribe(ETHER)]), "validity", refund(90));
    let left = ETHER / 10;
    let profit = 2 * PAYMENT + left;
    expect_numbers(&simulate(sent), profit, left, 2 * PAYMENT + PAYOUT);
    // Two shares of one whole.
    let validity = json!({ "refund": [
        { "bodyIdx": 0, "percent": 50 }, { "bodyIdx": 1, "percent": 25 },
    ] });
    let second = json!({ "tx": signed(3, 0, 0, Account::new(1).address, 1) });
    let sent = with(
        bundle(&[target(), second, bribe(ETHER)]),
        "validity",
        validity,
    );
    let left = ETHER / 4;
    let gas = 3 * PAYMENT + 2 * PAYOUT;
    expect_numbers(&simulate(sent), 2 * PAYMENT + left, left, gas);
}

#[test]
fn a_refund_goes_to_those_whom_the_bundle_within_names() {
    let to = |address: Address, percent: u64| json!({ "address": address, "percent": percent });
    let shares = json!({ "refundConfig": [
        to(Account::new(1).address, 70), to(Account::new(3).address, 30),
    ] });
    let named = with(bundle(&[target()]), "validity", shares);
    let unnamed = bundle(&[target()]);
    let around = bundle(&[json!({ "bundle": named })]);
    for (inner, receivers) in [(named, 2), (unnamed, 1), (around, 2)] {
        let body = [json!({ "bundle": inner }), bribe(ETHER)];
        let sent = with(bundle(&body), "validity", refund(40));
        let left = ETHER * 6 / 10;
        let gas = 2 * PAYMENT + receivers * PAYOUT;
        expect_numbers(&simulate(sent), 2 * PAYMENT + left, left, gas);
    }
    // It is those within who are asked, not those around.
    let own = json!({
        "refund": [{ "bodyIdx": 0, "percent": 40 }],
        "refundConfig": [to(Account::new(1).address, 50), to(Account::new(3).address, 50)],
    });
    let sent = with(bundle(&[target(), bribe(ETHER)]), "validity", own);
    let left = ETHER * 6 / 10;
    let gas = 2 * PAYMENT + PAYOUT;
    expect_numbers(&simulate(sent), 2 * PAYMENT + left, left, gas);
}

#[test]
fn what_a_bundle_within_pays_out_does_not_count_for_the_one_around_it() {
    // Keeps half an ether.
    let inner = with(bundle(&[target(), bribe(ETHER)]), "validity", refund(50));
    let third = json!({ "tx": signed(3, 0, 0, MINER.parse().expect("an address"), ETHER) });
    let body = [third, json!({ "bundle": inner })];
    let sent = with(bundle(&body), "validity", refund(50));
    // Half of what the inner one keeps goes to the third sender.
    let kept = 2 * PAYMENT + ETHER / 2;
    let left = kept - kept / 2;
    let gas = 3 * PAYMENT + 2 * PAYOUT;
    let answer = simulate(sent);
    expect_numbers(&answer, ETHER + left, left, gas);
    let inner_logs = json!({ "bundleLogs": [{ "txLogs": [] }, { "txLogs": [] }] });
    assert_eq!(answer["logs"], json!([{ "txLogs": [] }, inner_logs]));
}

#[test]
fn a_refund_that_does_not_pay_for_its_own_way_fails_the_bundle() {
    let cost = PAYOUT * u128::from(BASE_FEE);
    for (value, success) in [(2 * cost, true), (2 * cost - 2, false)] {
        let sent = with(bundle(&[target(), bribe(value)]), "validity", refund(50));
        let answer = simulate(sent);
        assert_eq!(answer["success"], json!(success), "{answer}");
    }
    let sent = with(bundle(&[target(), bribe(1)]), "validity", refund(50));
    let expected = json!({
        "success": false,
        "error": "bundle simulation returned negative profit",
        "stateBlock": "0x64",
        "mevGasPrice": "0x0",
        "profit": "0x0",
        "refundableValue": "0x0",
        "gasUsed": "0x0",
    });
    assert_eq!(simulate(sent), expected);
}

#[test]
fn a_coinbase_that_loses_fails_the_bundle() {
    let payer = Account::new(1).address;
    let params = json!([bundle(&[target()]), { "coinbase": payer }]);
    let answer = result(&snapshot_json(), METHOD, params);
    assert_eq!(
        (&answer["success"], &answer["error"]),
        (
            &json!(false),
            &json!("bundle simulation returned negative profit")
        )
    );
}

#[test]
fn a_transaction_may_only_revert_if_it_is_allowed_to() {
    let data = contract::REVERTER.1.split_once("08c379a0").expect("data").1;
    let data = json!(format!("0x08c379a0{data}"));
    let reason = json!("execution reverted: not enough");
    let fails = [
        reverting(),
        with(reverting(), "canRevert", json!(false)),
        with(
            with(reverting(), "canRevert", json!(true)),
            "revertMode",
            json!("fail"),
        ),
    ];
    for item in fails {
        let answer = simulate(bundle(&[item]));
        assert_eq!(answer["success"], json!(false));
        assert_eq!(answer["error"], "bundle transaction failed");
        assert_eq!(answer["execError"], reason);
        assert_eq!(answer["revert"], data);
        assert_eq!(answer["gasUsed"], "0x0");
    }
    for item in [
        with(reverting(), "canRevert", json!(true)),
        with(reverting(), "revertMode", json!("allow")),
    ] {
        let answer = simulate(bundle(&[item, bribe(ETHER)]));
        assert_eq!(answer["success"], json!(true));
        assert_eq!(answer["execError"], reason);
        assert_eq!(answer["revert"], data);
        assert_eq!(answer["logs"].as_array().map(Vec::len), Some(2));
    }
}

#[test]
fn a_transaction_that_may_be_dropped_leaves_nothing_but_its_place() {
    let dropped = with(reverting(), "revertMode", json!("drop"));
    let logger = json!({ "tx": signed(1, 0, 0, at(contract::LOGGER), 0) });
    // Has the nonce of the one that was dropped.
    let answer = simulate(bundle(&[dropped, logger.clone(), bribe(ETHER)]));
    let alone = simulate(bundle(&[logger.clone(), bribe(ETHER)]));
    for name in ["profit", "refundableValue", "gasUsed", "mevGasPrice"] {
        assert_eq!(answer[name], alone[name], "{name}");
    }
    assert_eq!(answer.get("execError"), None);
    let (logs, of_alone) = (&answer["logs"], &alone["logs"]);
    assert_eq!(logs[0], json!({ "txLogs": [] }));
    assert_eq!((&logs[1], &logs[2]), (&of_alone[0], &of_alone[1]));
    let log = &logs[1]["txLogs"][0];
    assert_eq!(log["topics"], json!([B256::with_last_byte(42)]));
    assert_eq!(
        (&log["logIndex"], &log["blockNumber"]),
        (&json!("0x0"), &json!("0x65"))
    );
    // One that is not valid is dropped too, and is no reason to fail only then.
    let invalid = json!({ "tx": signed(3, 9, 0, at(contract::COUNTER), 0) });
    let may_go = with(invalid.clone(), "revertMode", json!("drop"));
    let answer = simulate(bundle(&[may_go, logger]));
    assert_eq!(answer["success"], json!(true));
    let answer = simulate(bundle(&[with(invalid, "canRevert", json!(true))]));
    assert_eq!(answer["error"], "bundle transaction failed");
    let text = answer["execError"].as_str().expect("a text");
    assert!(text.starts_with("nonce too high: address "), "{text}");
}

#[test]
fn calls_without_a_signature_may_be_items() {
    let from = Account::new(1).address;
    let call = json!({ "tx": { "from": from, "to": contract::LOGGER.0 } });
    let answer = simulate(bundle(&[call.clone(), call]));
    assert_eq!(answer["success"], json!(true), "{answer}");
    assert_eq!(answer["logs"][1]["txLogs"][0]["logIndex"], "0x1");
}

#[test]
fn a_bundle_is_for_the_blocks_that_it_names() {
    let include = |block: Value, overrides: Value| {
        let sent = with(bundle(&[target()]), "inclusion", block);
        json!([sent, overrides])
    };
    for (block, overrides) in [
        (json!({ "block": "0x65" }), json!({})),
        (json!({ "block": "0x60", "maxBlock": "0x65" }), Value::Null),
        (
            json!({ "block": "0x70" }),
            json!({
                "blockNumber": "0x70", "parentBlock": "0x64", "timestamp": "0xffff",
                "timeout": "0x5",
            }),
        ),
    ] {
        let answer = result(&snapshot_json(), METHOD, include(block, overrides));
        assert_eq!(answer["success"], json!(true));
    }
    for block in [
        json!({ "block": "0x64" }),
        json!({ "block": "0x66" }),
        json!({ "block": "0x60", "maxBlock": "0x64" }),
        json!({ "block": "0x66", "maxBlock": "0x65" }),
    ] {
        let sent = with(bundle(&[target()]), "inclusion", block);
        assert_eq!(refused(sent.clone()), "invalid inclusion");
        // It holds for bundles within as well.
        let around = bundle(&[json!({ "bundle": sent })]);
        assert_eq!(refused(around), "invalid inclusion");
    }
    let elsewhere = json!([bundle(&[target()]), { "parentBlock": "0x63" }]);
    let failure = error(&snapshot_json(), METHOD, elsewhere);
    assert_eq!(
        (&failure["code"], &failure["message"]),
        (&json!(-32000), &json!("header not found"))
    );
}

#[test]
fn the_base_fee_and_who_makes_the_block_can_be_named() {
    let sent = bundle(&[target(), bribe(ETHER)]);
    let other = Account::new(3).address;
    let overrides = json!({ "coinbase": other, "baseFee": "0x7", "gasLimit": "0x30d40" });
    let answer = result(&snapshot_json(), METHOD, json!([sent, overrides]));
    // The bribe goes elsewhere, and the payment of 1 is for this coinbase.
    let profit = 2 * PAYMENT + 1;
    expect_numbers(&answer, profit, profit, 2 * PAYMENT);
}

#[test]
fn a_bundle_runs_on_the_state_that_the_overrides_make() {
    let from = Account::new(9).address;
    let item = json!({ "tx": { "from": from, "to": MINER, "value": "0x7", "gas": "0x5208" } });
    let failed = simulate(bundle(std::slice::from_ref(&item)));
    assert_eq!(failed["success"], json!(false));
    let rich =
        json!({ "stateOverrides": { from.to_string(): { "balance": "0xde0b6b3a7640000" } } });
    let answer = result(&snapshot_json(), METHOD, json!([bundle(&[item]), rich]));
    expect_numbers(&answer, 7, 7, PAYMENT);
}

#[test]
fn bundles_that_are_not_well_formed_are_refused() {
    let mut deep = bundle(&[target()]);
    for _ in 0..4 {
        deep = bundle(&[json!({ "bundle": deep })]);
    }
    assert_eq!(simulate(deep.clone())["success"], json!(true));
    let too_deep = bundle(&[json!({ "bundle": deep })]);
    assert_eq!(refused(too_deep), "max depth reached");
    let call = json!({ "tx": { "from": Account::new(1).address, "to": MINER } });
    assert_eq!(
        simulate(bundle(&vec![call.clone(); 50]))["success"],
        json!(true)
    );
    assert_eq!(refused(bundle(&vec![call; 51])), "bundle too large");
    let hash = json!({ "hash": B256::repeat_byte(1) });
    assert_eq!(refused(bundle(&[hash])), "invalid bundle");
    assert_eq!(refused(bundle(&[])), "invalid bundle");
    let share = |index: u64, percent: u64| json!({ "bodyIdx": index, "percent": percent });
    let to = |percent: u64| json!({ "address": MINER, "percent": percent });
    for validity in [
        json!({ "refund": [share(1, 10)] }),
        json!({ "refund": [share(0, 101)] }),
        json!({ "refund": [share(0, 10), share(0, 10)] }),
        json!({ "refundConfig": [to(50), to(51)] }),
    ] {
        let sent = with(bundle(&[target()]), "validity", validity);
        assert_eq!(refused(sent), "invalid validity");
    }
    for (name, value) in [
        ("version", json!("v2")),
        ("body", json!({})),
        ("inclusion", Value::Null),
        ("body", json!([{ "tx": "0x02" }])),
        (
            "body",
            json!([with(target(), "revertMode", json!("sometimes"))]),
        ),
    ] {
        refused(with(bundle(&[target()]), name, value));
    }
}
