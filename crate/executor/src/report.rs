//! How a run went: what ran ahead, what stood, what had to run again and why, and who did what when.

use revm::primitives::{Address, U256};

/// How a run went. The only part of an outcome that depends on threads and timing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    /// Workers that took part.
    pub threads: usize,
    /// Executions in all: at least one, at most two a transaction.
    pub executions: u64,
    /// Executions in order, on state that could no longer change.
    pub direct: u64,
    /// Transactions whose first execution did not stand.
    pub reexecutions: Vec<Reexecution>,
    /// Executions that the driver did not wait for; each is one of two of its transaction.
    pub abandoned: u64,
    /// Gas of the executions that did not stand.
    pub wasted_gas: u64,
    /// How the window changed, in order. Empty where it never did.
    pub windows: Vec<WindowChange>,
    /// Who did what when, by worker and then by time. Empty without
    /// [`Options::clock`](crate::Options::clock).
    pub timeline: Vec<Activity>,
}

impl Report {
    /// Of a run of one worker, which executed so many transactions in order.
    pub(crate) fn in_order(executions: u64) -> Self {
        Self {
            threads: 1,
            executions,
            direct: executions,
            ..Self::default()
        }
    }

    /// The part of the transactions that ran in order at once, between 0 and 1: neither ahead of
    /// their turn nor a second time.
    pub fn head_direct_share(&self) -> f64 {
        let again = self.reexecutions.len() as u64 + self.abandoned;
        let transactions = self.executions.saturating_sub(again);
        if transactions == 0 {
            return 0.0;
        }
        self.direct.saturating_sub(again) as f64 / transactions as f64
    }
}

/// A transaction that had to run again, and the first thing that it had read too early.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reexecution {
    /// Index of the transaction that read.
    pub transaction: usize,
    /// What was not as it had been read.
    pub cause: Cause,
    /// Index of the transaction that wrote, as far as it is known: `None` if the value is that of
    /// before the first transaction, or if many wrote it together (the coinbase's fees).
    pub writer: Option<usize>,
    /// What was read.
    pub location: Location,
    /// The gas that the first execution had used.
    pub wasted_gas: u64,
}

/// Why a transaction that ran ahead did not stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Cause {
    /// Another value was in a storage slot.
    Storage,
    /// A balance that was looked at was another, or was too low.
    Balance,
    /// A nonce was another.
    Nonce,
    /// An account had another code.
    Code,
    /// An account had come to be, or was gone.
    Existence,
    /// It asked for state that is not known, on a path that it may not take in its turn.
    MissingState,
    /// The worker panicked, on state that may never have been.
    Panic,
}

/// A piece of state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Location {
    /// Balance, nonce and code of an account.
    Account(Address),
    /// A storage slot.
    Storage(Address, U256),
}

/// A change of how far behind the head transactions could run ahead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WindowChange {
    /// The head when it changed.
    pub head: usize,
    /// How many transactions from the head on, the head included.
    pub window: usize,
}

/// What one worker did with one transaction.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Activity {
    /// Which worker; 0 drives the run.
    pub worker: usize,
    /// Index of the transaction.
    pub transaction: usize,
    /// What it did.
    pub work: Work,
    /// When it began, in milliseconds by the clock of the options.
    pub start: f64,
    /// When it was done.
    pub end: f64,
}

/// Kinds of work on a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Work {
    /// Executing it ahead of its turn.
    Ahead,
    /// Executing it in its turn.
    Direct,
    /// Finding out that what ran ahead stands, and settling it.
    Settle,
}
