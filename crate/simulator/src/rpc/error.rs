//! What a method answers that has no result.

use crate::{Error, fields::Refusal, json};
use alloy_primitives::Bytes;
use forerun_executor::{ExecutorError, StateError};

/// An error as it goes out: `{ code, message, data? }`. Codes and messages are those of geth, which the
/// published vectors have too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RpcError {
    pub(crate) code: i64,
    pub(crate) message: String,
    /// What a contract reverted with.
    pub(crate) data: Option<Bytes>,
}

impl RpcError {
    /// A parameter is not what it has to be.
    pub(crate) const INVALID_PARAMS: i64 = -32602;
    /// The default of execution clients.
    pub(crate) const SERVER: i64 = -32000;
    /// The method is not known.
    pub(crate) const METHOD_NOT_FOUND: i64 = -32601;
    /// More than is answered at once.
    pub(crate) const LIMIT: i64 = -38026;
    /// A call was undone by its contract.
    pub(crate) const REVERTED: i64 = 3;

    pub(crate) fn new(code: i64, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            data: None,
        }
    }

    /// Bad parameters.
    pub(crate) fn params(message: impl Into<String>) -> Self {
        Self::new(Self::INVALID_PARAMS, message)
    }

    /// `{"code":…,"message":…}`
    pub(crate) fn write(&self, out: &mut String) {
        out.push_str("{\"code\":");
        out.push_str(&self.code.to_string());
        out.push_str(",\"message\":");
        json::escaped(out, &self.message);
        if let Some(data) = &self.data {
            out.push_str(",\"data\":");
            json::text(out, data);
        }
        out.push('}');
    }
}

/// Why a method came to no result.
#[derive(Clone, Debug)]
pub(crate) enum Failure {
    /// That is the answer.
    Wire(RpcError),
    /// It could not be answered: state that is missing, an engine that failed.
    Engine(Error),
}

impl From<RpcError> for Failure {
    fn from(error: RpcError) -> Self {
        Self::Wire(error)
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        let Refusal {
            field,
            value,
            reason,
        } = refusal;
        Self::Wire(RpcError::params(format!("{field} ({value}): {reason}")))
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::MissingState { .. } | Error::Engine { .. } => Self::Engine(error),
            // Whatever else there is lies in what was asked for.
            other => Self::Wire(RpcError::params(other.to_string())),
        }
    }
}

impl From<StateError> for Failure {
    fn from(error: StateError) -> Self {
        Self::Engine(error.into())
    }
}

impl From<ExecutorError> for Failure {
    fn from(error: ExecutorError) -> Self {
        Error::from(error).into()
    }
}
