//! The pinned block itself.

use super::{
    Failure, RpcError, Session,
    block_param::is_pinned,
    params::{optional, required},
};
use crate::{
    fields::{Field, quantity_in},
    json,
};
use serde_json::Value;

/// Fields of a block that are quantities. They go out as such, however they were given.
const QUANTITIES: [&str; 10] = [
    "number",
    "timestamp",
    "gasLimit",
    "gasUsed",
    "baseFeePerGas",
    "difficulty",
    "totalDifficulty",
    "excessBlobGas",
    "blobGasUsed",
    "size",
];

/// `eth_getBlockByNumber`
pub(crate) fn by_number(session: &Session<'_>, params: &[Value]) -> Result<String, Failure> {
    let field = required(params, 0)?;
    answer(session, &field, params)
}

/// `eth_getBlockByHash`
pub(crate) fn by_hash(session: &Session<'_>, params: &[Value]) -> Result<String, Failure> {
    let field = required(params, 0)?;
    field.hash()?;
    answer(session, &field, params)
}

/// The pinned block as it was given, with all fields that it was given with. Other blocks are not known
/// here.
fn answer(session: &Session<'_>, block: &Field<'_>, params: &[Value]) -> Result<String, Failure> {
    let is_full = optional(params, 1)
        .map(|field| field.boolean())
        .transpose()?;
    let given = session.snapshot().given_block();
    let (true, Some(given)) = (is_pinned(session, Some(block))?, given) else {
        return Ok(String::from("null"));
    };
    let mut out = String::from("{");
    for (index, (name, value)) in given.iter().enumerate() {
        json::separate(&mut out, index);
        json::escaped(&mut out, name);
        out.push(':');
        if name == "transactions" {
            transactions(&mut out, value, is_full.unwrap_or_default())?;
        } else if QUANTITIES.contains(&name.as_str()) {
            quantity(&mut out, value);
        } else {
            json::value(&mut out, value);
        }
    }
    out.push('}');
    Ok(out)
}

/// The block's transactions: their hashes, or all of them in full.
fn transactions(out: &mut String, given: &Value, is_full: bool) -> Result<(), RpcError> {
    let list = given.as_array().map(Vec::as_slice).unwrap_or_default();
    out.push('[');
    for (index, transaction) in list.iter().enumerate() {
        json::separate(out, index);
        let hash = transaction.get("hash");
        if is_full && hash.is_none() {
            let message = "only the hashes of the block's transactions are known here";
            return Err(RpcError::new(RpcError::SERVER, message));
        }
        json::value(out, hash.filter(|_| !is_full).unwrap_or(transaction));
    }
    out.push(']');
    Ok(())
}

fn quantity(out: &mut String, given: &Value) {
    let number = match given {
        Value::Number(number) => number.as_u64().map(alloy_primitives::U256::from),
        Value::String(text) => quantity_in(text).ok(),
        _ => None,
    };
    match number {
        Some(number) => json::text(out, &format_args!("{number:#x}")),
        None => json::value(out, given),
    }
}
