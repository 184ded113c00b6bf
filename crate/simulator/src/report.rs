//! How a run went, as part of an answer.

use alloy_primitives::{Address, U256};
use forerun_executor::{self as executor, Cause, Location, Work};
use serde::Serialize;

/// How a run went. The only part of an answer that depends on threads and timing.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// Workers that took part.
    pub threads: usize,
    /// Executions in all: at least one, at most two a transaction.
    pub executions: u64,
    /// Executions on state that could no longer change.
    pub direct: u64,
    /// Transactions that had to run again, with what they had read too early.
    pub reexecutions: Vec<Reexecution>,
    /// Executions ahead of their turn whose end was not waited for.
    pub abandoned: u64,
    /// Gas of the executions that did not stand.
    pub wasted_gas: u64,
    /// The part of the transactions that ran in order at once, between 0 and 1.
    pub head_direct_share: f64,
    /// How the number of transactions in work changed, in order. Empty where it never did.
    pub windows: Vec<WindowChange>,
    /// Who did what when, by worker and then by time. Absent where there was no clock.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub timeline: Vec<Activity>,
}

/// A transaction that had to run again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
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
    /// What was not as it had been read: `storage`, `balance`, `nonce`, `code` or `existence`; or
    /// `missingState` or `panic` for an execution that came to no end.
    pub cause: &'static str,
    /// The gas that the first execution had used.
    pub wasted_gas: u64,
}

/// A change of how far behind the head transactions could run ahead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct WindowChange {
    /// The first transaction that was not settled then.
    pub head: usize,
    /// How many transactions from the head on, the head included.
    pub window: usize,
}

/// What one worker did with one transaction.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Activity {
    /// Which worker; 0 settles.
    pub worker: usize,
    /// The transaction.
    pub transaction: usize,
    /// `ahead` of its turn, `direct` in its turn, or `settle` for finding out that what ran ahead
    /// stands.
    pub work: &'static str,
    /// When it began, in milliseconds by the clock of the run.
    pub start: f64,
    /// When it was done.
    pub end: f64,
}

impl From<executor::Report> for Report {
    fn from(report: executor::Report) -> Self {
        Self {
            threads: report.threads,
            executions: report.executions,
            direct: report.direct,
            abandoned: report.abandoned,
            wasted_gas: report.wasted_gas,
            head_direct_share: report.head_direct_share(),
            reexecutions: report.reexecutions.into_iter().map(Into::into).collect(),
            windows: report.windows.into_iter().map(Into::into).collect(),
            timeline: report.timeline.into_iter().map(Into::into).collect(),
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
            cause: match reexecution.cause {
                Cause::Storage => "storage",
                Cause::Balance => "balance",
                Cause::Nonce => "nonce",
                Cause::Code => "code",
                Cause::Existence => "existence",
                Cause::MissingState => "missingState",
                Cause::Panic => "panic",
            },
            wasted_gas: reexecution.wasted_gas,
        }
    }
}

impl From<executor::WindowChange> for WindowChange {
    fn from(executor::WindowChange { head, window }: executor::WindowChange) -> Self {
        Self { head, window }
    }
}

impl From<executor::Activity> for Activity {
    fn from(activity: executor::Activity) -> Self {
        Self {
            worker: activity.worker,
            transaction: activity.transaction,
            work: match activity.work {
                Work::Ahead => "ahead",
                Work::Direct => "direct",
                Work::Settle => "settle",
            },
            start: activity.start,
            end: activity.end,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_report_says_all_that_the_executor_said() {
        let address = Address::repeat_byte(7);
        let report = Report::from(executor::Report {
            threads: 2,
            executions: 6,
            direct: 3,
            reexecutions: vec![
                executor::Reexecution {
                    transaction: 1,
                    cause: Cause::Storage,
                    writer: Some(0),
                    location: Location::Storage(address, U256::from(5)),
                    wasted_gas: 30_000,
                },
                executor::Reexecution {
                    transaction: 2,
                    cause: Cause::MissingState,
                    writer: None,
                    location: Location::Account(address),
                    wasted_gas: 0,
                },
            ],
            abandoned: 0,
            wasted_gas: 30_000,
            windows: vec![executor::WindowChange { head: 2, window: 1 }],
            timeline: vec![executor::Activity {
                worker: 1,
                transaction: 1,
                work: Work::Ahead,
                start: 0.5,
                end: 1.5,
            }],
        });
        let expected = json!({
            "threads": 2, "executions": 6, "direct": 3,
            "reexecutions": [
                { "transaction": 1, "writer": 0, "address": address, "slot": "0x5",
                  "what": "storage", "cause": "storage", "wastedGas": 30_000 },
                { "transaction": 2, "address": address,
                  "what": "account", "cause": "missingState", "wastedGas": 0 },
            ],
            "abandoned": 0, "wastedGas": 30_000, "headDirectShare": 0.25,
            "windows": [{ "head": 2, "window": 1 }],
            "timeline": [
                { "worker": 1, "transaction": 1, "work": "ahead", "start": 0.5, "end": 1.5 },
            ],
        });
        assert_eq!(serde_json::to_value(&report).expect("JSON"), expected);
    }

    #[test]
    fn without_a_clock_there_is_no_timeline() {
        let report = serde_json::to_value(Report::default()).expect("JSON");
        assert_eq!(report.get("timeline"), None);
        assert_eq!(report["windows"], json!([]));
    }
}
