//! Random bundles whose transactions get in each other's way: on every thread count the parallel
//! run yields, on whole results, what the sequential loop yields, and that is what revm alone yields.
//! Every bundle runs on real threads and, since those try few orders of steps, also with workers
//! that are played in random order.
//!
//! `FORERUN_CASES` sets how many bundles there are, `FORERUN_SEED` repeats a run.

use crate::{
    oracle::judge,
    ways::Orders,
    world::{Plan, World, any_plan},
};
use forerun_executor::{
    BlockOutcome, ExecutorError, Options, TransactionOutcome, execute, execute_interleaved,
    execute_sequentially,
};
use proptest::prelude::any;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};
use rayon::{ThreadPool, ThreadPoolBuilder};
use std::{cell::Cell, env, num::NonZeroUsize, time::SystemTime};

const THREADS: [usize; 4] = [1, 2, 3, 8];
const CASES: u32 = 2_400;
const TRANSACTIONS: usize = 40;

#[test]
fn random_conflicting_bundles_have_one_result() {
    let seed = env::var("FORERUN_SEED")
        .ok()
        .map_or_else(seed_of_the_hour, |seed| {
            seed.parse().expect("FORERUN_SEED is a number")
        });
    let cases = env::var("FORERUN_CASES").ok().map_or(CASES, |cases| {
        cases.parse().expect("FORERUN_CASES is a number")
    });
    println!("seed {seed}: {cases} bundles on {THREADS:?} threads (FORERUN_SEED={seed} repeats)");

    let pools: Vec<ThreadPool> = THREADS
        .iter()
        .map(|threads| {
            ThreadPoolBuilder::new()
                .num_threads(*threads)
                .build()
                .expect("threads")
        })
        .collect();
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&u64::to_le_bytes(seed));
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let config = Config {
        cases,
        failure_persistence: None,
        ..Config::default()
    };
    let mut runner = TestRunner::new_with_rng(config, rng);
    let seen = Seen::default();
    let result = runner.run(&(any_plan(TRANSACTIONS), any::<u64>()), |(plan, order)| {
        check(&plan, order, &pools, &seen).map_err(TestCaseError::fail)
    });
    match result {
        Ok(()) => {
            println!("{cases} bundles, no difference: {seen:?}");
            // Without these the property would hold for want of anything that could go wrong.
            assert!(
                seen.successes.get() > u64::from(cases),
                "few transactions ran"
            );
            assert!(seen.failures.get() > 0, "no transaction failed");
            assert!(seen.rejections.get() > 0, "no transaction was rejected");
            assert!(
                seen.reexecutions.get() > 0,
                "nothing was ever read too early"
            );
        }
        Err(TestError::Fail(reason, plan)) => {
            panic!("seed {seed}: {reason}\nsmallest bundle found: {plan:#?}")
        }
        Err(error) => panic!("seed {seed}: {error}"),
    }
}

/// What the bundles brought about.
#[derive(Debug, Default)]
struct Seen {
    successes: Cell<u64>,
    failures: Cell<u64>,
    rejections: Cell<u64>,
    reexecutions: Cell<u64>,
}

impl Seen {
    fn count(&self, outcome: &BlockOutcome) {
        for transaction in &outcome.transactions {
            let counter = match transaction {
                TransactionOutcome::Executed(result) if result.is_success() => &self.successes,
                TransactionOutcome::Executed(_) => &self.failures,
                TransactionOutcome::Rejected(_) => &self.rejections,
            };
            counter.set(counter.get() + 1);
        }
    }
}

fn seed_of_the_hour() -> u64 {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    now.map_or(0, |now| now.as_nanos() as u64)
}

fn check(plan: &Plan, order: u64, pools: &[ThreadPool], seen: &Seen) -> Result<(), String> {
    let world = World::new();
    let block = plan.block();
    let sequential = execute_sequentially(&block, &world).map_err(|error| error.to_string())?;
    seen.count(&sequential);

    // What does not fit into the block is no matter of revm's.
    if plan.tight.is_none() {
        let mut verdict = judge(&block, &world);
        if verdict.transactions != sequential.transactions {
            let pairs = sequential.transactions.iter().zip(&verdict.transactions);
            let (index, pair) = pairs
                .enumerate()
                .find(|(_, (ours, theirs))| ours != theirs)
                .ok_or("lengths")?;
            return Err(format!(
                "transaction {index}: sequential and revm alone: {pair:?}"
            ));
        }
        if let Some(difference) = verdict.difference(&sequential.changes, &world) {
            return Err(format!("sequential state is not revm's: {difference}"));
        }
    }

    for (pool, threads) in pools.iter().zip(THREADS) {
        let threads = NonZeroUsize::new(threads).ok_or("no threads")?;
        let parallel = pool.install(|| execute(&block, &world, Options::new(threads)));
        compare(&format!("{threads} threads"), parallel, &sequential, seen)?;

        let mut next = Orders(order);
        let played = execute_interleaved(&block, &world, Options::new(threads), |workers| {
            next.choose(workers)
        });
        compare(
            &format!("{threads} played workers, order {order}"),
            played,
            &sequential,
            seen,
        )?;
    }
    Ok(())
}

fn compare(
    run: &str,
    parallel: Result<BlockOutcome, ExecutorError>,
    sequential: &BlockOutcome,
    seen: &Seen,
) -> Result<(), String> {
    let parallel = parallel.map_err(|error| format!("{run}: {error}"))?;
    if !parallel.same_result(sequential) {
        return Err(format!(
            "{run}: {}",
            first_difference(&parallel, sequential)
        ));
    }
    let report = &parallel.report;
    seen.reexecutions
        .set(seen.reexecutions.get() + report.reexecutions.len() as u64);
    let most = 2 * parallel.transactions.len() as u64;
    if report.executions > most {
        return Err(format!(
            "{run}: {} executions, more than {most}",
            report.executions
        ));
    }
    Ok(())
}

fn first_difference(parallel: &BlockOutcome, sequential: &BlockOutcome) -> String {
    let pairs = parallel.transactions.iter().zip(&sequential.transactions);
    for (index, (ours, theirs)) in pairs.enumerate() {
        if ours != theirs {
            return format!("transaction {index}: parallel {ours:?}, sequential {theirs:?}");
        }
    }
    for (address, theirs) in &sequential.changes.accounts {
        let ours = parallel.changes.accounts.get(address);
        if ours != Some(theirs) {
            return format!("{address}: parallel {ours:?}, sequential {theirs:?}");
        }
    }
    format!("parallel {parallel:?}, sequential {sequential:?}")
}
