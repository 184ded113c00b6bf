//! Calls that are traced, held to what a node traced of the same transactions: block 22244135.

mod support;

use serde_json::{Value, json};
use support::{
    codes_of, contract, member, pack,
    rpc::{error, result},
    snapshot_json,
};

/// How many of the block's transactions are called, in order.
const CALLS: usize = 12;

/// The pinned block is the recorded one, on the state before it: calls have its environment.
struct Recorded {
    snapshot: Value,
    calls: Vec<Value>,
    traces: Vec<(String, Vec<u8>)>,
}

impl Recorded {
    fn read() -> Option<Self> {
        let blocks = pack("blocks.tar.gz")?;
        let traces = pack("traces-22244135.tar.gz")?;
        let file = member(&blocks, "22244135.json");
        let codes = codes_of(&file, &member(&blocks, "codes.json"));
        let calls = file["transactions"].as_array().expect("a list").iter();
        let calls = calls.take(CALLS).map(|tx| {
            let mut call = tx.as_object().expect("an object").clone();
            // There it is the price that was paid.
            if call.contains_key("maxFeePerGas") {
                call.remove("gasPrice");
            }
            Value::Object(call)
        });
        Some(Self {
            calls: calls.collect(),
            traces,
            snapshot: json!({
                "chainId": file["chainId"], "fork": file["fork"],
                "blobParams": file["blobParams"], "block": file["header"],
                "accounts": file["pre"], "codes": codes, "blockHashes": file["blockHashes"],
            }),
        })
    }

    fn theirs(&self, name: &str) -> Vec<Value> {
        let mut file = member(&self.traces, name);
        let list = file["result"].as_array_mut().expect("a list");
        let list = list.iter_mut().take(CALLS);
        list.map(|trace| trace["result"].take()).collect()
    }
}

#[test]
fn a_call_is_traced_as_the_transaction_was() {
    let Some(recorded) = Recorded::read() else {
        return;
    };
    let params = json!([recorded.calls[0], "latest", { "tracer": "callTracer" }]);
    let ours = result(&recorded.snapshot, "debug_traceCall", params);
    assert_eq!(ours, recorded.theirs("calltrace.json")[0]);
}

#[test]
fn calls_of_a_bundle_are_traced_as_the_transactions_of_the_block_were() {
    let Some(recorded) = Recorded::read() else {
        return;
    };
    let bundles = json!([{ "transactions": recorded.calls }]);
    let params = json!([bundles, { "blockNumber": "latest" }, { "tracer": "callTracer" }]);
    let ours = result(&recorded.snapshot, "debug_traceCallMany", params);
    assert_eq!(ours[0], Value::from(recorded.theirs("calltrace.json")));
}

#[test]
fn instructions_are_listed_where_no_tracer_is_named() {
    let account = "0x00000000000000000000000000000000000000aa";
    let snapshot = json!({
        "chainId": 1, "fork": "OSAKA",
        "block": {
            "number": 9, "timestamp": 9, "gasLimit": 30_000_000, "gasUsed": 0, "baseFeePerGas": 7,
            "mixHash": format!("0x{:064x}", 1), "excessBlobGas": 0, "blobGasUsed": 0,
        },
        // PUSH1 1, PUSH0, SSTORE, STOP
        "accounts": { account: { "nonce": 1, "code": "0x60015f5500" } },
    });
    let call = json!({ "to": account, "gas": "0x186a0" });
    let trace = result(&snapshot, "debug_traceCall", json!([call, "latest"]));
    let zero = "0x0";
    // 100,000 gas less 21,000 for the transaction; a slot that is set from zero, cold, is 22,100
    // (EIP-2200, EIP-2929).
    assert_eq!(
        trace,
        json!({
            "gas": 43_105, "failed": false, "returnValue": "0x",
            "structLogs": [
                { "pc": 0, "op": "PUSH1", "gas": 79_000, "gasCost": 3, "depth": 1, "stack": [] },
                { "pc": 2, "op": "PUSH0", "gas": 78_997, "gasCost": 2, "depth": 1, "stack": ["0x1"] },
                {
                    "pc": 3, "op": "SSTORE", "gas": 78_995, "gasCost": 22_100, "depth": 1,
                    "stack": ["0x1", zero],
                    "storage": { format!("0x{:064x}", 0): format!("0x{:064x}", 1) },
                },
                { "pc": 4, "op": "STOP", "gas": 56_895, "gasCost": 0, "depth": 1, "stack": [] },
            ],
        })
    );
}

#[test]
fn what_cannot_be_traced_is_said() {
    let snapshot = snapshot_json();
    let trace = |call: Value, options: Value| {
        let params = json!([call, "latest", options]);
        error(&snapshot, "debug_traceCall", params)
    };
    let refused = trace(
        json!({ "to": contract::COUNTER.0 }),
        json!({ "tracer": "noSuchTracer" }),
    );
    assert_eq!(refused["code"], -32602);
    assert!(
        refused["message"]
            .as_str()
            .expect("text")
            .contains("noSuchTracer")
    );
    let poor = json!({
        "from": "0x00000000000000000000000000000000000000bb", "value": "0x1",
        "to": "0x00000000000000000000000000000000000000cc",
    });
    let refused = trace(poor, json!({ "tracer": "callTracer" }));
    assert_eq!(refused["code"], -32000);
    let message = refused["message"].as_str().expect("text");
    assert!(
        message.starts_with("tracing failed: err: insufficient funds"),
        "{message}"
    );
}
