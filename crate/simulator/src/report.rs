//! How a run went, as part of an answer.

use alloy_primitives::{Address, U256};
use forerun_executor::{self as executor, Location};
use serde::Serialize;

/// How a run went. The only part of an answer that depends on threads and timing.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Report {
    /// Workers that took part.
    pub threads: usize,
    /// Executions in all: at least one, at most two a transaction.
    pub executions: u64,
    /// Executions on state that could no longer change.
    pub direct: u64,
    /// Transactions that had to run again, with what they had read too early.
    pub reexecutions: Vec<Reexecution>,
}

/// A transaction that had to run again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reexecution {
    /// The transaction that read.
    pub transaction: usize,
    /// The transaction that wrote; absent if the value is that of before the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub writer: Option<usize>,
    /// Whose state was read.
    pub address: Address,
    /// Which slot; absent if it was the account itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slot: Option<U256>,
    /// `account` (balance, nonce and code) or `storage`.
    pub what: &'static str,
}

impl From<executor::Report> for Report {
    fn from(report: executor::Report) -> Self {
        Self {
            threads: report.threads,
            executions: report.executions,
            direct: report.direct,
            reexecutions: report.reexecutions.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<executor::Reexecution> for Reexecution {
    fn from(reexecution: executor::Reexecution) -> Self {
        let (address, slot, what) = match reexecution.location {
            Location::Account(address) => (address, None, "account"),
            Location::Storage(address, slot) => (address, Some(slot), "storage"),
        };
        Self {
            transaction: reexecution.transaction,
            writer: reexecution.writer,
            address,
            slot,
            what,
        }
    }
}
