//! `eth_simulateV1` beyond what the published vectors have: limits, the order of checks, calls that
//! depend on one another, and blocks that their own headers can be held against.

mod support;

use alloy_consensus::Header;
use alloy_primitives::{Address, B256, U256, b256};
use serde_json::{Value, json};
use support::{
    Account, ETHER, MINER, contract,
    rpc::{error, result},
    snapshot_json,
};

const METHOD: &str = "eth_simulateV1";
const BUDGET: u64 = 50_000_000;

fn sender(number: u8) -> Address {
    Account::new(number).address
}

fn simulated(request: Value) -> Vec<Value> {
    let answer = result(&snapshot_json(), METHOD, json!([request, "latest"]));
    answer.as_array().expect("a list of blocks").clone()
}

fn refused(request: Value) -> (i64, String) {
    let answer = error(&snapshot_json(), METHOD, json!([request]));
    let code = answer["code"].as_i64().expect("a code");
    (code, answer["message"].as_str().expect("a text").to_owned())
}

fn blocks(blocks: Value) -> Value {
    json!({ "blockStateCalls": blocks, "returnFullTransactions": true })
}

fn number(value: &Value) -> u64 {
    let text = value.as_str().expect("a quantity");
    u64::from_str_radix(text.trim_start_matches("0x"), 16).expect("a quantity")
}

fn word(number: u64) -> Value {
    json!(B256::from(U256::from(number)))
}

/// Holds the fields of a block, as they are told, against its hash.
fn check_hash(block: &Value) {
    let mut fields = block.as_object().expect("a block").clone();
    for name in [
        "calls",
        "transactions",
        "uncles",
        "withdrawals",
        "size",
        "hash",
    ] {
        fields.remove(name);
    }
    let header: Header = serde_json::from_value(fields.into()).expect("a header");
    assert_eq!(block["hash"], json!(header.hash_slow()));
}

#[test]
fn too_much_is_refused_before_anything_runs() {
    let empty: Vec<Value> = vec![json!({}); 257];
    let calls = |count: usize| json!({ "calls": vec![json!({}); count] });
    let number = |number: u64| json!({ "blockOverrides": { "number": format!("{number:#x}") } });
    for (request, code, text) in [
        (json!([]), -32602, "empty input"),
        (json!(empty), -38026, "too many blocks"),
        (json!([number(100 + 257)]), -38026, "too many blocks"),
        (
            json!([calls(5001)]),
            -38026,
            "too many calls in block: 5001 > 5000",
        ),
        (
            json!([calls(5000), calls(5000), calls(1)]),
            -38026,
            "too many calls: 10001 > 10000",
        ),
        (
            json!([{ "calls": [{ "from": contract::LOOP.0 }] }, number(101)]),
            -38020,
            "block numbers must be in order: 101 <= 101",
        ),
        (
            json!([{ "blockOverrides": { "time": "0x3e8" } }]),
            -38021,
            "block timestamps must be in order: 1000 <= 1000",
        ),
    ] {
        assert_eq!(refused(blocks(request)), (code, text.to_owned()));
    }
    let (code, _) = refused(json!({}));
    assert_eq!(code, -32602);
}

#[test]
fn blocks_follow_on_one_another_with_those_between_them() {
    let found = simulated(blocks(json!([
        { "blockOverrides": { "number": "0x67", "feeRecipient": contract::READER.0, "gasLimit": "0x1312d00" } },
        {},
    ])));
    assert_eq!(found.len(), 4);
    for (index, block) in found.iter().enumerate() {
        check_hash(block);
        assert_eq!(number(&block["number"]), 101 + index as u64);
        assert_eq!(number(&block["timestamp"]), 1_012 + 12 * index as u64);
        let parent = match index {
            0 => json!(B256::repeat_byte(0x64)),
            _ => found[index - 1]["hash"].clone(),
        };
        assert_eq!(block["parentHash"], parent);
        // What is overridden stays so for the blocks behind.
        let (miner, limit) = if index < 2 {
            (MINER, 36_000_000)
        } else {
            (contract::READER.0, 20_000_000)
        };
        assert_eq!(block["miner"], miner);
        assert_eq!(number(&block["gasLimit"]), limit);
        assert_eq!(block["baseFeePerGas"], "0x0");
        // The state is not known as a whole: nothing is made up.
        assert_eq!(block["stateRoot"], json!(B256::ZERO));
    }
}

/// The second call gets what the first one left, of the request's gas.
#[test]
fn a_call_without_gas_gets_what_is_left() {
    let call = json!({ "from": sender(1), "to": contract::COUNTER.0 });
    let found = simulated(blocks(json!([
        { "calls": [call, call], "blockOverrides": { "gasLimit": "0x5f5e100" } },
        { "calls": [call] },
    ])));
    let mut budget = BUDGET;
    for block in &found {
        check_hash(block);
        let pairs = block["transactions"].as_array().unwrap().iter();
        for (index, transaction) in pairs.enumerate() {
            assert_eq!(number(&transaction["gas"]), budget);
            let call = &block["calls"][index];
            assert_eq!(call["status"], "0x1");
            budget -= number(&call["gasUsed"]);
        }
    }
    let nonces = |block: usize| {
        let list = found[block]["transactions"].as_array().unwrap();
        list.iter()
            .map(|tx| number(&tx["nonce"]))
            .collect::<Vec<_>>()
    };
    assert_eq!((nonces(0), nonces(1)), (vec![0, 1], vec![2]));
    assert_eq!(found[1]["calls"][0]["returnData"], word(3));
}

/// Calls that name their gas run together, the others one by one. That is no matter of results.
#[test]
fn calls_that_run_together_do_what_they_do_one_by_one() {
    let call = |index: usize, gas: bool| {
        let to = [
            contract::COUNTER.0,
            contract::LOGGER.0,
            contract::REVERTER.0,
        ][index % 3];
        let mut call = json!({ "from": sender(1 + (index % 2) as u8), "to": to });
        if gas {
            call["gas"] = json!("0x186a0");
        }
        call
    };
    let run = |gas: bool| {
        let calls: Vec<_> = (0..24).map(|index| call(index, gas)).collect();
        simulated(json!({ "blockStateCalls": [{ "calls": calls }] })).remove(0)
    };
    let (together, apart) = (run(true), run(false));
    for index in 0..24 {
        for name in ["status", "returnData", "gasUsed", "error"] {
            let [together, apart] = [&together, &apart].map(|block| &block["calls"][index][name]);
            assert_eq!(together, apart, "{index} {name}");
        }
    }
    for name in ["gasUsed", "receiptsRoot", "logsBloom"] {
        assert_eq!(together[name], apart[name], "{name}");
    }
    assert_eq!(together["calls"][21]["returnData"], word(8));
}

#[test]
fn what_the_block_has_no_room_for_is_refused_behind_what_it_has() {
    let request = blocks(json!([{
        "blockOverrides": { "gasLimit": "0x186a0" },
        "calls": [
            { "from": sender(1), "to": sender(2), "gas": "0xc350" },
            { "from": sender(2), "to": sender(3), "gas": "0x13880" },
        ],
    }]));
    let text = "block gas limit reached: remaining: 79000, required: 80000";
    assert_eq!(refused(request), (-38015, text.to_owned()));
}

#[test]
fn gas_that_was_capped_is_named_where_it_runs_out() {
    let found = simulated(blocks(json!([{
        "blockOverrides": { "gasLimit": "0x5f5e100" },
        "calls": [{ "from": sender(1), "to": contract::LOOP.0 }],
    }])));
    let call = &found[0]["calls"][0];
    assert_eq!(number(&call["gasUsed"]), BUDGET);
    let text = "out of gas (gas limit was capped by the RPC server's global gas cap)";
    assert_eq!(call["error"], json!({ "code": -32015, "message": text }));
    assert_eq!(
        (&call["status"], &call["returnData"]),
        (&json!("0x0"), &json!("0x"))
    );
}

#[test]
fn a_revert_is_a_result_with_its_reason() {
    let found = simulated(blocks(json!([{
        "calls": [{ "from": sender(1), "to": contract::REVERTER.0 }],
    }])));
    let error = &found[0]["calls"][0]["error"];
    assert_eq!(error["code"], 3);
    assert_eq!(error["message"], "execution reverted: not enough");
    assert_eq!(error["data"].as_str().map(str::len), Some(202));
}

/// geth looks for the nonce first, then for fees, funds and at last for the gas.
#[test]
fn of_several_faults_the_first_is_named() {
    let poor = "0x00000000000000000000000000000000000000aa";
    let refused = |call: Value| {
        let calls = json!([{ "from": sender(1), "to": sender(2), "nonce": "0x0", "maxFeePerGas": "0x77359400" }, call]);
        let mut request = blocks(json!([{ "calls": calls }]));
        request["validation"] = json!(true);
        refused(request)
    };
    let mut call =
        json!({ "from": poor, "to": sender(2), "nonce": "0x5", "gas": "0x1", "value": "0x1" });
    let (code, text) = refused(call.clone());
    let checksummed: Address = poor.parse().unwrap();
    assert_eq!(
        (code, text.as_str()),
        (
            -38011,
            format!("err: nonce too high: address {checksummed}, tx: 5 state: 0 (supplied gas 1)")
                .as_str()
        )
    );
    call["nonce"] = json!("0x0");
    assert_eq!(refused(call.clone()).0, -38012);
    call["maxFeePerGas"] = json!("0x77359400");
    assert_eq!(refused(call.clone()).0, -38014);
    call["from"] = json!(sender(1));
    assert_eq!(refused(call.clone()).0, -38010);
    call["nonce"] = json!("0x1");
    let text = "err: intrinsic gas too low: have 1, want 21000 (supplied gas 1)";
    assert_eq!(refused(call.clone()), (-38013, text.to_owned()));
    call["gasPrice"] = json!("0x1");
    assert_eq!(refused(call).0, -32000);
}

#[test]
fn without_validation_only_fees_that_are_named_are_checked() {
    let run = |call: Value| {
        blocks(json!([{ "blockOverrides": { "baseFeePerGas": "0xa" }, "calls": [call] }]))
    };
    let found = simulated(run(json!({ "from": sender(1), "to": contract::FEES.0 })));
    // BASEFEE, GASPRICE.
    let fees = "0x000000000000000000000000000000000000000000000000000000000000000a\
                0000000000000000000000000000000000000000000000000000000000000000";
    assert_eq!(found[0]["calls"][0]["returnData"], fees);
    let (code, _) = refused(run(
        json!({ "from": sender(1), "to": contract::FEES.0, "maxFeePerGas": "0x9" }),
    ));
    assert_eq!(code, -38012);
}

#[test]
fn overrides_stay_and_moved_precompiles_do_not() {
    let (identity, elsewhere) = (
        "0x0000000000000000000000000000000000000004",
        "0x00000000000000000000000000000000000000ab",
    );
    let echo = |to: &str| json!({ "from": sender(1), "to": to, "input": "0x1234" });
    let found = simulated(blocks(json!([
        {
            "stateOverrides": {
                identity: { "movePrecompileToAddress": elsewhere },
                contract::COUNTER.0: { "stateDiff": { B256::ZERO.to_string(): word(41) } },
            },
            "calls": [echo(identity), echo(elsewhere), { "from": sender(1), "to": contract::COUNTER.0 }],
        },
        { "calls": [echo(identity), echo(elsewhere), { "from": sender(1), "to": contract::COUNTER.0 }] },
    ])));
    let returned = |block: usize, call: usize| found[block]["calls"][call]["returnData"].clone();
    assert_eq!(
        [returned(0, 0), returned(0, 1)],
        [json!("0x"), json!("0x1234")]
    );
    assert_eq!(
        [returned(1, 0), returned(1, 1)],
        [json!("0x1234"), json!("0x")]
    );
    assert_eq!([returned(0, 2), returned(1, 2)], [word(42), word(43)]);
}

#[test]
fn hashes_of_simulated_blocks_are_seen_by_those_behind() {
    let ask =
        |block: u64| json!({ "from": sender(1), "to": contract::HASHES.0, "input": word(block) });
    let found = simulated(blocks(json!([
        {},
        { "calls": [ask(100), ask(101), ask(102)] },
    ])));
    let returned = |call: usize| found[1]["calls"][call]["returnData"].clone();
    assert_eq!(returned(0), json!(B256::repeat_byte(0x64)));
    assert_eq!(returned(1), found[0]["hash"]);
    assert_eq!(returned(2), word(0));
}

/// A withdrawal of 3 Gwei. Its root is what alloy makes of the list as it is told.
#[test]
fn withdrawals_are_credited_and_committed_to() {
    let to = "0x00000000000000000000000000000000000000dd";
    let withdrawal =
        json!({ "index": "0x1", "validatorIndex": "0x2", "address": to, "amount": "0x3" });
    let found = simulated(blocks(json!([
        { "blockOverrides": { "withdrawals": [withdrawal] } },
        { "calls": [{ "from": to, "to": sender(1), "value": "0xb2d05e00" }] },
    ])));
    check_hash(&found[0]);
    assert_eq!(found[0]["withdrawals"], json!([withdrawal]));
    let withdrawals: Vec<alloy_eips::eip4895::Withdrawal> =
        serde_json::from_value(json!([withdrawal])).unwrap();
    let root = alloy_consensus::proofs::calculate_withdrawals_root(&withdrawals);
    assert_eq!(found[0]["withdrawalsRoot"], json!(root));
    assert_eq!(found[1]["calls"][0]["status"], "0x1");
    // None are in the other: the root of an empty trie, appendix D of the Yellow Paper.
    let empty = b256!("0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421");
    assert_eq!(found[1]["withdrawalsRoot"], json!(empty));
}

#[test]
fn funds_are_checked_whatever_the_mode() {
    let poor = "0x00000000000000000000000000000000000000aa";
    let request = blocks(json!([{ "calls": [
        { "from": sender(1), "to": poor, "value": "0x5", "gas": "0x5208" },
        { "from": poor, "to": sender(1), "value": "0x6", "gas": "0x5208" },
    ] }]));
    let checksummed: Address = poor.parse().unwrap();
    let text = format!(
        "err: insufficient funds for gas * price + value: address {checksummed} have 5 want 6 \
         (supplied gas 21000)"
    );
    assert_eq!(refused(request), (-38014, text));
    let rich =
        json!([{ "calls": [{ "from": sender(1), "to": poor, "value": format!("{ETHER:#x}") }] }]);
    assert_eq!(simulated(blocks(rich))[0]["calls"][0]["status"], "0x1");
}
