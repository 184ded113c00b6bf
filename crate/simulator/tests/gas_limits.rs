//! The gas that the transactions of a bundle need: enough, and no unit more than enough, at their places.

mod support;

use alloy_primitives::U64;
use serde_json::{Value, json};
use support::{Account, contract, facts, simulate, simulator_on, snapshot_json};

const CLEARER: &str = "0x00000000000000000000000000000000000000e1";
const FORWARDER: &str = "0x00000000000000000000000000000000000000e2";

fn snapshot() -> Value {
    let mut snapshot = snapshot_json();
    // Sets slot 0 to zero, which gives gas back at the end.
    snapshot["accounts"][CLEARER] =
        json!({ "nonce": 1, "code": "0x5f5f5500", "storage": { "0x0": "0x1" } });
    // Calls the counter with all gas there is, and reverts if that was not enough.
    let counter = &contract::COUNTER.0[2..];
    let code = format!("0x5f5f5f5f5f73{counter}5af16022575f5ffd5b00");
    snapshot["accounts"][FORWARDER] = json!({ "nonce": 1, "code": code });
    snapshot
}

fn calls() -> Vec<Value> {
    let from = Account::new(1).address;
    let to = [
        contract::COUNTER.0,
        contract::COUNTER.0,
        CLEARER,
        FORWARDER,
        contract::REVERTER.0,
        contract::LOGGER.0,
        // Plain by now.
        CLEARER,
        support::MINER,
    ];
    to.map(|to| json!({ "from": from, "to": to, "gas": 200_000 }))
        .to_vec()
}

fn needed(threads: usize, calls: &[Value]) -> Vec<Option<Option<U64>>> {
    let request = json!({ "transactions": calls, "include": ["gasLimitNeeded"] });
    let result = simulate(&simulator_on(&snapshot(), threads), request).expect("the bundle runs");
    result
        .transactions
        .iter()
        .map(|tx| tx.gas_limit_needed)
        .collect()
}

/// Whether a transaction of the bundle succeeds, with another gas limit.
fn succeeds(calls: &[Value], index: usize, gas: u64) -> bool {
    let mut calls = calls.to_vec();
    calls[index]["gas"] = json!(gas);
    let request = json!({ "transactions": calls });
    let result = simulate(&simulator_on(&snapshot(), 1), request);
    result.is_ok_and(|result| result.transactions[index].error.is_none())
}

#[test]
fn each_limit_is_the_least_with_which_its_transaction_succeeds() {
    let calls = calls();
    let limits = needed(1, &calls);
    for threads in [2, 8] {
        assert_eq!(needed(threads, &calls), limits, "on {threads} threads");
    }
    for (index, limit) in limits.iter().enumerate() {
        let limit = limit.expect("it was asked for");
        println!("{index}: {limit:?}");
        let Some(limit) = limit else {
            assert_eq!(calls[index]["to"], contract::REVERTER.0);
            continue;
        };
        let limit = limit.to::<u64>();
        assert!(succeeds(&calls, index, limit), "{index}: {limit} is enough");
        assert!(
            !succeeds(&calls, index, limit - 1),
            "{index}: {limit} is the least"
        );
    }
    // A payment, to the unit.
    assert_eq!(limits[7], Some(Some(U64::from(21_000))));
    // 20,000 for the first write to a slot and 2,900 for a later one.
    let of = |index: usize| limits[index].flatten().unwrap().to::<u64>();
    assert_eq!(of(0) - of(1), 17_100);
}

#[test]
fn one_that_ran_out_of_gas_is_told_what_it_needs() {
    let mut short = calls();
    short[3]["gas"] = json!(30_000);
    assert_eq!(needed(2, &short)[3], needed(2, &calls())[3]);
}

#[test]
fn nothing_is_found_out_that_was_not_asked_for() {
    let simulator = simulator_on(&snapshot(), 1);
    let result = simulate(&simulator, json!({ "transactions": calls() })).unwrap();
    assert!(
        result
            .transactions
            .iter()
            .all(|tx| tx.gas_limit_needed.is_none())
    );
    let request = json!({ "transactions": calls(), "include": ["gas"] });
    let error = facts(&simulate(&simulator, request).unwrap_err());
    assert_eq!(error["field"], "include[0]");
}
