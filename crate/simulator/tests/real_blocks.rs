//! Recorded blocks of mainnet, replayed on 1, 2, 3 and 8 threads: the header's gas, receipts root,
//! bloom and requests hash come out, and the parallel result is the sequential one in all parts.

mod support;

use forerun_simulator::{Codes, ReplayRequest, ReplayResult, Simulator};
use serde_json::{Value, json};
use support::{codes, member, pack, recorded};

const THREADS: [usize; 4] = [1, 2, 3, 8];

/// From here on headers commit to receipts without state roots.
const BYZANTIUM: u64 = 4_370_000;

fn replay(file: &Value, codes: &Codes, threads: usize) -> ReplayResult {
    let (snapshot, mut request) = recorded(file, codes);
    request["compare"] = json!(true);
    let simulator = Simulator::new(snapshot, threads).expect("the thread count is good");
    simulator
        .replay_block(&ReplayRequest::from(request))
        .expect("the block runs")
}

fn check_blocks(first: u64, last: u64, count: usize) {
    let Some(pack) = pack("blocks.tar.gz") else {
        return;
    };
    let codes = codes(&pack);
    let mut seen = 0;
    for (name, _) in &pack {
        let Some(number) = name
            .strip_suffix(".json")
            .and_then(|stem| stem.parse::<u64>().ok())
        else {
            continue;
        };
        if number < first || number > last {
            continue;
        }
        seen += 1;
        let file = member(&pack, name);
        let header = &file["header"];
        for threads in THREADS {
            let result = replay(&file, &codes, threads);
            let place = format!("block {number}, {threads} threads");
            let json = serde_json::to_value(&result).expect("results serialise");
            assert_eq!(json["number"], header["number"], "{place}");
            assert_eq!(json["gasUsed"], header["gasUsed"], "{place}");
            assert_eq!(json["logsBloom"], header["logsBloom"], "{place}");
            if number >= BYZANTIUM {
                assert_eq!(json["receiptsRoot"], header["receiptsRoot"], "{place}");
                assert_eq!(result.checks.receipts_root, Some(true), "{place}");
            } else {
                assert_eq!(result.checks.receipts_root, None, "{place}");
            }
            if header.get("requestsHash").is_some() {
                assert_eq!(json["requestsHash"], header["requestsHash"], "{place}");
            }
            assert_eq!(
                result.identical,
                Some(true),
                "{place}: parallel is not sequential"
            );
            assert!(result.passed(), "{place}: {:?}", result.checks);
        }
    }
    assert_eq!(
        seen, count,
        "the pack does not hold the blocks it is known for"
    );
}

#[test]
fn blocks_before_byzantium_come_out_as_in_their_headers() {
    check_blocks(0, BYZANTIUM - 1, 7);
}

#[test]
fn blocks_from_byzantium_to_istanbul_come_out_as_in_their_headers() {
    check_blocks(BYZANTIUM, 12_243_999, 10);
}

#[test]
fn blocks_of_berlin_and_london_come_out_as_in_their_headers() {
    check_blocks(12_244_000, 15_537_393, 6);
}

#[test]
fn blocks_from_the_merge_to_shanghai_come_out_as_in_their_headers() {
    check_blocks(15_537_394, 19_426_586, 6);
}

#[test]
fn blocks_from_cancun_on_come_out_as_in_their_headers() {
    check_blocks(19_426_587, u64::MAX, 9);
}

#[test]
fn a_wrong_header_is_found_out() {
    let Some(pack) = pack("blocks.tar.gz") else {
        return;
    };
    let mut file = member(&pack, "19426587.json");
    file["header"]["gasUsed"] = json!("0x1");
    file["header"]["receiptsRoot"] = file["header"]["hash"].clone();
    let result = replay(&file, &codes(&pack), 2);
    assert_eq!(result.checks.gas_used, Some(false));
    assert_eq!(result.checks.receipts_root, Some(false));
    assert_eq!(result.checks.logs_bloom, Some(true));
    assert!(!result.passed());
}

/// An environment of Prague without any expected value: delegations, self-destructs, CREATE2.
#[test]
fn a_block_with_delegations_is_the_same_in_parallel() {
    let Some(pack) = pack("grevm-22546209.tar.gz") else {
        return;
    };
    let codes = codes(&pack);
    let file = member(&pack, "22546209.json");
    for threads in THREADS {
        let result = replay(&file, &codes, threads);
        assert_eq!(result.identical, Some(true), "{threads} threads");
        assert_eq!(result.transactions, 180);
        assert_eq!(
            result.checks,
            Default::default(),
            "there is nothing to compare with"
        );
    }
}
