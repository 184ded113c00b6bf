//! Everything that can be wrong with a request: each case is a typed error that names index, field
//! and value, nothing panics, and the simulator answers the next request as if nothing had been.

mod support;

use alloy_consensus::{SignableTransaction, TxEip1559, TxEip4844, TxLegacy};
use alloy_primitives::{B256, Signature, TxKind, U256, hex, uint};
use forerun_simulator::{BundleRequest, Error, ReplayRequest, Simulator, Snapshot};
use serde_json::{Value, json};
use support::{
    Account, BASE_FEE, CHAIN, ETHER, MINER, SIDECAR_HASH, contract, facts, simulate, simulator,
    simulator_on, snapshot_json, with_sidecar,
};

/// Order of the curve, halved: the largest `s` since Homestead.
const ORDER: U256 = uint!(0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141_U256);

fn legacy(nonce: u64) -> TxLegacy {
    TxLegacy {
        chain_id: Some(CHAIN),
        nonce,
        gas_price: u128::from(BASE_FEE),
        gas_limit: 100_000,
        to: TxKind::Call(contract::COUNTER.0.parse().unwrap()),
        ..TxLegacy::default()
    }
}

fn good_call() -> Value {
    json!({ "from": Account::new(1).address, "to": contract::COUNTER.0 })
}

fn simulate_error(simulator: &Simulator, request: Value) -> Value {
    facts(&simulate(simulator, request.clone()).expect_err(&request.to_string()))
}

/// Sends a bundle whose second transaction is bad, and looks at the error.
fn check_transaction(bad: Value, field: &str, value: &str, expected: Option<&str>) {
    let simulator = simulator();
    let error = simulate_error(&simulator, json!({ "transactions": [good_call(), bad] }));
    assert_eq!(error["code"], "INVALID_TRANSACTION", "{error}");
    assert_eq!(error["index"], 1, "{error}");
    assert_eq!(error["field"], field, "{error}");
    assert_eq!(error["value"], value, "{error}");
    assert_eq!(
        error.get("expected").and_then(Value::as_str),
        expected,
        "{error}"
    );
    let after = simulate(&simulator, json!({ "transactions": [good_call()] }));
    assert!(after.is_ok(), "usable afterwards");
}

fn check_request(request: Value, field: &str, value: &str) {
    let simulator = simulator();
    let error = simulate_error(&simulator, request);
    assert_eq!(error["code"], "INVALID_REQUEST", "{error}");
    assert_eq!(error["field"], field, "{error}");
    assert_eq!(error["value"], value, "{error}");
    let after = simulate(&simulator, json!({ "transactions": [good_call()] }));
    assert!(after.is_ok(), "usable afterwards");
}

fn check_snapshot(snapshot: &Value, field: &str, value: &str) {
    let error = Snapshot::from_json(snapshot.to_string().as_bytes()).expect_err(field);
    let error = facts(&error);
    assert_eq!(error["code"], "INVALID_SNAPSHOT", "{error}");
    assert_eq!(error["field"], field, "{error}");
    assert_eq!(error["value"], value, "{error}");
    assert!(
        error["reason"]
            .as_str()
            .is_some_and(|reason| !reason.is_empty()),
        "{error}"
    );
}

#[test]
fn malformed_bytes() {
    let good = Account::new(1).sign(legacy(1));
    let trailing = format!("{good}00");
    let cut = &good[..good.len() - 2];
    for bad in [
        "0x", "0x00", "0x02", "0x05c0", "0xc0", "0xff", &trailing, cut,
    ] {
        check_transaction(json!(bad), "raw", bad, None);
    }
    check_transaction(json!("f86b"), "raw", "f86b", None);
    check_transaction(json!("0xf"), "raw", "0xf", None);
    check_transaction(json!("0xzz"), "raw", "0xzz", None);
    check_transaction(json!(17), "transaction", "17", None);
    check_transaction(json!(null), "transaction", "null", None);
}

#[test]
fn a_signature_of_nobody() {
    let tx = legacy(1);
    let zero = Signature::new(U256::ZERO, U256::ZERO, false);
    let envelope = alloy_consensus::TxEnvelope::from(tx.into_signed(zero));
    let bytes = hex::encode_prefixed(alloy_eips::eip2718::Encodable2718::encoded_2718(&envelope));
    check_transaction(json!(bytes), "raw", &bytes, None);
}

/// A signature with the higher `s` was good before Homestead only.
#[test]
fn a_malleable_signature() {
    let account = Account::new(1);
    let tx = TxLegacy {
        chain_id: None,
        ..legacy(0)
    };
    let low = account.sign_hash(tx.signature_hash());
    let high = Signature::new(low.r(), ORDER - low.s(), !low.v());
    let envelope = alloy_consensus::TxEnvelope::from(tx.into_signed(high));
    let bytes = hex::encode_prefixed(alloy_eips::eip2718::Encodable2718::encoded_2718(&envelope));
    let mut snapshot = snapshot_json();
    for (fork, good) in [("FRONTIER", true), ("HOMESTEAD", false), ("OSAKA", false)] {
        snapshot["fork"] = json!(fork);
        let result = simulate(
            &simulator_on(&snapshot, 1),
            json!({ "transactions": [bytes] }),
        );
        match result {
            Ok(result) => {
                assert!(good, "{fork}");
                assert_eq!(result.transactions[0].from, account.address);
            }
            Err(error) => {
                assert!(!good, "{fork}: {error}");
                assert_eq!(facts(&error)["field"], "raw");
            }
        }
    }
}

#[test]
fn a_sidecar_of_other_blobs() {
    let promised = B256::repeat_byte(1);
    let tx = TxEip4844 {
        chain_id: CHAIN,
        nonce: 1,
        gas_limit: 100_000,
        blob_versioned_hashes: vec![promised],
        ..TxEip4844::default()
    };
    let bytes = Account::new(1).sign(with_sidecar(tx));
    let (value, expected) = (format!("[{promised}]"), format!("[{SIDECAR_HASH}]"));
    check_transaction(json!(bytes), "blobVersionedHashes", &value, Some(&expected));
}

#[test]
fn wrong_chain_id() {
    let account = Account::new(1);
    let other = TxLegacy {
        chain_id: Some(5),
        ..legacy(1)
    };
    check_transaction(json!(account.sign(other)), "chainId", "0x5", Some("0x1"));
    let other = TxEip1559 {
        chain_id: 10,
        nonce: 1,
        ..TxEip1559::default()
    };
    check_transaction(json!(account.sign(other)), "chainId", "0xa", Some("0x1"));
    let mut call = good_call();
    call["chainId"] = json!("0x2");
    check_transaction(call, "chainId", "0x2", Some("0x1"));
}

#[test]
fn nonce_gaps_and_nonces_used_before() {
    let account = Account::new(1);
    check_transaction(json!(account.sign(legacy(3))), "nonce", "0x3", Some("0x1"));
    check_transaction(json!(account.sign(legacy(0))), "nonce", "0x0", Some("0x1"));
    let mut call = good_call();
    call["nonce"] = json!(9);
    check_transaction(call, "nonce", "0x9", Some("0x1"));
}

#[test]
fn an_unfunded_sender() {
    let poor = Account::new(9);
    let needed = format!("{:#x}", 100_000 * u128::from(BASE_FEE));
    let address = poor.address.to_string();
    check_transaction(json!(poor.sign(legacy(0))), "from", &address, Some(&needed));
    let rich = Account::new(1).address;
    let value = U256::from(101 * ETHER);
    let needed = format!("{:#x}", value + U256::from(21_000 * u128::from(BASE_FEE)));
    let call = json!({ "from": rich, "to": MINER, "value": value, "gas": 21_000 });
    check_transaction(call, "from", &rich.to_string(), Some(&needed));
}

#[test]
fn fees_and_gas_that_no_block_takes() {
    let from = Account::new(1).address;
    let call = |more: Value| {
        let mut call = good_call();
        call.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        call
    };
    let base_fee = format!("{BASE_FEE:#x}");
    let base_fee = Some(base_fee.as_str());
    check_transaction(call(json!({ "gasPrice": 1 })), "gasPrice", "0x1", base_fee);
    check_transaction(
        call(json!({ "maxFeePerGas": 2 })),
        "maxFeePerGas",
        "0x2",
        base_fee,
    );
    let tip = json!({ "maxFeePerGas": BASE_FEE, "maxPriorityFeePerGas": BASE_FEE + 1 });
    check_transaction(call(tip), "maxPriorityFeePerGas", "0x3b9aca01", base_fee);
    check_transaction(
        call(json!({ "gas": 20_999 })),
        "gas",
        "0x5207",
        Some("0x5208"),
    );
    check_transaction(
        call(json!({ "gas": 16_777_217 })),
        "gas",
        "0x1000001",
        Some("0x1000000"),
    );
    let blobs = json!({ "blobVersionedHashes": [] });
    check_transaction(call(blobs), "blobVersionedHashes", "an empty list", None);
    let both = json!({ "gasPrice": BASE_FEE, "maxFeePerGas": BASE_FEE });
    check_transaction(call(both), "gasPrice", "1000000000", None);
    let create = json!({ "from": from, "blobVersionedHashes": [B256::repeat_byte(1)] });
    check_transaction(create, "to", "undefined", None);
    let create = json!({ "from": from, "authorizationList": [] });
    check_transaction(create, "to", "undefined", None);
    let contract_sender = json!({ "from": contract::LOOP.0, "to": MINER });
    let mut overridden = json!({ "transactions": [good_call(), contract_sender] });
    overridden["stateOverrides"] =
        json!([{ "address": contract::LOOP.0, "balance": ETHER.to_string() }]);
    let error = simulate_error(&simulator(), overridden);
    assert_eq!(
        (&error["index"], &error["field"]),
        (&json!(1), &json!("from")),
        "{error}"
    );
}

#[test]
fn written_gas_that_the_block_has_no_room_for() {
    let mut call = good_call();
    call["gas"] = json!(16_000_000);
    call["to"] = json!(contract::LOOP.0);
    // Two use 32 of 36 million.
    let error = simulate_error(&simulator(), json!({ "transactions": [call, call, call] }));
    assert_eq!(error["code"], "INVALID_TRANSACTION");
    assert_eq!(error["index"], 2);
    assert_eq!(
        (&error["field"], &error["value"]),
        (&json!("gas"), &json!("0xf42400"))
    );
    assert_eq!(error["expected"], "0x3d0900");
}

#[test]
fn fields_of_a_call() {
    let with = |name: &str, value: Value| {
        let mut call = good_call();
        call[name] = value;
        call
    };
    check_transaction(with("gass", json!(1)), "gass", "1", None);
    check_transaction(with("from", json!("0x12")), "from", "0x12", None);
    check_transaction(with("from", json!(null)), "from", "undefined", None);
    check_transaction(with("value", json!("1.5")), "value", "1.5", None);
    check_transaction(with("value", json!(-1)), "value", "-1", None);
    check_transaction(with("data", json!("0xabc")), "data", "0xabc", None);
    check_transaction(with("type", json!(5)), "type", "5", None);
    check_transaction(
        with("type", json!("0x4")),
        "authorizationList",
        "a list of 0",
        None,
    );
    let list = json!([{ "address": MINER, "storageKeys": ["0x1", "nonsense"] }]);
    check_transaction(
        with("accessList", list),
        "accessList[0].storageKeys[1]",
        "nonsense",
        None,
    );
    let list =
        json!([{ "chainId": 1, "address": MINER, "nonce": 0, "yParity": 7, "r": 1, "s": 1 }]);
    check_transaction(
        with("authorizationList", list),
        "authorizationList[0].yParity",
        "7",
        None,
    );
    let mut both = with("data", json!("0x01"));
    both["input"] = json!("0x02");
    check_transaction(both, "input", "0x02", None);
}

#[test]
fn types_that_the_fork_does_not_have() {
    let mut snapshot = snapshot_json();
    snapshot["fork"] = json!("ISTANBUL");
    let mut call = good_call();
    call["type"] = json!("0x2");
    let error = simulate_error(
        &simulator_on(&snapshot, 1),
        json!({ "transactions": [call] }),
    );
    assert_eq!(
        (&error["field"], &error["value"]),
        (&json!("type"), &json!("0x2")),
        "{error}"
    );
    // EIP-155 came with Spurious Dragon.
    snapshot["fork"] = json!("HOMESTEAD");
    let bytes = Account::new(1).sign(legacy(0));
    let error = simulate_error(
        &simulator_on(&snapshot, 1),
        json!({ "transactions": [bytes] }),
    );
    assert_eq!(
        (&error["field"], &error["value"]),
        (&json!("chainId"), &json!("0x1")),
        "{error}"
    );
}

#[test]
fn fields_of_a_request() {
    let good = good_call();
    check_request(json!({ "transactions": [] }), "transactions", "a list of 0");
    check_request(json!({}), "transactions", "undefined");
    check_request(json!([]), "(root)", "a list of 0");
    check_request(json!({ "transactions": {} }), "transactions", "an object");
    check_request(
        json!({ "transactions": [good], "blok": {} }),
        "blok",
        "an object",
    );
    for (block, field, value) in [
        (json!({ "timestmap": 1 }), "block.timestmap", "1"),
        (json!({ "timestamp": "soon" }), "block.timestamp", "soon"),
        (json!({ "coinbase": "0x1" }), "block.coinbase", "0x1"),
        (
            json!({ "gasLimit": "0x10000000000000000" }),
            "block.gasLimit",
            "0x10000000000000000",
        ),
        (
            json!({ "excessBlobGas": u64::MAX }),
            "block.excessBlobGas",
            "0xffffffffffffffff",
        ),
    ] {
        check_request(
            json!({ "transactions": [good], "block": block }),
            field,
            value,
        );
    }
    for (entry, field, value) in [
        (json!({}), "stateOverrides[0].address", "undefined"),
        (
            json!({ "address": MINER, "balance": "lots" }),
            "stateOverrides[0].balance",
            "lots",
        ),
        (
            json!({ "address": MINER, "code": "0x1" }),
            "stateOverrides[0].code",
            "0x1",
        ),
        (
            json!({ "address": MINER, "code": "0xef01" }),
            "stateOverrides[0].code",
            "0xef01",
        ),
        (
            json!({ "address": MINER, "state": {}, "stateDiff": {} }),
            "stateOverrides[0].stateDiff",
            "an object",
        ),
        (
            json!({ "address": MINER, "state": { "first": "0x1" } }),
            "stateOverrides[0].state.first",
            "first",
        ),
    ] {
        check_request(
            json!({ "transactions": [good], "stateOverrides": [entry] }),
            field,
            value,
        );
    }
    let twice = json!([{ "address": MINER }, { "address": MINER }]);
    let request = json!({ "transactions": [good], "stateOverrides": twice });
    check_request(request, "stateOverrides[1].address", MINER);
    let request = json!({ "transactions": [good], "feeChecks": "none" });
    check_request(request, "feeChecks", "none");
    for (threads, value) in [(json!(0), "0"), (json!(3), "3"), (json!(10_000), "10000")] {
        check_request(
            json!({ "transactions": [good], "threads": threads }),
            "threads",
            value,
        );
    }
    assert!(matches!(
        BundleRequest::from_json(b"{\"transactions\":"),
        Err(Error::InvalidRequest { ref field, .. }) if field == "(root)"
    ));
}

#[test]
fn zero_and_ten_thousand_threads() {
    for threads in [0, 65, 10_000, usize::MAX] {
        let snapshot = Snapshot::from_json(snapshot_json().to_string().as_bytes()).unwrap();
        let error = facts(&Simulator::new(snapshot, threads).expect_err("refused"));
        assert_eq!(error["code"], "INVALID_REQUEST");
        assert_eq!(
            (&error["field"], &error["value"]),
            (&json!("threads"), &json!(threads.to_string()))
        );
    }
}

#[test]
fn snapshots() {
    let with = |path: &str, value: Value| {
        let mut snapshot = snapshot_json();
        *snapshot
            .pointer_mut(path)
            .unwrap_or_else(|| panic!("no {path}")) = value;
        snapshot
    };
    check_snapshot(&with("/fork", json!("FANTASY")), "fork", "FANTASY");
    check_snapshot(&with("/fork", json!(null)), "fork", "undefined");
    check_snapshot(&with("/chainId", json!("one")), "chainId", "one");
    check_snapshot(
        &with("/block/number", json!(null)),
        "block.number",
        "undefined",
    );
    check_snapshot(
        &with("/block/gasUsed", json!(null)),
        "block.gasUsed",
        "undefined",
    );
    check_snapshot(
        &with("/block/mixHash", json!("0x77")),
        "block.mixHash",
        "0x77",
    );
    let mut unknown = snapshot_json();
    unknown["account"] = json!({});
    check_snapshot(&unknown, "account", "an object");

    let counter = contract::COUNTER.0;
    let account = |value: Value| with(&format!("/accounts/{counter}"), value);
    let field = |name: &str| format!("accounts.{counter}.{name}");
    for (value, name, shown) in [
        (json!({ "balance": "0xzz" }), "balance", "0xzz"),
        (
            json!({ "nonce": "0x10000000000000000" }),
            "nonce",
            "0x10000000000000000",
        ),
        (json!({ "code": "0x5g" }), "code", "0x5g"),
        (json!({ "code": "5f" }), "code", "5f"),
        (json!({ "code": "0xef01000000" }), "code", "0xef01000000"),
        (json!({ "storage": { "0x1": "0x" } }), "storage.0x1", "0x"),
        (json!({ "storage": { "0xq": "0x1" } }), "storage.0xq", "0xq"),
        (json!({ "stroage": {} }), "stroage", "an object"),
    ] {
        check_snapshot(&account(value), &field(name), shown);
    }
    let mut bad_address = snapshot_json();
    bad_address["accounts"]["0xabc"] = json!({});
    check_snapshot(&bad_address, "accounts.0xabc", "0xabc");
    // The same account in two spellings.
    let mut twice = snapshot_json();
    let upper = format!("0x{}", counter[2..].to_uppercase());
    twice["accounts"][&upper] = json!({});
    let error = facts(&Snapshot::from_json(twice.to_string().as_bytes()).expect_err("refused"));
    assert_eq!(error["code"], "INVALID_SNAPSHOT", "{error}");

    for (params, field, value) in [
        (
            json!({ "target": 6, "max": 0, "baseFeeUpdateFraction": 1 }),
            "blobParams.max",
            "0",
        ),
        (
            json!({ "target": 6, "max": 5, "baseFeeUpdateFraction": 1 }),
            "blobParams.max",
            "5",
        ),
        (
            json!({ "target": 6, "max": 9, "baseFeeUpdateFraction": 0 }),
            "blobParams.baseFeeUpdateFraction",
            "0",
        ),
    ] {
        let mut snapshot = snapshot_json();
        snapshot["blobParams"] = params;
        check_snapshot(&snapshot, field, value);
    }
    for json in [
        &b""[..],
        b"{",
        b"[]",
        b"\xff\xfe",
        b"null",
        &[b'['; 100_000],
    ] {
        let error = facts(&Snapshot::from_json(json).expect_err("refused"));
        assert_eq!(
            (&error["code"], &error["field"]),
            (&json!("INVALID_SNAPSHOT"), &json!("(root)"))
        );
    }
}

#[test]
fn code_that_is_not_of_its_hash() {
    // keccak256 of no bytes, a value every client has as a constant.
    let empty = "0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470";
    let mut snapshot = snapshot_json();
    snapshot["codes"] = json!({ empty: "0x00" });
    check_snapshot(&snapshot, &format!("codes.{empty}"), "0x00");
    let mut snapshot = snapshot_json();
    snapshot["accounts"][contract::COUNTER.0]["codeHash"] = json!(empty);
    let field = format!("accounts.{}.codeHash", contract::COUNTER.0);
    check_snapshot(&snapshot, &field, empty);
    let mut snapshot = snapshot_json();
    snapshot["codes"] = json!({ "0x12": "0x00" });
    check_snapshot(&snapshot, "codes.0x12", "0x12");
}

#[test]
fn code_that_is_not_there_is_missing_state() {
    let hash = "0x1111111111111111111111111111111111111111111111111111111111111111";
    let mut snapshot = snapshot_json();
    snapshot["accounts"][contract::COUNTER.0] = json!({ "codeHash": hash });
    for threads in [1, 2] {
        let simulator = simulator_on(&snapshot, threads);
        let error = simulate_error(
            &simulator,
            json!({ "transactions": [good_call(), good_call()] }),
        );
        assert_eq!(
            (&error["code"], &error["codeHash"]),
            (&json!("MISSING_STATE"), &json!(hash))
        );
        // Only those who need it miss it.
        let other = json!({ "from": Account::new(1).address, "to": contract::LOGGER.0 });
        assert!(simulate(&simulator, json!({ "transactions": [other, other] })).is_ok());
    }
}

#[test]
fn a_snapshot_without_a_block_asks_for_what_it_cannot_guess() {
    let mut snapshot = snapshot_json();
    snapshot.as_object_mut().unwrap().remove("block");
    let simulator = simulator_on(&snapshot, 1);
    let mut request = json!({ "transactions": [good_call()] });
    let mut block = json!({});
    for (name, value) in [
        ("number", 1),
        ("timestamp", 2),
        ("gasLimit", 36_000_000),
        ("baseFeePerGas", 7),
    ] {
        let error = simulate_error(&simulator, request.clone());
        assert_eq!(error["code"], "INVALID_REQUEST");
        assert_eq!(error["field"], format!("block.{name}"));
        block[name] = json!(value);
        request["block"] = block.clone();
    }
    assert!(simulate(&simulator, request).is_ok());
}

#[test]
fn replays() {
    let simulator = simulator();
    let header = json!({
        "number": 101, "timestamp": 2000, "gasLimit": 36_000_000, "baseFeePerGas": BASE_FEE,
        "mixHash": B256::ZERO, "excessBlobGas": 0,
    });
    let block = json!({ "header": header, "transactions": [good_call()] });
    let replay = |request: Value| simulator.replay_block(&ReplayRequest::from(request));
    assert!(
        replay(json!({ "block": block, "compare": true }))
            .unwrap()
            .passed()
    );
    let with = |path: &str, value: Value| {
        let mut request = json!({ "block": block, "fork": "OSAKA" });
        let (parent, name) = path.rsplit_once('/').unwrap();
        request.pointer_mut(parent).unwrap()[name] = value;
        request
    };
    let account = Account::new(1);
    let signed = json!({ "raw": account.sign(legacy(0)), "from": MINER });
    for (request, code, field, value) in [
        (json!({}), "INVALID_REQUEST", "block", "undefined"),
        (
            with("/fork", json!("SOON")),
            "INVALID_REQUEST",
            "fork",
            "SOON",
        ),
        (
            with("/compare", json!("yes")),
            "INVALID_REQUEST",
            "compare",
            "yes",
        ),
        (
            with("/threads", json!(0)),
            "INVALID_REQUEST",
            "threads",
            "0",
        ),
        (
            with("/block/uncle", json!([])),
            "INVALID_REQUEST",
            "block.uncle",
            "a list of 0",
        ),
        (
            with("/block/uncles", json!(["0x1"])),
            "INVALID_REQUEST",
            "block.uncles[0]",
            "0x1",
        ),
        (
            with("/block/header/mixHash", json!(null)),
            "INVALID_REQUEST",
            "block.header.mixHash",
            "undefined",
        ),
        (
            with("/block/header/logsBloom", json!("0x00")),
            "INVALID_REQUEST",
            "block.header.logsBloom",
            "0x00",
        ),
        (
            with(
                "/block/withdrawals",
                json!([{ "address": MINER, "amount": "all" }]),
            ),
            "INVALID_REQUEST",
            "block.withdrawals[0].amount",
            "all",
        ),
        (
            with("/blockHashes", json!({ "x": "0x1" })),
            "INVALID_REQUEST",
            "blockHashes.x",
            "x",
        ),
        (
            with("/block/transactions", json!(["0x01"])),
            "INVALID_TRANSACTION",
            "raw",
            "0x01",
        ),
        (
            with("/block/transactions", json!([signed])),
            "INVALID_TRANSACTION",
            "from",
            MINER,
        ),
        (
            with("/block/transactions", json!([account.sign(legacy(5))])),
            "INVALID_TRANSACTION",
            "nonce",
            "0x5",
        ),
    ] {
        let error = facts(&replay(request).expect_err(field));
        assert_eq!(
            (&error["code"], &error["field"]),
            (&json!(code), &json!(field)),
            "{error}"
        );
        assert_eq!(error["value"], value, "{error}");
    }
}

/// From Prague on a block in which this contract fails is no block (EIP-7002).
#[test]
fn a_failing_protocol_call_makes_the_block_invalid() {
    // The withdrawal requests' contract, by the EIP.
    let contract = "0x00000961Ef480Eb55e80D19ad83579A64c007002";
    let mut snapshot = snapshot_json();
    snapshot["accounts"][contract] = json!({ "nonce": 1, "code": contract::INVALID.1 });
    let header = json!({
        "number": 101, "timestamp": 2000, "gasLimit": 36_000_000, "baseFeePerGas": BASE_FEE,
        "mixHash": B256::ZERO, "excessBlobGas": 0, "parentHash": B256::ZERO,
    });
    let request = json!({ "block": { "header": header, "transactions": [good_call()] } });
    for threads in [1, 2] {
        let simulator = simulator_on(&snapshot, threads);
        let result = simulator.replay_block(&ReplayRequest::from(request.clone()));
        let error = facts(&result.expect_err("the call fails"));
        assert_eq!(
            (&error["code"], &error["field"]),
            (&json!("INVALID_REQUEST"), &json!("block"))
        );
        assert_eq!(error["value"], contract);
    }
}

/// A block that does what it wants with the numbers of the environment.
#[test]
fn extreme_numbers_do_no_harm() {
    let max = u64::MAX;
    for block in [
        json!({ "number": max, "timestamp": max, "gasLimit": max }),
        json!({ "gasLimit": 0 }),
        json!({ "baseFeePerGas": max }),
        json!({ "difficulty": U256::MAX, "prevRandao": format!("{:#066x}", U256::MAX) }),
    ] {
        for fees in ["real", "relaxed"] {
            let request =
                json!({ "transactions": [good_call()], "block": block, "feeChecks": fees });
            // Whatever comes out, it comes out.
            if let Err(error) = simulate(&simulator(), request) {
                assert!(!error.is_engine_failure(), "{block} {fees}: {error}");
            }
        }
    }
    let mut snapshot = snapshot_json();
    snapshot["block"]["number"] = json!(max);
    snapshot["block"]["timestamp"] = json!(max);
    snapshot["block"]["baseFeePerGas"] = json!(max);
    snapshot["block"]["gasUsed"] = json!(max);
    let address = Account::new(1).address.to_string();
    snapshot["accounts"][&address]["nonce"] = json!(max);
    snapshot["accounts"][&address]["balance"] = json!(U256::MAX);
    let result = simulate(
        &simulator_on(&snapshot, 2),
        json!({ "transactions": [good_call()] }),
    );
    let error = facts(&result.expect_err("no nonce is left"));
    assert_eq!(
        (&error["code"], &error["field"]),
        (&json!("INVALID_TRANSACTION"), &json!("nonce"))
    );
}

/// A generator of the kind that every textbook has (xorshift64), so that a failure can be repeated.
struct Random(u64);

impl Random {
    const fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    const fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }
}

/// Good input with some of its bytes changed, cut out or doubled: never a panic, never the engine's
/// own fault, and good requests work to the end.
#[test]
fn damaged_requests_and_snapshots_end_in_results_or_typed_errors() {
    const SEED: u64 = 0x5eed_f0e0_4e44;
    println!("seed {SEED:#x}");
    let mut random = Random(SEED);
    let simulator = simulator();
    let account = Account::new(2);
    let list = json!([{ "chainId": 1, "address": MINER, "nonce": 0, "yParity": 1, "r": "0x1", "s": "0x1" }]);
    let bundle = json!({
        "transactions": [
            account.sign(legacy(0)),
            account.sign(TxEip1559 {
                chain_id: CHAIN, nonce: 1, gas_limit: 50_000, max_fee_per_gas: 2_000_000_000,
                ..TxEip1559::default()
            }),
            { "from": Account::new(1).address, "to": contract::COUNTER.0, "gas": 60_000, "value": "0x1",
              "authorizationList": list, "accessList": [{ "address": MINER, "storageKeys": ["0x1"] }] },
        ],
        "block": { "number": 5, "timestamp": "0x9", "baseFeePerGas": BASE_FEE, "gasLimit": "30000000" },
        "stateOverrides": [{ "address": contract::COUNTER.0, "balance": 1, "stateDiff": { "0x0": "0x5" } }],
        "feeChecks": "relaxed",
        "threads": 2,
    })
    .to_string();
    let snapshot = snapshot_json().to_string();
    let (mut answered, mut refused) = (0, 0);
    for round in 0..3000 {
        let text = if round % 2 == 0 { &bundle } else { &snapshot };
        let mut bytes = text.clone().into_bytes();
        for _ in 0..=random.below(3) {
            let at = random.below(bytes.len());
            match random.below(4) {
                0 => bytes[at] = b"0123456789abcdefx\"{}[],:-."[random.below(26)],
                1 => drop(bytes.drain(at..(at + 1 + random.below(8)).min(bytes.len()))),
                2 => bytes[at] = random.next() as u8,
                _ => {
                    let end = (at + 1 + random.below(40)).min(bytes.len());
                    let copy = bytes[at..end].to_vec();
                    bytes.splice(at..at, copy);
                }
            }
        }
        let result = if round % 2 == 0 {
            BundleRequest::from_json(&bytes)
                .and_then(|request| simulator.simulate_bundle(&request))
                .map(drop)
        } else {
            Snapshot::from_json(&bytes).map(drop)
        };
        match result {
            Ok(()) => answered += 1,
            Err(error) => {
                let text = String::from_utf8_lossy(&bytes);
                assert!(!error.is_engine_failure(), "round {round}: {error}\n{text}");
                refused += 1;
            }
        }
    }
    assert!(
        answered > 100 && refused > 100,
        "{answered} answered, {refused} refused"
    );
    assert!(simulate(&simulator, json!({ "transactions": [good_call()] })).is_ok());
}
