//! A complete state that is handed out piece by piece, as a server would.

use forerun_simulator::{Keys, Snapshot, executor::StateError, executor::StateSource};
use serde_json::{Map, Value, json};

/// What a state has under these keys, as a simulator takes it.
pub(super) fn of(state: &Snapshot, keys: &Keys) -> Result<String, StateError> {
    let (mut accounts, mut storage) = (Map::new(), Map::new());
    for address in &keys.accounts {
        let info = state.account(*address)?;
        let exists = info.is_some();
        let info = info.unwrap_or_default();
        let code = state.code(info.code_hash)?;
        let fields = json!({
            "exists": exists,
            "balance": info.balance,
            "nonce": info.nonce,
            "code": code.original_bytes(),
        });
        accounts.insert(address.to_string(), fields);
    }
    for (address, slots) in &keys.storage {
        let values: Result<Map<_, _>, StateError> = slots
            .iter()
            .map(|slot| {
                Ok((
                    slot.to_string(),
                    json!(state.storage(*address, (*slot).into())?),
                ))
            })
            .collect();
        storage.insert(address.to_string(), Value::Object(values?));
    }
    let codes: Result<Map<_, _>, StateError> = keys
        .codes
        .iter()
        .map(|hash| Ok((hash.to_string(), json!(state.code(*hash)?.original_bytes()))))
        .collect();
    let hashes: Result<Map<_, _>, StateError> = keys
        .block_hashes
        .iter()
        .map(|number| Ok((number.to_string(), json!(state.block_hash(*number)?))))
        .collect();
    let pieces = json!({
        "accounts": accounts, "storage": storage, "codes": codes?, "blockHashes": hashes?,
    });
    Ok(pieces.to_string())
}
