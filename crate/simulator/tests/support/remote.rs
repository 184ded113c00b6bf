//! A server of a complete state, as far as a task is concerned.

use forerun_simulator::{
    Answer, Error, Keys, Simulator, Snapshot, Step, Task, executor::StateSource,
};
use serde::Serialize;
use serde_json::{Map, Value, json};

/// Answers all that is asked from a complete state.
pub(crate) fn answers(state: &Snapshot, keys: &Keys) -> Value {
    let (mut accounts, mut storage) = (Map::new(), Map::new());
    for address in &keys.accounts {
        let info = state.account(*address).expect("a complete state knows all");
        let exists = info.is_some();
        let info = info.unwrap_or_default();
        let code = match info.code {
            Some(code) => code,
            None => state
                .code(info.code_hash)
                .expect("a complete state knows all"),
        };
        let value = json!({
            "balance": info.balance,
            "nonce": info.nonce,
            "code": code.original_bytes(),
            "exists": exists,
        });
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
            let hash = state
                .block_hash(*number)
                .expect("a complete state knows all");
            (number.to_string(), json!(hash))
        })
        .collect();
    assert!(keys.codes.is_empty(), "codes come with their accounts");
    json!({ "accounts": accounts, "storage": storage, "blockHashes": block_hashes })
}

/// Works a task off. The answer, and what each wave asked for.
pub(crate) fn run(
    simulator: &mut Simulator,
    mut task: Task,
    state: &Snapshot,
) -> (Result<Answer, Error>, Vec<Keys>) {
    let mut waves = Vec::new();
    loop {
        match simulator.step(&mut task, None) {
            Ok(Step::Done(answer)) => return (Ok(answer), waves),
            Err(error) => return (Err(error), waves),
            Ok(Step::Need(keys)) => {
                assert!(waves.len() < 10_000, "a task makes progress");
                let values = answers(state, &keys).to_string();
                simulator.provide(values.as_bytes()).expect("good answers");
                waves.push(keys);
            }
        }
    }
}

/// An answer but for how the run went.
pub(crate) fn plain(answer: &impl Serialize) -> Value {
    let mut value = serde_json::to_value(answer).expect("answers serialise");
    let fields = value.as_object_mut().expect("answers are objects");
    for name in ["report", "milliseconds"] {
        fields.remove(name);
    }
    value
}
