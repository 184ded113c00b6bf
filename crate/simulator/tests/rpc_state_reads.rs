//! Methods that read state and the pinned block. Expected values stand in the snapshot.

mod support;

use alloy_primitives::{Address, B256};
use serde_json::{Value, json};
use support::{
    Account, BASE_FEE, ETHER, contract,
    rpc::{error, result},
    snapshot_json,
};

fn account() -> Address {
    Account::new(1).address
}

/// The snapshot with values in some slots of the counter.
fn with_slots() -> Value {
    let mut snapshot = snapshot_json();
    snapshot["accounts"][contract::COUNTER.0]["storage"] = json!({ "0x0": "0x38", "0x2": "0x5" });
    snapshot
}

const fn word(number: u8) -> B256 {
    B256::with_last_byte(number)
}

#[test]
fn the_chain_and_its_head_are_those_of_the_snapshot() {
    let snapshot = snapshot_json();
    assert_eq!(result(&snapshot, "eth_chainId", json!([])), "0x1");
    assert_eq!(result(&snapshot, "eth_blockNumber", json!([])), "0x64");
}

#[test]
fn accounts_are_read_at_the_pinned_block_however_it_is_named() {
    let snapshot = snapshot_json();
    let hash = B256::repeat_byte(0x64);
    for block in [
        Value::Null,
        json!("latest"),
        json!("pending"),
        json!("safe"),
        json!("finalized"),
        json!("0x64"),
        json!(hash),
        json!({ "blockNumber": "0x64" }),
        json!({ "blockHash": hash, "requireCanonical": true }),
    ] {
        let balance = result(&snapshot, "eth_getBalance", json!([account(), block]));
        assert_eq!(balance, format!("{:#x}", 100 * ETHER), "{block}");
    }
    let (counter, code) = contract::COUNTER;
    let nonce = result(&snapshot, "eth_getTransactionCount", json!([counter]));
    assert_eq!(nonce, "0x1");
    assert_eq!(result(&snapshot, "eth_getCode", json!([counter])), code);
}

#[test]
fn what_does_not_exist_is_empty() {
    let snapshot = snapshot_json();
    let nobody = Address::repeat_byte(0x99);
    let read = |method: &str| result(&snapshot, method, json!([nobody, "latest"]));
    assert_eq!(read("eth_getBalance"), "0x0");
    assert_eq!(read("eth_getTransactionCount"), "0x0");
    assert_eq!(read("eth_getCode"), "0x");
    let slot = result(
        &snapshot,
        "eth_getStorageAt",
        json!([nobody, "0x1", "latest"]),
    );
    assert_eq!(slot, json!(B256::ZERO));
}

#[test]
fn slots_are_named_with_or_without_zeros_in_front() {
    let snapshot = with_slots();
    for (key, value) in [
        ("0x0", 0x38),
        ("0x00", 0x38),
        ("0x", 0x38),
        ("0x2", 5),
        (
            "0x0000000000000000000000000000000000000000000000000000000000000002",
            5,
        ),
        ("0x3", 0),
    ] {
        let params = json!([contract::COUNTER.0, key, "latest"]);
        let found = result(&snapshot, "eth_getStorageAt", params);
        assert_eq!(found, json!(word(value)), "{key}");
    }
}

/// The errors of the published vectors.
#[test]
fn a_name_that_is_no_slot_is_refused_in_the_words_of_geth() {
    let snapshot = snapshot_json();
    let long = format!("0x{}", "0".repeat(65));
    for (key, reason) in [
        (
            long.as_str(),
            format!("storage key too long (want at most 32 bytes): \"{long}\""),
        ),
        (
            "0xasdf",
            "invalid hex in storage key: \"0xasdf\"".to_owned(),
        ),
    ] {
        let found = error(
            &snapshot,
            "eth_getStorageAt",
            json!([account(), key, "latest"]),
        );
        assert_eq!(found, json!({ "code": -32602, "message": reason }));
    }
}

#[test]
fn many_slots_of_many_accounts_are_read_at_once_in_their_order() {
    let snapshot = with_slots();
    let counter = contract::COUNTER.0;
    let nobody = "0xc1cadaffffffffffffffffffffffffffffffffff";
    let wanted = json!({ counter: [word(2), word(0), word(2)], nobody: [word(1)] });
    let expected = json!({ counter: [word(5), word(0x38), word(5)], nobody: [word(0)] });
    assert_eq!(
        result(&snapshot, "eth_getStorageValues", json!([wanted, "latest"])),
        expected
    );
}

#[test]
fn no_slots_and_too_many_slots_are_refused() {
    let snapshot = snapshot_json();
    let found = error(&snapshot, "eth_getStorageValues", json!([{}, "latest"]));
    assert_eq!(found, json!({ "code": -32602, "message": "empty request" }));
    let many = vec![word(1); 1025];
    let found = error(
        &snapshot,
        "eth_getStorageValues",
        json!([{ contract::COUNTER.0: many }]),
    );
    let expected = json!({ "code": -38026, "message": "too many slots (max 1024)" });
    assert_eq!(found, expected);
}

#[test]
fn another_block_than_the_pinned_one_is_not_found() {
    let snapshot = snapshot_json();
    for block in [
        json!("earliest"),
        json!("0x63"),
        json!(B256::repeat_byte(1)),
        json!({ "blockHash": B256::repeat_byte(1) }),
    ] {
        let found = error(&snapshot, "eth_getBalance", json!([account(), block]));
        assert_eq!(
            found,
            json!({ "code": -32000, "message": "header not found" }),
            "{block}"
        );
    }
}

#[test]
fn parameters_that_are_none_are_refused() {
    let snapshot = snapshot_json();
    for (method, params) in [
        ("eth_getBalance", json!([])),
        ("eth_getBalance", json!(["0x12"])),
        ("eth_getBalance", json!([account(), "newest"])),
        ("eth_getBalance", json!([account(), {}])),
        ("eth_getCode", json!([5])),
        ("eth_getStorageAt", json!([account()])),
        ("eth_getStorageAt", json!([account(), 1])),
        ("eth_getStorageValues", json!([{ "0x12": [word(1)] }])),
        (
            "eth_getStorageValues",
            json!([{ contract::COUNTER.0: ["0x1"] }]),
        ),
        ("eth_getBlockByHash", json!(["latest"])),
        ("eth_getBlockByNumber", json!(["0x64", "yes"])),
    ] {
        let found = error(&snapshot, method, params.clone());
        assert_eq!(found["code"], -32602, "{method} {params}: {found}");
    }
}

#[test]
fn the_pinned_block_comes_with_all_that_was_given_of_it() {
    let mut snapshot = snapshot_json();
    let hash = B256::repeat_byte(1);
    let transaction = json!({ "hash": hash, "nonce": "0x7", "to": null });
    snapshot["block"]["extraData"] = json!("0x68\u{2028}\"");
    snapshot["block"]["transactions"] = json!([transaction]);
    let mut expected = snapshot["block"].clone();
    for (name, number) in [
        ("gasLimit", 36_000_000),
        ("gasUsed", 18_000_000),
        ("baseFeePerGas", BASE_FEE),
        ("excessBlobGas", 0),
        ("blobGasUsed", 0),
    ] {
        expected[name] = json!(format!("{number:#x}"));
    }
    let full = result(&snapshot, "eth_getBlockByNumber", json!(["latest", true]));
    assert_eq!(full, expected);
    expected["transactions"] = json!([hash]);
    for (method, block) in [
        ("eth_getBlockByNumber", json!("0x64")),
        ("eth_getBlockByHash", json!(B256::repeat_byte(0x64))),
    ] {
        assert_eq!(result(&snapshot, method, json!([block, false])), expected);
    }
    let unknown = json!([B256::ZERO, true]);
    assert_eq!(
        result(&snapshot, "eth_getBlockByHash", unknown),
        Value::Null
    );
}

#[test]
fn transactions_of_which_only_hashes_are_known_are_not_made_up() {
    let mut snapshot = snapshot_json();
    snapshot["block"]["transactions"] = json!([B256::repeat_byte(1)]);
    let found = error(&snapshot, "eth_getBlockByNumber", json!(["latest", true]));
    assert_eq!(found["code"], -32000, "{found}");
    let short = result(&snapshot, "eth_getBlockByNumber", json!(["latest", false]));
    assert_eq!(short["transactions"], json!([B256::repeat_byte(1)]));
}
