//! Random bundles whose transactions get in each other's way: on every thread count the parallel
//! run yields, on whole results, what the sequential loop yields, and that is what revm alone yields.
//! Every bundle runs on real threads and, since those try few orders of steps, also with workers
//! that are played in random order. With each bundle a way to run it is drawn: how far ahead, with
//! hints or without, and what is told of state that may still change, which is the truth, what was
//! there before the block, or garbage.
//!
//! `FORERUN_CASES` sets how many bundles there are, `FORERUN_SEED` repeats a run. A bundle that
//! fails is made as small as it can be, together with its way.

use crate::{
    draw::Draw,
    oracle::judge,
    played::{difference, play, windows},
    world::{Action, Plan, Step, Word, World, any_plan},
};
use forerun_executor::{
    BlockOutcome, ExecutorError, OnInvalid, Options, Prediction, TransactionOutcome, Window,
    execute, execute_sequentially, revm::primitives::hardfork::SpecId,
};
use proptest::prelude::{Just, Strategy, any, prop_oneof};
use proptest::test_runner::{TestCaseError, TestError};
use rayon::{ThreadPool, ThreadPoolBuilder};
use std::{cell::Cell, num::NonZeroUsize};

const THREADS: [usize; 5] = [1, 2, 3, 4, 8];
const CASES: u32 = 2_400;
const TRANSACTIONS: usize = 40;

#[test]
fn random_conflicting_bundles_have_one_result() {
    let Draw {
        seed,
        cases,
        mut runner,
    } = Draw::of(CASES);
    let pools: Vec<ThreadPool> = THREADS
        .iter()
        .map(|threads| {
            ThreadPoolBuilder::new()
                .num_threads(*threads)
                .build()
                .expect("threads")
        })
        .collect();
    let seen = Seen::default();
    let result = runner.run(&(any_plan(TRANSACTIONS), any_way()), |(plan, way)| {
        check(&plan, &way, &pools, &seen).map_err(TestCaseError::fail)
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
            assert!(seen.adversarial.get() > 0, "no bundle was told garbage");
            assert!(
                seen.reexecutions.get() > 0,
                "nothing was ever read too early"
            );
        }
        Err(TestError::Fail(reason, plan)) => {
            panic!("seed {seed}: {reason}\nsmallest bundle found, and its way: {plan:#?}")
        }
        Err(error) => panic!("seed {seed}: {error}"),
    }
}

/// How a bundle is run, but for the number of workers.
#[derive(Clone, Debug)]
struct Way {
    window: Window,
    prediction: Prediction,
    hints: bool,
    /// Where the order of the played workers' steps starts.
    order: u64,
}

impl Way {
    const fn options(&self, threads: NonZeroUsize) -> Options {
        let mut options = Options::new(threads);
        options.window = self.window;
        options.prediction = self.prediction;
        options.hints = self.hints;
        options
    }
}

/// Any way; a failure shrinks towards the plainest one.
fn any_way() -> impl Strategy<Value = Way> {
    let prediction = prop_oneof![
        Just(Prediction::Seen),
        Just(Prediction::Stale),
        any::<u64>().prop_map(Prediction::Garbage),
    ];
    let window = proptest::sample::select(windows().to_vec());
    (window, prediction, any::<bool>(), any::<u64>()).prop_map(
        |(window, prediction, hints, order)| Way {
            window,
            prediction,
            hints,
            order,
        },
    )
}

/// What the bundles brought about.
#[derive(Debug, Default)]
struct Seen {
    successes: Cell<u64>,
    failures: Cell<u64>,
    rejections: Cell<u64>,
    reexecutions: Cell<u64>,
    /// Bundles that were told garbage.
    adversarial: Cell<u64>,
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

fn check(plan: &Plan, way: &Way, pools: &[ThreadPool], seen: &Seen) -> Result<(), String> {
    let world = World::new();
    let block = plan.block();
    let sequential = execute_sequentially(&block, &world).map_err(|error| error.to_string())?;
    seen.count(&sequential);
    if matches!(way.prediction, Prediction::Garbage(_)) {
        seen.adversarial.set(seen.adversarial.get() + 1);
    }

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
        if verdict.coinbase_balances != sequential.coinbase_balances {
            return Err("the coinbase's balances are not revm's".into());
        }
        if let Some(difference) = verdict.difference(&sequential.changes, &world) {
            return Err(format!("sequential state is not revm's: {difference}"));
        }
    }

    for (pool, threads) in pools.iter().zip(THREADS) {
        let threads = NonZeroUsize::new(threads).ok_or("no threads")?;
        let options = way.options(threads);
        let parallel = pool.install(|| execute(&block, &world, options));
        compare(&format!("{threads} threads"), parallel, &sequential, seen)?;
        let played = play(&block, &world, options, way.order);
        let run = format!("{threads} played workers");
        compare(&run, played, &sequential, seen)?;
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
    if let Some(difference) = difference(&parallel, sequential) {
        return Err(format!("{run}: {difference}"));
    }
    let reexecutions = parallel.report.reexecutions.len() as u64;
    seen.reexecutions
        .set(seen.reexecutions.get() + reexecutions);
    Ok(())
}

/// Found by the test above: a payment of nothing makes an empty account before EIP-161, and who ran
/// ahead of it took the account for not existing, which costs more to pay.
#[test]
fn an_account_made_by_a_payment_of_nothing_is_not_missed() {
    let step = |action, value, gas_limit| Step {
        sender: 0,
        action,
        value,
        nonce_slip: 0,
        tip: 0,
        gas_limit,
    };
    let asked = Action::Call {
        contract: 4,
        a: Word::Address(20),
        b: Word::Small(0),
    };
    let plan = Plan {
        fork: SpecId::TANGERINE,
        coinbase: None,
        on_invalid: OnInvalid::Skip,
        tight: None,
        steps: vec![
            step(Action::Send { to: 0 }, 0, 400_000),
            step(Action::Send { to: 0 }, 0, 400_000),
            step(Action::Send { to: 20 }, 0, 400_000),
            step(asked, 1, 48_766),
        ],
    };
    let pools = THREADS.map(|threads| {
        let pool = ThreadPoolBuilder::new().num_threads(threads).build();
        pool.expect("threads")
    });
    for order in 0..300 {
        let way = Way {
            window: windows()[order as usize % windows().len()],
            prediction: Prediction::Seen,
            hints: order % 2 == 0,
            order,
        };
        check(&plan, &way, &pools, &Seen::default()).expect("one result");
    }
}
