//! A request, and its answer.

use super::{Failure, Session, answer};
use crate::{Error, bundle::parse, fields::Field};
use serde::Serialize;
use serde_json::Value;

/// A call of a JSON-RPC method: `{ method, params?, threads? }`.
#[derive(Clone, Debug, PartialEq)]
pub struct RpcRequest {
    pub(crate) method: String,
    pub(crate) params: Vec<Value>,
    pub(crate) threads: Option<Value>,
}

impl RpcRequest {
    /// Reads a request from JSON text. Other fields of an envelope (`jsonrpc`, `id`) are passed over.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`] if the text is not JSON, has no method, or `params` is no list.
    pub fn from_json(json: &[u8]) -> Result<Self, Error> {
        let value = parse(json)?;
        let mut fields = Field::root(&value)
            .object()
            .map_err(crate::fields::Refusal::in_request)?;
        let method = fields.require("method").and_then(|field| field.string());
        let params = fields.read("params", |field| {
            let list = field.list()?;
            Ok(list.iter().map(|field| field.value().clone()).collect())
        });
        let threads = fields.get("threads").map(|field| field.value().clone());
        Ok(Self {
            method: method.map_err(crate::fields::Refusal::in_request)?,
            params: params
                .map_err(crate::fields::Refusal::in_request)?
                .unwrap_or_default(),
            threads,
        })
    }

    /// Answers on the state of a session.
    pub(crate) fn answer(&self, session: &Session<'_>) -> Result<RpcAnswer, Error> {
        let mut json = String::new();
        match answer(session, &self.method, &self.params) {
            Ok(result) => {
                json.push_str("{\"result\":");
                json.push_str(&result);
            }
            Err(Failure::Wire(error)) => {
                json.push_str("{\"error\":");
                error.write(&mut json);
            }
            Err(Failure::Engine(error)) => return Err(error),
        }
        json.push('}');
        Ok(RpcAnswer { json })
    }
}

/// The answer of a method.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RpcAnswer {
    /// `{"result":…}` or `{"error":{"code":…,"message":…,"data":…}}`, as text.
    pub json: String,
}
