//! Names of slots as methods take them.

use super::RpcError;
use crate::fields::{Field, shown};
use alloy_primitives::{B256, U256};

/// The name of a slot: up to 32 bytes in hex, with or without zeros in front.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct StorageKey {
    pub(crate) slot: B256,
    /// Whether it was written with all its zeros. An answer repeats it as it was written.
    pub(crate) is_padded: bool,
}

impl StorageKey {
    pub(crate) fn read(field: &Field<'_>) -> Result<Self, RpcError> {
        let Some(text) = field.value().as_str() else {
            return Err(RpcError::params(format!(
                "{} must be a string",
                field.path()
            )));
        };
        let digits = text
            .strip_prefix("0x")
            .or_else(|| text.strip_prefix("0X"))
            .unwrap_or(text);
        if digits.len() > 64 {
            return Err(RpcError::params(format!(
                "storage key too long (want at most 32 bytes): \"{}\"",
                shown(text)
            )));
        }
        if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return Err(RpcError::params(format!(
                "invalid hex in storage key: \"{text}\""
            )));
        }
        // No digits at all stand for zero. There are at most 64 of them, so this cannot fail.
        let slot = U256::from_str_radix(digits, 16).unwrap_or_default();
        Ok(Self {
            slot: slot.into(),
            is_padded: digits.len() > 62,
        })
    }
}
