//! The access lists of the transactions of a bundle, each at its place.

mod support;

use alloy_primitives::B256;
use forerun_simulator::BundleResult;
use serde_json::{Value, json};
use support::{Account, contract, simulate, simulator_on, snapshot_json};

/// Reads the slot whose number slot 0 of itself holds, and then adds one to slot 0.
const CHAIN: &str = "0x00000000000000000000000000000000000000e1";
const FORWARDER: &str = "0x00000000000000000000000000000000000000e2";

fn snapshot() -> Value {
    let mut snapshot = snapshot_json();
    let code = "0x5f54545060015f54015f5500";
    snapshot["accounts"][CHAIN] = json!({ "nonce": 1, "code": code, "storage": { "0x0": "0x7" } });
    let counter = &contract::COUNTER.0[2..];
    let code = format!("0x5f5f5f5f5f73{counter}5af100");
    snapshot["accounts"][FORWARDER] = json!({ "nonce": 1, "code": code });
    snapshot
}

fn run(snapshot: &Value, transactions: &Value, threads: usize) -> BundleResult {
    let request = json!({ "transactions": transactions, "include": ["accessList"] });
    simulate(&simulator_on(snapshot, threads), request).expect("the bundle runs")
}

fn lists(snapshot: &Value, transactions: &Value, threads: usize) -> Vec<Value> {
    let result = run(snapshot, transactions, threads);
    let lists = result.transactions.iter().map(|tx| json!(tx.access_list));
    lists.collect()
}

const fn slot(number: u8) -> B256 {
    B256::with_last_byte(number)
}

#[test]
fn each_list_is_that_of_its_transaction_at_its_place() {
    let from = Account::new(1).address;
    let to = |address: &str| json!({ "from": from, "to": address });
    let other = Account::new(3).address.to_string();
    let calls = json!([to(CHAIN), to(CHAIN), to(FORWARDER), to(&other)]);
    for threads in [1, 2, 8] {
        let found = lists(&snapshot(), &calls, threads);
        assert_eq!(
            found[0],
            json!([{ "address": CHAIN, "storageKeys": [slot(0), slot(7)] }])
        );
        assert_eq!(
            found[1],
            json!([{ "address": CHAIN, "storageKeys": [slot(0), slot(8)] }])
        );
        let counter = contract::COUNTER.0;
        assert_eq!(
            found[2],
            json!([{ "address": counter, "storageKeys": [slot(0)] }])
        );
        assert_eq!(found[3], json!([]));
    }
}

/// 4,300 for an address and a slot in the list. Without it: 2,600 for the account and 2,100 for the slot.
#[test]
fn a_listed_transaction_costs_what_the_list_saves_and_takes() {
    let mut call = json!({ "from": Account::new(1).address, "to": FORWARDER });
    let plain = run(&snapshot(), &json!([call]), 1);
    call["accessList"] = json!(plain.transactions[0].access_list);
    let listed = run(&snapshot(), &json!([call]), 1);
    let gas = |result: &BundleResult| result.gas_used.to::<u64>();
    assert_eq!(gas(&listed), gas(&plain) - 2_500 - 2_000 + 4_300);
    let lists = [&plain, &listed].map(|result| result.transactions[0].access_list.clone());
    assert_eq!(lists[0], lists[1]);
}

#[test]
fn there_are_no_lists_before_berlin_and_none_that_were_not_asked_for() {
    let mut snapshot = snapshot();
    let call = json!([{ "from": Account::new(1).address, "to": CHAIN, "gasPrice": 2_000_000_000 }]);
    let result = simulate(&simulator_on(&snapshot, 1), json!({ "transactions": call }));
    assert!(result.unwrap().transactions[0].access_list.is_none());
    snapshot["fork"] = json!("ISTANBUL");
    snapshot["accounts"][CHAIN]["code"] = json!("0x600054");
    assert!(
        run(&snapshot, &call, 1).transactions[0]
            .access_list
            .is_none()
    );
}
