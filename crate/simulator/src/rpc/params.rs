//! Parameters of a method, by their place.

use super::RpcError;
use crate::fields::Field;
use serde_json::Value;

/// A parameter that may be left out; `null` counts as left out.
pub(crate) fn optional(params: &[Value], index: usize) -> Option<Field<'_>> {
    let value = params.get(index).filter(|value| !value.is_null())?;
    Some(Field::root(value).rebased(format!("params[{index}]")))
}

/// A parameter that has to be there.
pub(crate) fn required(params: &[Value], index: usize) -> Result<Field<'_>, RpcError> {
    let missing = || RpcError::params(format!("missing value for required argument {index}"));
    optional(params, index).ok_or_else(missing)
}

/// Whether a place among transactions is that behind the last one, as Flashbots and Erigon write it.
pub(crate) fn is_minus_one(field: &Field<'_>) -> bool {
    field.value().as_i64() == Some(-1) || field.value().as_str() == Some("-1")
}
