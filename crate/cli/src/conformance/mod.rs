//! `forerun conformance`: the public test suites of Ethereum's execution clients.
//!
//! | module | holds |
//! |---|---|
//! | `options` | what was typed |
//! | `sample` | a seeded choice of cases |
//! | `tally` | what came out, counted and printed |
//! | `format` | the words that both test formats share |
//! | `network` | forks by the names that the tests have for them, and when they begin |
//! | `world` | a whole state in memory, its root, and changes to it |
//! | `state_format`, `state_tests` | one transaction on a given state: EEST and `GeneralStateTests` |
//! | `skips` | which state tests are not run, and why |
//! | `blockchain_format`, `blockchain_tests` | chains of blocks, good and bad |
//! | `chain` | imports blocks: executes them in parallel and checks them against their headers |
//! | `header_rules`, `difficulty`, `uncles` | what a header must be before anything is executed |
//! | `receipts` | what a header commits to about its transactions' results |
//! | `dao` | the one balance move that no transaction made |
//!
//! Blocks run through the parallel executor, and once more in order for comparison. A state test has
//! one transaction, so its cases run beside each other instead.

mod blockchain_format;
mod blockchain_tests;
mod chain;
mod dao;
mod difficulty;
mod format;
mod header_rules;
mod network;
mod options;
mod receipts;
mod sample;
mod skips;
mod state_format;
mod state_tests;
mod tally;
mod uncles;
mod world;

pub(crate) use options::{ConformanceOptions, parse};

use crate::files::{self, Depth, JsonFile, problem};
use options::Kind;
use rayon::prelude::*;
use serde::de::DeserializeOwned;
use std::{
    collections::BTreeMap,
    panic::{AssertUnwindSafe, catch_unwind},
    path::PathBuf,
};
use tally::{CaseName, Tally, Verdict};

/// How many cases are decided before their failures are printed.
const CASES_AT_ONCE: usize = 1024;

/// Runs tests and prints what came out. Whether none failed, or why nothing could be run.
pub(crate) fn run(options: &ConformanceOptions) -> Result<bool, String> {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(options.threads)
        .build()
        .map_err(|error| format!("no {} threads can be had: {error}", options.threads))?;
    pool.install(|| match options.kind {
        Kind::StateTests => run_state_tests(options),
        Kind::BlockchainTests => run_blockchain_tests(options),
    })
}

fn run_state_tests(options: &ConformanceOptions) -> Result<bool, String> {
    let tests = read::<state_format::StateTest>(options)?;
    let cases: Vec<_> = tests.iter().flat_map(state_tests::cases).collect();
    let cases = sample::choose(cases, options.sample, options.seed);
    let mut tally = Tally::new(options.json);
    for some in cases.chunks(CASES_AT_ONCE) {
        let verdicts: Vec<_> = some
            .par_iter()
            .map(|case| unpanicked(|| state_tests::run(case)))
            .collect();
        for (case, verdict) in some.iter().zip(verdicts) {
            tally.count(&case.name(), verdict);
        }
    }
    Ok(tally.finish())
}

/// One test after the other: each has the workers for itself.
fn run_blockchain_tests(options: &ConformanceOptions) -> Result<bool, String> {
    let tests = read::<blockchain_format::BlockchainTest>(options)?;
    let mut tally = Tally::new(options.json);
    for named in sample::choose(tests, options.sample, options.seed) {
        let verdict = unpanicked(|| blockchain_tests::run(&named.test, options.threads));
        let name = CaseName {
            file: &named.file,
            test: &named.name,
            fork: &named.test.network,
            index: None,
        };
        tally.count(&name, verdict);
    }
    Ok(tally.finish())
}

/// A panic is a bug of the engine. It fails its case and not the others.
fn unpanicked(run: impl FnOnce() -> Verdict) -> Verdict {
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|panic| {
        let message = panic
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| panic.downcast_ref::<&str>().copied())
            .unwrap_or("without a message");
        Verdict::Failed(format!("panicked: {message}"))
    })
}

/// A test and where it stands.
#[derive(Debug)]
struct Named<T> {
    file: PathBuf,
    name: String,
    test: T,
}

/// Reads all tests, in an order that depends on their names alone.
fn read<T: DeserializeOwned + Send>(options: &ConformanceOptions) -> Result<Vec<Named<T>>, String> {
    let mut tests = Vec::new();
    for path in &options.paths {
        let mut files = files::read(path, Depth::Recursive)?;
        files.sort_by(|a, b| a.path.cmp(&b.path));
        let parsed: Result<Vec<_>, String> = files.into_par_iter().map(parse_file).collect();
        let before = tests.len();
        tests.extend(parsed?.into_iter().flatten());
        if tests.len() == before {
            return Err(problem(path, "has no test"));
        }
    }
    Ok(tests)
}

fn parse_file<T: DeserializeOwned>(file: JsonFile) -> Result<Vec<Named<T>>, String> {
    let tests: BTreeMap<String, T> =
        serde_json::from_slice(&file.json).map_err(|error| problem(&file.path, error))?;
    let named = |(name, test)| Named {
        file: file.path.clone(),
        name,
        test,
    };
    Ok(tests.into_iter().map(named).collect())
}
