//! State that comes in piece by piece: the result is that of the complete snapshot, and few waves of
//! questions lead to it.

mod support;

use forerun_simulator::{
    Answer, Codes, Error, Keys, ReplayRequest, Simulator, Snapshot, Step, Task,
    executor::StateSource,
};
use serde_json::{Map, Value, json};
use support::{member, pack};

/// Answers all that is asked from a complete state.
fn answers(state: &Snapshot, keys: &Keys) -> Value {
    let (mut accounts, mut storage) = (Map::new(), Map::new());
    for address in &keys.accounts {
        let info = state.account(*address).expect("a complete state knows all");
        let exists = info.is_some();
        let info = info.unwrap_or_default();
        let code = info
            .code
            .map(|code| code.original_bytes())
            .unwrap_or_default();
        let value =
            json!({ "balance": info.balance, "nonce": info.nonce, "code": code, "exists": exists });
        accounts.insert(address.to_string(), value);
    }
    for (address, slots) in &keys.storage {
        let values: Map<_, _> = slots
            .iter()
            .map(|slot| {
                let value = state.storage(*address, (*slot).into());
                (
                    slot.to_string(),
                    json!(value.expect("a complete state knows all")),
                )
            })
            .collect();
        storage.insert(address.to_string(), values.into());
    }
    let block_hashes: Map<_, _> = keys
        .block_hashes
        .iter()
        .map(|number| {
            let hash = state.block_hash(*number);
            (
                number.to_string(),
                json!(hash.expect("a complete state knows all")),
            )
        })
        .collect();
    assert!(keys.codes.is_empty(), "codes come with their accounts");
    json!({ "accounts": accounts, "storage": storage, "blockHashes": block_hashes })
}

/// Works a task off. The answer and how many pieces each wave asked for.
fn run(
    simulator: &mut Simulator,
    mut task: Task,
    state: &Snapshot,
) -> (Result<Answer, Error>, Vec<usize>) {
    let mut waves = Vec::new();
    loop {
        match simulator.step(&mut task, None) {
            Ok(Step::Done(answer)) => return (Ok(answer), waves),
            Err(error) => return (Err(error), waves),
            Ok(Step::Need(keys)) => {
                assert!(waves.len() < 1_000, "a task makes progress");
                waves.push(keys.len());
                let values = answers(state, &keys).to_string();
                simulator.provide(values.as_bytes()).expect("good answers");
            }
        }
    }
}

#[test]
fn blocks_come_out_the_same_in_few_waves() {
    let Some(pack) = pack("blocks.tar.gz") else {
        return;
    };
    let (_, json) = pack
        .iter()
        .find(|(name, _)| name == "codes.json")
        .expect("codes");
    let codes = Codes::from_json(json).expect("codes are of their hashes");
    for (name, _) in &pack {
        if name
            .strip_suffix(".json")
            .and_then(|stem| stem.parse::<u64>().ok())
            .is_none()
        {
            continue;
        }
        if let Ok(only) = std::env::var("ONLY")
            && !only.split(',').any(|n| name.contains(n))
        {
            continue;
        }
        let file = member(&pack, name);
        let mut snapshot = json!({
            "chainId": file["chainId"],
            "fork": file["fork"],
            "blobParams": file["blobParams"],
            "accounts": file["pre"],
            "blockHashes": file["blockHashes"],
        });
        let request = json!({
            "block": {
                "header": file["header"],
                "transactions": file["transactions"],
                "withdrawals": file["withdrawals"],
                "uncles": file["uncles"],
            },
            "compare": true,
        });
        let complete = Snapshot::from_value(&snapshot, &codes).expect("the snapshot is good");
        snapshot["accounts"] = json!({});
        snapshot["blockHashes"] = json!({});
        snapshot["complete"] = json!(false);
        let partial = Snapshot::from_value(&snapshot, &codes).expect("the snapshot is good");
        let mut simulator = Simulator::new(partial, 1).expect("one thread");
        let task = Task::from(ReplayRequest::from(request));
        let start = std::time::Instant::now();
        let (answer, waves) = run(&mut simulator, task, &complete);
        let reads = file["pre"].as_object().map_or(0, |pre| {
            pre.values()
                .map(|a| 1 + a["storage"].as_object().map_or(0, |s| s.len()))
                .sum::<usize>()
        });
        let Ok(Answer::Replay(result)) = answer else {
            panic!("{name}: {answer:?}")
        };
        println!(
            "{name}: {} txs, {reads} reads, {} waves {waves:?} {:?}",
            result.transactions,
            waves.len(),
            start.elapsed()
        );
        assert!(
            result.passed(),
            "{name}: {:?} {:?} gas {} {:?}",
            result.checks,
            result.identical,
            result.gas_used,
            result.gas_used_expected
        );
    }
}
