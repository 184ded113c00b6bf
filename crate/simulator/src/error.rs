//! The one error of this crate: kinds that never blur, each with its facts.

use crate::fields::Refusal;
use alloy_primitives::{Address, B256, U64, U256};
use forerun_executor::{ExecutorError, StateError};
use serde::{Serialize, Serializer, ser::SerializeMap};

/// Why a request could not be simulated. A transaction that reverts or halts is no error but a
/// result.
///
/// Serialises to `{ "code": "...", "message": "...", ...facts }`, the form in which it crosses into
/// JavaScript.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A field of the request is not what it has to be.
    #[error("invalid request: {field} ({value}): {reason}")]
    InvalidRequest {
        /// Path of the field, such as `block.timestamp`.
        field: String,
        /// What stood there.
        value: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A transaction that no block could hold at this place.
    #[error("invalid transaction {index}: {field} ({value}): {reason}")]
    InvalidTransaction {
        /// Its place in the list, from 0.
        index: usize,
        /// Path of the field in the transaction; `raw` for bytes that cannot be decoded.
        field: String,
        /// What stood there.
        value: String,
        /// What is wrong with it.
        reason: String,
        /// The value that would have been right, or the bound that was passed.
        expected: Option<String>,
    },
    /// A field of the snapshot is not what it has to be.
    #[error("invalid snapshot: {field} ({value}): {reason}")]
    InvalidSnapshot {
        /// Path of the field, such as `accounts.0x….balance`.
        field: String,
        /// What stood there.
        value: String,
        /// What is wrong with it.
        reason: String,
    },
    /// State that the run needs is not in the snapshot.
    #[error("missing state: {}", missing(address, slot, code_hash, block_number))]
    MissingState {
        /// The account asked for.
        address: Option<Address>,
        /// The slot asked for.
        slot: Option<U256>,
        /// The hash of the code asked for.
        code_hash: Option<B256>,
        /// The block whose hash was asked for.
        block_number: Option<u64>,
    },
    /// The engine failed. This is a bug of forerun, not of the request.
    #[error("engine: {message}")]
    Engine {
        /// What is known about it.
        message: String,
    },
}

fn missing(
    address: &Option<Address>,
    slot: &Option<U256>,
    code_hash: &Option<B256>,
    block_number: &Option<u64>,
) -> String {
    match (address, slot, code_hash, block_number) {
        (Some(address), Some(slot), ..) => format!("slot {slot:#x} of {address}"),
        (Some(address), ..) => format!("account {address}"),
        (_, _, Some(hash), _) => format!("the code with hash {hash}"),
        (_, _, _, Some(number)) => format!("the hash of block {number}"),
        _ => "unknown".to_owned(),
    }
}

impl Error {
    /// The kind, as a stable word for programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::InvalidRequest { .. } => "INVALID_REQUEST",
            Self::InvalidTransaction { .. } => "INVALID_TRANSACTION",
            Self::InvalidSnapshot { .. } => "INVALID_SNAPSHOT",
            Self::MissingState { .. } => "MISSING_STATE",
            Self::Engine { .. } => "ENGINE",
        }
    }

    /// Whether the engine itself failed, so that no change of the request would help.
    pub const fn is_engine_failure(&self) -> bool {
        matches!(self, Self::Engine { .. })
    }
}

impl Refusal {
    pub(crate) fn in_request(self) -> Error {
        let Self {
            field,
            value,
            reason,
        } = self;
        Error::InvalidRequest {
            field,
            value,
            reason,
        }
    }

    pub(crate) fn in_snapshot(self) -> Error {
        let Self {
            field,
            value,
            reason,
        } = self;
        Error::InvalidSnapshot {
            field,
            value,
            reason,
        }
    }
}

impl From<StateError> for Error {
    fn from(error: StateError) -> Self {
        let (mut address, mut slot, mut code_hash, mut block_number) = (None, None, None, None);
        match error {
            StateError::Account(account) => address = Some(account),
            StateError::Code(hash) => code_hash = Some(hash),
            StateError::Storage {
                address: account,
                slot: key,
            } => {
                address = Some(account);
                slot = Some(key);
            }
            StateError::BlockHash(number) => block_number = Some(number),
            other => {
                return Self::Engine {
                    message: other.to_string(),
                };
            }
        }
        Self::MissingState {
            address,
            slot,
            code_hash,
            block_number,
        }
    }
}

impl From<ExecutorError> for Error {
    fn from(error: ExecutorError) -> Self {
        match error {
            ExecutorError::State { error, .. } => error.into(),
            // What the protocol's own calls meet lies in the block and its state, not in the engine.
            ExecutorError::SystemCall { contract, .. } => Self::InvalidRequest {
                field: "block".to_owned(),
                value: contract.to_string(),
                reason: error.to_string(),
            },
            ExecutorError::DepositLog(ref data) => Self::InvalidRequest {
                field: "block".to_owned(),
                value: crate::fields::shown(&data.to_string()),
                reason: error.to_string(),
            },
            other => Self::Engine {
                message: other.to_string(),
            },
        }
    }
}

impl Serialize for Error {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("code", self.code())?;
        map.serialize_entry("message", &self.to_string())?;
        match self {
            Self::InvalidRequest {
                field,
                value,
                reason,
            }
            | Self::InvalidSnapshot {
                field,
                value,
                reason,
            } => {
                map.serialize_entry("field", field)?;
                map.serialize_entry("value", value)?;
                map.serialize_entry("reason", reason)?;
            }
            Self::InvalidTransaction {
                index,
                field,
                value,
                reason,
                expected,
            } => {
                map.serialize_entry("index", index)?;
                map.serialize_entry("field", field)?;
                map.serialize_entry("value", value)?;
                map.serialize_entry("reason", reason)?;
                if let Some(expected) = expected {
                    map.serialize_entry("expected", expected)?;
                }
            }
            Self::MissingState {
                address,
                slot,
                code_hash,
                block_number,
            } => {
                if let Some(address) = address {
                    map.serialize_entry("address", address)?;
                }
                if let Some(slot) = slot {
                    map.serialize_entry("slot", slot)?;
                }
                if let Some(hash) = code_hash {
                    map.serialize_entry("codeHash", hash)?;
                }
                if let Some(number) = block_number {
                    map.serialize_entry("blockNumber", &U64::from(*number))?;
                }
            }
            // The message is all there is.
            Self::Engine { .. } => {}
        }
        map.end()
    }
}
