//! The engine in a browser, in a dedicated worker, as `wasm-pack test --headless` runs it: once in
//! the single build, and with the feature `test-threads` on a pool of three threads over shared
//! memory. The same tests serve both: threads may not be observable in a result.

#![cfg(target_arch = "wasm32")]

// The random bundles of the executor's own tests.
#[path = "../../executor/tests/executor/assembly.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod assembly;
#[path = "../../executor/tests/executor/contracts.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod contracts;
#[path = "../../executor/tests/executor/played.rs"]
mod played;
#[path = "engine/random.rs"]
mod random;
#[path = "../../executor/tests/executor/world.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod world;

use forerun_wasm::Engine;
use serde_json::{Value, json};
use wasm_bindgen::JsValue;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

// Waiting for the pool blocks, which the main thread of a page may not.
wasm_bindgen_test_configure!(run_in_dedicated_worker);

const THREADS: usize = if cfg!(feature = "threads") { 3 } else { 1 };

/// Adds one to slot 0, logs the new value and returns it.
const COUNTER_CODE: &str = "0x5f54600101805f555f5260205fa060205ff3";
const COUNTER: &str = "0xc000000000000000000000000000000000000001";
/// Always reverts, with one byte of data: 0x2a.
const REVERTER_CODE: &str = "0x602a5f5360015ffd";
const REVERTER: &str = "0xc000000000000000000000000000000000000002";
/// Calls itself with all gas and returns one more than that call returned (nothing, if it failed).
const NESTER_CODE: &str = "0x60205f5f5f5f305af1505f516001015f5260205ff3";
const NESTER: &str = "0xc000000000000000000000000000000000000003";
const SENDERS: usize = 24;

fn sender(index: usize) -> String {
    format!("0x{:040x}", 0xaaaa_0000 + index)
}

fn snapshot() -> Value {
    let mut accounts = serde_json::Map::new();
    for index in 0..SENDERS {
        accounts.insert(
            sender(index),
            json!({ "balance": "0xde0b6b3a7640000", "nonce": 0 }),
        );
    }
    accounts.insert(
        COUNTER.into(),
        json!({ "balance": "0x0", "nonce": 1, "code": COUNTER_CODE }),
    );
    accounts.insert(
        REVERTER.into(),
        json!({ "balance": "0x0", "nonce": 1, "code": REVERTER_CODE }),
    );
    accounts.insert(
        NESTER.into(),
        json!({ "balance": "0x0", "nonce": 1, "code": NESTER_CODE }),
    );
    json!({ "chainId": 1, "fork": "PRAGUE", "accounts": accounts })
}

fn bundle(transactions: Vec<Value>) -> Value {
    json!({
        "transactions": transactions,
        "block": {
            "number": "0x64", "timestamp": "0x3e8", "baseFeePerGas": "0x7",
            "coinbase": "0x00000000000000000000000000000000000000fe", "gasLimit": "0x1c9c380",
        },
    })
}

fn bytes(value: &Value) -> Vec<u8> {
    value.to_string().into_bytes()
}

fn read(value: JsValue) -> Value {
    serde_wasm_bindgen::from_value(value).expect("results and errors are plain values")
}

fn simulate(engine: &Engine, request: &Value) -> Result<Value, Value> {
    engine
        .simulate_bundle(&bytes(request))
        .map(read)
        .map_err(read)
}

/// Makes an engine, and before the first one the pool.
async fn engine() -> Engine {
    start_pool().await;
    Engine::new(&bytes(&snapshot()), THREADS)
        .map_err(read)
        .expect("the snapshot is good")
}

#[cfg(feature = "threads")]
async fn start_pool() {
    // The global pool can be built only once; every test waits for the same promise.
    thread_local!(static STARTED: js_sys::Promise = forerun_wasm::init_thread_pool(THREADS));
    wasm_bindgen_futures::JsFuture::from(STARTED.with(Clone::clone))
        .await
        .expect("it starts");
}

#[cfg(not(feature = "threads"))]
async fn start_pool() {}

/// The parts of a result that must not depend on threads or time.
fn comparable(mut result: Value) -> Value {
    let object = result.as_object_mut().expect("a result is an object");
    object.remove("report");
    object.remove("milliseconds");
    result
}

fn conflicting_calls() -> Vec<Value> {
    (0..SENDERS)
        .map(|index| json!({ "from": sender(index), "to": COUNTER }))
        .collect()
}

#[wasm_bindgen_test]
async fn transfers_cost_what_the_protocol_says() {
    let engine = engine().await;
    let transactions = (0..SENDERS)
        .map(|index| json!({ "from": sender(index), "to": sender(index + 1000), "value": "0x1" }))
        .collect();
    let result = simulate(&engine, &bundle(transactions)).expect("the bundle is good");
    assert_eq!(result["status"], "success");
    assert_eq!(result["gasUsed"], format!("{:#x}", 21_000 * SENDERS));
    for (index, transaction) in result["transactions"]
        .as_array()
        .unwrap()
        .iter()
        .enumerate()
    {
        assert_eq!(transaction["index"], index);
        assert_eq!(transaction["status"], "success");
        assert_eq!(transaction["gasUsed"], "0x5208");
    }
}

#[wasm_bindgen_test]
async fn conflicting_calls_count_in_order() {
    let engine = engine().await;
    let result = simulate(&engine, &bundle(conflicting_calls())).expect("the bundle is good");
    let transactions = result["transactions"].as_array().unwrap();
    assert_eq!(transactions.len(), SENDERS);
    for (index, transaction) in transactions.iter().enumerate() {
        let count = format!("0x{:064x}", index + 1);
        assert_eq!(transaction["output"], count);
        assert_eq!(transaction["logs"][0]["data"], count);
        assert_eq!(transaction["logs"][0]["logIndex"], index);
    }
}

#[wasm_bindgen_test]
async fn parallel_equals_sequential() {
    let engine = engine().await;
    let mut transactions = conflicting_calls();
    transactions.push(json!({ "from": sender(0), "to": REVERTER }));
    transactions.push(json!({ "from": sender(1), "to": sender(2), "value": "0x5" }));
    let mut request = bundle(transactions);
    let parallel = simulate(&engine, &request).expect("the bundle is good");
    request["threads"] = json!(1);
    let sequential = simulate(&engine, &request).expect("the bundle is good");
    assert_eq!(parallel["report"]["threads"], THREADS);
    assert_eq!(sequential["report"]["threads"], 1);
    assert_eq!(comparable(parallel), comparable(sequential));
}

#[wasm_bindgen_test]
async fn a_timeline_is_told_by_one_clock() {
    // Of this worker; those of the pool started at other times.
    let now = || js_sys::Date::now();
    let engine = engine().await;
    let mut request = bundle(conflicting_calls());
    let untold = simulate(&engine, &request).expect("the bundle is good");
    assert!(untold["report"].get("timeline").is_none());
    request["timeline"] = json!(true);
    let before = now();
    let told = simulate(&engine, &request).expect("the bundle is good");
    let after = now();
    let timeline = told["report"].get("timeline").and_then(Value::as_array);
    assert_eq!(timeline.is_some(), THREADS > 1);
    for activity in timeline.into_iter().flatten() {
        let [start, end] = ["start", "end"].map(|when| activity[when].as_f64().expect("a time"));
        assert!(start <= end, "{activity}");
        // The two clocks may be set apart by a little: a page's does not follow the system's.
        let about = before - 1000.0..after + 1000.0;
        assert!(about.contains(&start) && about.contains(&end), "{activity}");
    }
}

#[wasm_bindgen_test]
async fn a_revert_is_a_result() {
    let engine = engine().await;
    let request = bundle(vec![json!({ "from": sender(0), "to": REVERTER })]);
    let result = simulate(&engine, &request).expect("a revert is no error");
    assert_eq!(result["status"], "failed");
    assert_eq!(result["transactions"][0]["status"], "reverted");
    assert_eq!(result["transactions"][0]["error"]["data"], "0x2a");
}

#[wasm_bindgen_test]
async fn bad_requests_are_named_and_leave_the_engine_usable() {
    let engine = engine().await;
    let transfer =
        |nonce: u64| json!({ "from": sender(0), "to": sender(1), "value": "0x1", "nonce": nonce });
    let refused = [
        (
            json!({ "transactions": [] }),
            "INVALID_REQUEST",
            "transactions",
        ),
        (
            bundle(vec![json!("0x02f8zz")]),
            "INVALID_TRANSACTION",
            "raw",
        ),
        (
            bundle(vec![transfer(0), transfer(7)]),
            "INVALID_TRANSACTION",
            "nonce",
        ),
        (
            json!({ "transactions": [transfer(0)], "bundle": 1 }),
            "INVALID_REQUEST",
            "bundle",
        ),
    ];
    for (request, code, field) in refused {
        let error = simulate(&engine, &request).expect_err("the request is bad");
        assert_eq!(error["code"], code, "{error}");
        assert_eq!(error["field"], field, "{error}");
        assert!(error["message"].is_string(), "{error}");
    }
    let gap = simulate(&engine, &bundle(vec![transfer(0), transfer(7)])).expect_err("a gap");
    assert_eq!(gap["index"], 1);
    simulate(&engine, &bundle(vec![transfer(0)])).expect("the engine still works");
}

#[wasm_bindgen_test]
async fn bad_snapshots_and_thread_counts_are_named() {
    start_pool().await;
    let mut unknown_fork = snapshot();
    unknown_fork["fork"] = json!("ATLANTIS");
    let mut bad_code = snapshot();
    bad_code["accounts"][COUNTER]["code"] = json!("0x5g");
    for (snapshot, field) in [
        (unknown_fork, "fork".to_owned()),
        (bad_code, format!("accounts.{COUNTER}.code")),
    ] {
        let error = Engine::new(&bytes(&snapshot), THREADS)
            .map_err(read)
            .expect_err("it is bad");
        assert_eq!(error["code"], "INVALID_SNAPSHOT", "{error}");
        assert_eq!(error["field"], field, "{error}");
    }
    for threads in [0, 10_000] {
        let error = Engine::new(&bytes(&snapshot()), threads)
            .map_err(read)
            .expect_err("too many");
        assert_eq!(error["code"], "INVALID_REQUEST", "{error}");
        assert_eq!(error["field"], "threads", "{error}");
        assert_eq!(error["value"], threads.to_string(), "{error}");
    }
}

#[wasm_bindgen_test]
async fn calls_nest_to_the_depth_limit_on_every_thread() {
    let engine = engine().await;
    // The gas that each level keeps back, a 64th, asks for far more than a real block holds.
    let transactions = (0..4 * THREADS)
        .map(|index| json!({ "from": sender(index), "to": NESTER, "gas": "0x38d7ea4c68000" }))
        .collect();
    let mut request = bundle(transactions);
    request["feeChecks"] = json!("relaxed");
    request["block"]["gasLimit"] = json!("0x7fffffffffffffff");
    let result = simulate(&engine, &request).expect("the bundle is good");
    for transaction in result["transactions"].as_array().unwrap() {
        // The first frame has depth 0 and the last 1024.
        assert_eq!(transaction["output"], format!("0x{:064x}", 1025));
    }
}
