//! Runs a block in every way there is. All ways must come to one result, the judge's among them.
//!
//! The ways are the sequential loop, revm alone, threads, and workers that one thread plays in
//! seeded order; threads and played workers in every combination of worker count, window,
//! prediction and hints. `FORERUN_ORDERS` sets in how many orders each combination is played.

use crate::{
    oracle::judge,
    played::{Orders, count, difference, play, windows},
};
use forerun_executor::{
    Block, BlockOutcome, ExecutorError, MovedPrecompiles, Options, Prediction, StateSource,
    execute, execute_sequentially,
};
use rayon::{ThreadPool, ThreadPoolBuilder};
use std::{env, num::NonZeroUsize, sync::LazyLock};

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
    // What does not fit into the block, the protocol's own calls and precompiles that have moved are
    // no matter of revm's.
    let rules = &block.rules;
    if rules.system_calls.is_none()
        && !rules.gas_admission
        && rules.moved_precompiles == MovedPrecompiles::default()
    {
        let mut verdict = judge(block, state);
        assert_eq!(verdict.transactions, sequential.transactions, "revm alone");
        if block.rules.coinbase_balances {
            let balances = &verdict.coinbase_balances;
            assert_eq!(*balances, sequential.coinbase_balances, "revm alone");
        }
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

fn expect_same(way: &str, outcome: Result<BlockOutcome, ExecutorError>, sequential: &BlockOutcome) {
    let outcome = outcome.unwrap_or_else(|error| panic!("{way}: {error}"));
    if let Some(difference) = difference(&outcome, sequential) {
        panic!("{way}: {difference}");
    }
}
