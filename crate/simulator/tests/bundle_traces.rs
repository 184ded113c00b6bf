//! The calls of a bundle's transactions, and what they changed, as they are told with its result.

mod support;

use forerun_simulator::{BundleRequest, BundleResult, Simulator, TransactionResult};
use serde_json::{Map, Value, json};
use support::{Account, codes, contract, facts, member, pack, recorded, simulate, simulator_on};

fn request(transactions: &Value) -> Value {
    json!({ "transactions": transactions, "include": ["calls", "stateChanges"] })
}

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).expect("it is JSON")
}

fn calls(of: &TransactionResult) -> Value {
    let calls = of.calls.as_ref().expect("they were asked for");
    parsed(calls.as_ref().expect("there is room"))
}

fn changes(of: &TransactionResult) -> Value {
    parsed(of.state_changes.as_ref().expect("they were asked for"))
}

fn net(of: &BundleResult) -> Value {
    parsed(of.state_changes.as_ref().expect("they were asked for"))
}

/// The one entry of a list that is about an address.
fn about(list: &Value, address: &str) -> Value {
    let mut entries = list.as_array().expect("a list").iter();
    let entry = entries.find(|entry| entry["address"] == address);
    entry.cloned().unwrap_or_default()
}

/// What a node said of the state before and after a transaction, as changes of accounts.
fn changes_of_node(diff: &Value) -> Value {
    let zero = json!(format!("0x{}", "0".repeat(64)));
    let (pre, post) = (&diff["pre"], &diff["post"]);
    let after = post.as_object().expect("accounts");
    let changed = after.iter().map(|(address, after)| {
        let before = &pre[address];
        let mut entry = Map::from_iter([("address".to_owned(), json!(address))]);
        let mut pair = |name: &str, none: Value, as_told: fn(&Value) -> Value| {
            if let Some(value) = after.get(name) {
                let before = before.get(name).map_or(none, as_told);
                entry.insert(
                    name.to_owned(),
                    json!({ "before": before, "after": as_told(value) }),
                );
            }
        };
        pair("balance", json!("0x0"), Value::clone);
        pair("nonce", json!("0x0"), |nonce| {
            json!(format!("{:#x}", nonce.as_u64().expect("a number")))
        });
        pair("code", json!("0x"), Value::clone);
        let mut slots = Map::new();
        for (side, name) in [(before, "before"), (after, "after")] {
            for (slot, value) in side["storage"].as_object().into_iter().flatten() {
                let entry = slots
                    .entry(slot.clone())
                    .or_insert_with(|| json!({ "slot": slot, "before": zero, "after": zero }));
                entry[name] = value.clone();
            }
        }
        if !slots.is_empty() {
            let mut slots: Vec<_> = slots.into_iter().collect();
            slots.sort_by(|a, b| a.0.cmp(&b.0));
            let slots: Vec<_> = slots.into_iter().map(|(_, slot)| slot).collect();
            entry.insert("storage".to_owned(), json!(slots));
        }
        Value::Object(entry)
    });
    changed.collect()
}

#[test]
fn a_whole_block_as_a_bundle_does_what_a_node_saw() {
    let (Some(blocks), Some(traces)) = (pack("blocks.tar.gz"), pack("traces-22244135.tar.gz"))
    else {
        return;
    };
    let file = member(&blocks, "22244135.json");
    let header = &file["header"];
    let (snapshot, _) = recorded(&file, &codes(&blocks));
    let simulator = Simulator::new(snapshot, 8).expect("the thread count is good");
    let sent = file["transactions"].as_array().expect("a list");
    let sent: Vec<_> = sent.iter().map(|tx| &tx["raw"]).collect();
    let mut request = request(&json!(sent));
    request["block"] = json!({
        "number": header["number"], "timestamp": header["timestamp"], "coinbase": header["miner"],
        "gasLimit": header["gasLimit"], "baseFeePerGas": header["baseFeePerGas"],
        "prevRandao": header["mixHash"], "excessBlobGas": header["excessBlobGas"],
    });
    let recorded = |name| member(&traces, name)["result"].take();
    let (trees, diffs) = (recorded("calltrace.json"), recorded("difftrace.json"));
    for threads in [1, 2, 8] {
        request["threads"] = json!(threads);
        let result = simulator
            .simulate_bundle(&BundleRequest::from(request.clone()))
            .expect("the block runs");
        assert_eq!(result.transactions.len(), 125);
        for (index, one) in result.transactions.iter().enumerate() {
            let mut tree = calls(one);
            without_logs(&mut tree);
            assert_eq!(tree, trees[index]["result"], "transaction {index}");
            let expected = changes_of_node(&diffs[index]["result"]);
            assert_eq!(changes(one), expected, "transaction {index}");
        }
    }
}

/// The node was not asked for logs.
fn without_logs(call: &mut Value) {
    call.as_object_mut().expect("a call").remove("logs");
    for inner in call["calls"].as_array_mut().into_iter().flatten() {
        without_logs(inner);
    }
    if call["calls"].is_null() {
        call.as_object_mut().expect("a call").remove("calls");
    }
}

#[test]
fn logs_are_numbered_through_the_bundle_and_failures_have_their_reason() {
    let from = Account::new(1).address;
    let to = [contract::LOGGER, contract::REVERTER, contract::LOGGER];
    let sent = to.map(|to| json!({ "from": from, "to": to.0, "gas": 100_000 }));
    let snapshot = support::snapshot_json();
    let result = simulate(&simulator_on(&snapshot, 2), request(&json!(sent))).expect("it runs");
    let [first, second, third] = [0, 1, 2].map(|index| calls(&result.transactions[index]));
    for (index, call) in [(0, first), (1, third)] {
        let topic = format!("0x{:064x}", 42);
        let log = json!({
            "address": contract::LOGGER.0, "topics": [topic], "data": "0x",
            "index": format!("{index:#x}"), "position": "0x0",
        });
        assert_eq!(call["logs"], json!([log]));
        assert_eq!(call["type"], "CALL");
        assert_eq!(call["gas"], "0x186a0");
    }
    assert_eq!(second["error"], "execution reverted");
    assert_eq!(second["revertReason"], "not enough");
}

#[test]
fn what_all_transactions_changed_together_is_told_too() {
    let [alice, bob] = [1, 2].map(|number| Account::new(number).address);
    let pay = |from, to, value: u64| json!({ "from": from, "to": to, "value": value, "gas": 21_000, "gasPrice": support::BASE_FEE });
    let count = json!({ "from": alice, "to": contract::COUNTER.0, "gas": 100_000 });
    let sent = json!([count, pay(alice, bob, 7), pay(bob, alice, 7), count]);
    let snapshot = support::snapshot_json();
    let result = simulate(&simulator_on(&snapshot, 2), request(&sent)).expect("it runs");
    let slot = |number: u64| format!("0x{number:064x}");
    for (index, before, after) in [(0, 0, 1), (3, 1, 2)] {
        let expected = json!({
            "address": contract::COUNTER.0,
            "storage": [{ "slot": slot(0), "before": slot(before), "after": slot(after) }],
        });
        let found = about(&changes(&result.transactions[index]), contract::COUNTER.0);
        assert_eq!(found, expected);
    }
    let net = net(&result);
    let storage = &about(&net, contract::COUNTER.0)["storage"];
    let expected = json!([{ "slot": slot(0), "before": slot(0), "after": slot(2) }]);
    assert_eq!(*storage, expected);
    // Bob has his 7 wei back and has paid for 21,000 gas.
    let bob = about(&net, &format!("{bob:#x}"));
    let after = 100 * support::ETHER - 21_000 * u128::from(support::BASE_FEE);
    let (before, after) = (
        format!("{:#x}", 100 * support::ETHER),
        format!("{after:#x}"),
    );
    assert_eq!(bob["balance"], json!({ "before": before, "after": after }));
    assert_eq!(bob["nonce"], json!({ "before": "0x0", "after": "0x1" }));
    assert!(bob.get("code").is_none() && bob.get("storage").is_none());
}

#[test]
fn with_an_account_goes_what_it_stored() {
    let destroyed = "0x00000000000000000000000000000000000000e9";
    let mut snapshot = support::snapshot_json();
    snapshot["fork"] = json!("SHANGHAI");
    let block = snapshot["block"].as_object_mut().expect("a block");
    block.retain(|name, _| !name.contains("lobGas"));
    // With data it sets slot 0 to one, without it destroys itself.
    snapshot["accounts"][destroyed] = json!({
        "nonce": 1, "code": "0x3660065733ff5b60015f5500", "storage": { "0x0": "0x9" },
    });
    let call = |data| json!({ "from": Account::new(1).address, "to": destroyed, "data": data, "gas": 100_000 });
    let sent = json!([call("0x01"), call("0x")]);
    let result = simulate(&simulator_on(&snapshot, 2), request(&sent)).expect("it runs");
    let gone = json!({
        "address": destroyed,
        "nonce": { "before": "0x1", "after": "0x0" },
        "code": { "before": "0x3660065733ff5b60015f5500", "after": "0x" },
    });
    assert_eq!(about(&changes(&result.transactions[1]), destroyed), gone);
    let slot = |number: u64| format!("0x{number:064x}");
    let mut expected = gone;
    expected["storage"] = json!([{ "slot": slot(0), "before": slot(9), "after": slot(0) }]);
    assert_eq!(about(&net(&result), destroyed), expected);
}

#[test]
fn more_calls_than_there_is_room_for_are_left_out_as_a_whole() {
    let greedy = "0x00000000000000000000000000000000000000ea";
    let mut snapshot = support::snapshot_json();
    // Hands 32 KiB to the identity precompile until there is no gas left.
    let code = "0x5b5f5f6180005f5f60045af1505f56";
    snapshot["accounts"][greedy] = json!({ "nonce": 1, "code": code });
    let from = Account::new(1).address;
    let sent = [greedy, contract::LOGGER.0];
    let sent = sent.map(|to| json!({ "from": from, "to": to, "gas": 10_000_000 }));
    let result = simulate(&simulator_on(&snapshot, 2), request(&json!(sent))).expect("it runs");
    assert_eq!(result.transactions[0].calls, Some(None));
    assert_eq!(calls(&result.transactions[1])["to"], contract::LOGGER.0);
    assert_ne!(
        about(&changes(&result.transactions[0]), &format!("{from:#x}")),
        Value::Null
    );
}

#[test]
fn nothing_is_told_that_was_not_asked_for() {
    let from = Account::new(1).address;
    let mut request = request(&json!([{ "from": from, "to": contract::LOGGER.0 }]));
    let simulator = simulator_on(&support::snapshot_json(), 2);
    let told = |request: &Value| {
        let result = simulate(&simulator, request.clone()).expect("it runs");
        let one = &result.transactions[0];
        let told = [one.calls.is_some(), one.state_changes.is_some()];
        (told, result.state_changes.is_some())
    };
    assert_eq!(told(&request), ([true, true], true));
    request["include"] = json!(["calls", "calls"]);
    assert_eq!(told(&request), ([true, false], false));
    request["include"] = json!([]);
    assert_eq!(told(&request), ([false, false], false));
    request["include"] = json!(["calls", "traces"]);
    let error = simulate(&simulator, request).expect_err("nobody knows traces");
    assert_eq!(facts(&error)["field"], "include[1]");
}
