//! Runs a block in every way there is. All ways must come to one result, the judge's among them.
//!
//! The ways are the sequential loop, revm alone, threads, and workers that one thread plays in
//! seeded order; threads and played workers in every combination of worker count, window,
//! prediction and hints. `FORERUN_ORDERS` sets in how many orders each combination is played.

use crate::oracle::judge;
use forerun_executor::{
    Block, BlockOutcome, ExecutorError, Options, Prediction, StateSource, Window, execute,
    execute_interleaved, execute_sequentially,
};
use rayon::{ThreadPool, ThreadPoolBuilder};
use std::{collections::BTreeSet, env, num::NonZeroUsize, sync::LazyLock};

pub(crate) const WORKERS: [usize; 5] = [1, 2, 3, 4, 8];
const ORDERS: u64 = 2;

/// Threads of each number, started once a process.
pub(crate) static POOLS: LazyLock<Vec<(NonZeroUsize, ThreadPool)>> = LazyLock::new(|| {
    let start = |workers| {
        let pool = ThreadPoolBuilder::new().num_threads(workers).build();
        (count(workers), pool.expect("threads can be started"))
    };
    WORKERS.into_iter().map(start).collect()
});

static ORDERS_EACH: LazyLock<u64> = LazyLock::new(|| {
    env::var("FORERUN_ORDERS").ok().map_or(ORDERS, |orders| {
        orders.parse().expect("FORERUN_ORDERS is a number")
    })
});

pub(crate) const fn count(workers: usize) -> NonZeroUsize {
    NonZeroUsize::new(workers).expect("there is at least one worker")
}

pub(crate) fn windows() -> [Window; 5] {
    let fixed = |size| Window::Fixed(count(size));
    [Window::Adaptive, fixed(1), fixed(2), fixed(8), fixed(64)]
}

/// Every combination of window, prediction and hints.
pub(crate) fn settings(threads: NonZeroUsize, seed: u64) -> Vec<Options> {
    let mut settings = Vec::new();
    for window in windows() {
        for prediction in [
            Prediction::Seen,
            Prediction::Stale,
            Prediction::Garbage(seed),
        ] {
            for hints in [false, true] {
                let mut options = Options::new(threads);
                (options.window, options.prediction, options.hints) = (window, prediction, hints);
                settings.push(options);
            }
        }
    }
    settings
}

/// Runs a block every way there is and returns what all of them agreed on.
pub(crate) fn judge_all_ways<S: StateSource>(block: &Block, state: &S) -> BlockOutcome {
    let sequential = execute_sequentially(block, state).expect("the state is complete");
    // What does not fit into the block, and the protocol's own calls, are no matter of revm's.
    if block.rules.system_calls.is_none() && !block.rules.gas_admission {
        let mut verdict = judge(block, state);
        assert_eq!(verdict.transactions, sequential.transactions, "revm alone");
        let difference = verdict.difference(&sequential.changes, state);
        assert_eq!(difference, None, "revm alone");
    }
    for (threads, pool) in POOLS.iter() {
        // Other orders for other blocks, and always the same ones for the same.
        let mut seed = Orders(
            ((block.transactions.len() as u64) << 16)
                | ((block.fork as u64) << 8)
                | threads.get() as u64,
        );
        for options in settings(*threads, seed.next()) {
            let outcome = pool.install(|| execute(block, state, options));
            expect_same(&format!("threads, {options:?}"), outcome, &sequential);
            for _ in 0..*ORDERS_EACH {
                let order = seed.next();
                let outcome = play(block, state, options, order);
                let way = format!("played in order {order}, {options:?}");
                expect_same(&way, outcome, &sequential);
            }
        }
    }
    sequential
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

fn expect_same(way: &str, outcome: Result<BlockOutcome, ExecutorError>, sequential: &BlockOutcome) {
    let outcome = outcome.unwrap_or_else(|error| panic!("{way}: {error}"));
    if let Some(difference) = difference(&outcome, sequential) {
        panic!("{way}: {difference}");
    }
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
