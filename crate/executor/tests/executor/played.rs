//! Workers that one thread plays in seeded order, and what their result is compared with.
//!
//! This file and those of the random bundles (`world.rs`, `contracts.rs`, `assembly.rs`) are part of
//! the browser's tests too, in `crate/wasm/tests/engine.rs`: they start no thread and read no clock.

use forerun_executor::{
    Block, BlockOutcome, ExecutorError, Options, StateSource, Window, execute_interleaved,
};
use std::{collections::BTreeSet, num::NonZeroUsize};

pub(crate) const fn count(workers: usize) -> NonZeroUsize {
    NonZeroUsize::new(workers).expect("there is at least one worker")
}

pub(crate) fn windows() -> [Window; 5] {
    let fixed = |size| Window::Fixed(count(size));
    [Window::Adaptive, fixed(1), fixed(2), fixed(8), fixed(64)]
}

/// Runs a block with played workers in an order that follows from a number.
pub(crate) fn play<S: StateSource>(
    block: &Block,
    state: &S,
    options: Options,
    order: u64,
) -> Result<BlockOutcome, ExecutorError> {
    let mut orders = Orders(order);
    execute_interleaved(block, state, options, |workers| orders.choose(workers))
}

/// What a run came to otherwise than the sequential loop, or more work than it may take.
pub(crate) fn difference(outcome: &BlockOutcome, sequential: &BlockOutcome) -> Option<String> {
    let pairs = outcome.transactions.iter().zip(&sequential.transactions);
    for (index, (ours, theirs)) in pairs.enumerate() {
        if ours != theirs {
            return Some(format!(
                "transaction {index}: {ours:?}, sequentially {theirs:?}"
            ));
        }
    }
    let (ours, theirs) = (&outcome.changes.accounts, &sequential.changes.accounts);
    for address in ours.keys().chain(theirs.keys()) {
        let (ours, theirs) = (ours.get(address), theirs.get(address));
        if ours != theirs {
            return Some(format!("{address}: {ours:?}, sequentially {theirs:?}"));
        }
    }
    if !outcome.same_result(sequential) {
        return Some(format!("{outcome:?}, sequentially {sequential:?}"));
    }
    let report = &outcome.report;
    let most = 2 * outcome.transactions.len() as u64;
    if report.executions > most {
        return Some(format!(
            "{} executions, more than {most}",
            report.executions
        ));
    }
    let again = report.reexecutions.iter().map(|again| again.transaction);
    if again.collect::<BTreeSet<_>>().len() != report.reexecutions.len() {
        return Some(format!("ran twice again: {:?}", report.reexecutions));
    }
    None
}

/// Random numbers by `SplitMix64` (Steele, Lea and Flood, 2014).
#[derive(Debug)]
pub(crate) struct Orders(pub(crate) u64);

impl Orders {
    pub(crate) const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(crate) const fn choose(&mut self, workers: usize) -> usize {
        self.next() as usize % workers
    }
}
