//! Which block a request is about. A node keeps the state behind every block; here a request runs on
//! the state behind the one block that it names.

use crate::ImportedChain;
use serde_json::Value;

/// The number of the block that a request is about. One that the chain does not have is left to the
/// method, which knows what to say; it then stands on the head.
pub(super) fn of(chain: &ImportedChain, method: &str, params: &[Value]) -> u64 {
    let place = match method {
        "eth_getBlockByNumber" | "eth_getBlockByHash" => Some(0),
        "eth_getStorageAt" | "eth_getProof" => Some(2),
        "eth_chainId" | "eth_blockNumber" => None,
        _ => Some(1),
    };
    let named = place.and_then(|place| params.get(place));
    named
        .and_then(|block| number(chain, block))
        .unwrap_or_else(|| chain.head())
}

fn number(chain: &ImportedChain, block: &Value) -> Option<u64> {
    match block {
        Value::String(text) if text == "earliest" => Some(0),
        Value::String(text) => {
            let digits = text.strip_prefix("0x")?;
            if digits.len() == 64 {
                return chain.number_of(text.parse().ok()?);
            }
            let number = u64::from_str_radix(digits, 16).ok()?;
            (number <= chain.head()).then_some(number)
        }
        Value::Object(fields) => {
            let named = fields
                .get("blockHash")
                .or_else(|| fields.get("blockNumber"));
            number(chain, named?)
        }
        _ => None,
    }
}
