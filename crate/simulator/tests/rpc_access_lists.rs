//! `eth_createAccessList`. Lists and gas are worked out by hand: an address takes 2,400 gas in a list and
//! a slot 1,900 ([EIP-2930](https://eips.ethereum.org/EIPS/eip-2930)), and then a slot is read for 100
//! instead of 2,100 and an account for 100 instead of 2,600.

mod support;

use alloy_primitives::{Address, B256};
use serde_json::{Value, json};
use support::{
    Account, MINER, contract,
    rpc::{error, result},
    snapshot_json,
};

const OTHER: &str = "0x00000000000000000000000000000000000000e1";
const FIRST: &str = "0x0000000000000000000000000000000000000aa1";
const SECOND: &str = "0x0000000000000000000000000000000000000aa2";

fn sender() -> Address {
    Account::new(1).address
}

const fn slot(number: u8) -> B256 {
    B256::with_last_byte(number)
}

fn list(snapshot: &Value, call: Value) -> Value {
    result(snapshot, "eth_createAccessList", json!([call, "latest"]))
}

fn with_code(code: &str) -> Value {
    let mut snapshot = snapshot_json();
    snapshot["accounts"][OTHER] = json!({ "nonce": 1, "code": code });
    snapshot
}

fn quantity(number: u64) -> String {
    format!("{number:#x}")
}

#[test]
fn a_payment_needs_no_list() {
    let call = json!({ "from": sender(), "to": Address::repeat_byte(9), "value": "0xa" });
    let expected = json!({ "accessList": [], "gasUsed": quantity(21_000) });
    assert_eq!(list(&snapshot_json(), call), expected);
}

/// 43,126 without a list.
#[test]
fn slots_of_the_recipient_are_listed() {
    let call = json!({ "from": sender(), "to": contract::COUNTER.0 });
    let expected = json!({
        "accessList": [{ "address": contract::COUNTER.0, "storageKeys": [slot(0)] }],
        "gasUsed": quantity(43_126 + 2_400 + 1_900 - 2_000),
    });
    assert_eq!(list(&snapshot_json(), call), expected);
}

/// BALANCE of one account, EXTCODESIZE of another, of the coinbase, the sender and a precompile. Each
/// takes 3 for the push, 2 for the pop, and 100 or 2,600.
#[test]
fn accounts_are_listed_if_they_are_not_warm_anyway() {
    let from = sender().to_string();
    let look = |opcode: &str, address: &str| format!("73{}{opcode}50", &address[2..]);
    let code = [
        look("31", FIRST),
        look("3b", SECOND),
        look("31", MINER),
        look("31", &from),
        look("31", "0x0000000000000000000000000000000000000004"),
    ];
    let snapshot = with_code(&format!("0x{}", code.concat()));
    let expected = json!({
        "accessList": [
            { "address": FIRST, "storageKeys": [] },
            { "address": SECOND, "storageKeys": [] },
        ],
        "gasUsed": quantity(21_000 + 2 * 2_400 + 5 * 105),
    });
    assert_eq!(
        list(&snapshot, json!({ "from": from, "to": OTHER })),
        expected
    );
}

#[test]
fn a_call_that_fails_has_a_list_and_an_error() {
    // Reads slots 7 and 3, and reverts or runs into an invalid instruction.
    for (end, message) in [
        ("5f5ffd", "execution reverted"),
        ("fe", "invalid opcode: INVALID"),
    ] {
        let snapshot = with_code(&format!("0x60075450600354{end}"));
        let found = list(
            &snapshot,
            json!({ "from": sender(), "to": OTHER, "gas": "0x186a0" }),
        );
        assert_eq!(found["error"], message);
        let expected = json!([{ "address": OTHER, "storageKeys": [slot(3), slot(7)] }]);
        assert_eq!(found["accessList"], expected);
    }
}

#[test]
fn what_was_listed_stays_listed() {
    let given = json!([
        { "address": FIRST, "storageKeys": [slot(1)] },
        { "address": SECOND, "storageKeys": [] },
        { "address": sender(), "storageKeys": [] },
    ]);
    let call = json!({ "from": sender(), "to": contract::READER.0, "accessList": given,
        "input": slot(5) });
    let expected = json!([
        { "address": contract::READER.0, "storageKeys": [slot(5)] },
        { "address": FIRST, "storageKeys": [slot(1)] },
        { "address": SECOND, "storageKeys": [] },
    ]);
    assert_eq!(list(&snapshot_json(), call)["accessList"], expected);
}

/// What a call makes, and to whom an account delegates, is warm when it is its turn.
#[test]
fn new_contracts_and_delegates_are_not_listed() {
    // CREATE with empty code.
    let found = list(
        &with_code("0x5f5f5ff0"),
        json!({ "from": sender(), "to": OTHER }),
    );
    assert_eq!(found["accessList"], json!([]));
    let counter = &contract::COUNTER.0[2..];
    let snapshot = with_code(&format!("0xef0100{counter}"));
    let found = list(&snapshot, json!({ "from": sender(), "to": OTHER }));
    let expected = json!([{ "address": OTHER, "storageKeys": [slot(0)] }]);
    assert_eq!(found["accessList"], expected);
    let found = list(
        &snapshot_json(),
        json!({ "from": sender(), "input": "0x5f5450" }),
    );
    let created = json!(format!("{:#x}", sender().create(0)));
    let expected = json!([{ "address": created, "storageKeys": [slot(0)] }]);
    assert_eq!(found["accessList"], expected);
}

/// Reads the slot whose number is the gas that is left, which the list itself changes.
#[test]
fn a_call_that_never_comes_to_rest_is_answered_all_the_same() {
    let found = list(
        &with_code("0x5a5400"),
        json!({ "from": sender(), "to": OTHER }),
    );
    let slots = found["accessList"][0]["storageKeys"].as_array().unwrap();
    assert!((1..=16).contains(&slots.len()), "{found}");
}

#[test]
fn a_list_is_made_on_overridden_state() {
    let overrides = json!({ OTHER: { "code": contract::COUNTER.1 } });
    let call = json!({ "from": sender(), "to": OTHER });
    let params = json!([call, "latest", overrides]);
    let found = result(&snapshot_json(), "eth_createAccessList", params);
    assert_eq!(found["accessList"][0]["address"], OTHER);
}

#[test]
fn a_call_that_could_not_be_sent_has_no_list() {
    let poor = Address::repeat_byte(0x11);
    let call = json!({ "from": poor, "value": "0x1" });
    let found = error(&snapshot_json(), "eth_createAccessList", json!([call]));
    assert_eq!(found["code"], -32000);
    let message = found["message"].as_str().unwrap();
    assert!(message.contains("have 0 want 1"), "{message}");
}
