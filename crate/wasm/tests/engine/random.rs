//! Random bundles whose transactions get in each other's way, executed in the browser by workers that
//! one thread plays in random order and who are told the truth, what is old, or garbage. Each comes to
//! what the sequential loop comes to, on the whole.
//!
//! `FORERUN_SEED`, set when this is compiled, repeats a run.

use crate::{
    played::{Orders, count, difference, play, windows},
    world::{World, any_plan},
};
use forerun_executor::{Options, Prediction, execute_sequentially};
use proptest::{
    strategy::{Strategy, ValueTree},
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use wasm_bindgen_test::{console_log, wasm_bindgen_test};

const BUNDLES: usize = 300;
const TRANSACTIONS: usize = 24;
const WORKERS: [usize; 3] = [2, 3, 5];

#[wasm_bindgen_test]
fn played_workers_come_to_the_sequential_result() {
    let seed = option_env!("FORERUN_SEED").map_or_else(
        || js_sys::Date::now() as u64,
        |seed| seed.parse().expect("FORERUN_SEED is a number"),
    );
    console_log!("seed {seed}: {BUNDLES} bundles (FORERUN_SEED={seed} repeats)");
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let config = Config {
        failure_persistence: None,
        ..Config::default()
    };
    let mut runner = TestRunner::new_with_rng(config, rng);
    let mut draw = Orders(seed);
    let world = World::new();
    let (mut again, mut transactions) = (0, 0);
    for _ in 0..BUNDLES {
        let plan = any_plan(TRANSACTIONS)
            .new_tree(&mut runner)
            .expect("every plan will do")
            .current();
        let block = plan.block();
        let sequential = execute_sequentially(&block, &world).expect("the state is complete");
        transactions += sequential.transactions.len();
        for workers in WORKERS {
            let mut options = Options::new(count(workers));
            options.window = windows()[draw.choose(windows().len())];
            options.hints = draw.choose(2) == 0;
            options.prediction = match draw.choose(3) {
                0 => Prediction::Seen,
                1 => Prediction::Stale,
                _ => Prediction::Garbage(draw.next()),
            };
            let way = format!("seed {seed}, {options:?}");
            let played = play(&block, &world, options, draw.next())
                .unwrap_or_else(|error| panic!("{way}: {error}\n{plan:#?}"));
            if let Some(difference) = difference(&played, &sequential) {
                panic!("{way}: {difference}\n{plan:#?}");
            }
            again += played.report.reexecutions.len();
        }
    }
    // Without these there would be nothing that could go wrong.
    assert!(transactions > BUNDLES, "few transactions");
    assert!(again > 0, "nothing was ever read too early");
    console_log!("{transactions} transactions, {again} executions again, no difference");
}
