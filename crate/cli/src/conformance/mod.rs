//! `forerun conformance`: the public test suites of Ethereum's execution clients, from files. The tests
//! themselves are in `forerun-conformance`.
//!
//! | module | holds |
//! |---|---|
//! | `options` | what was typed |
//! | `tally` | what came out, counted and printed |
//! | `vectors` | requests to a node and its answers |

mod options;
mod tally;
mod vectors;

pub(crate) use options::{ConformanceOptions, Subject, parse};

use crate::files::{self, Depth, problem};
use forerun_conformance::{Kind, TestFile, choose};
use rayon::prelude::*;
use tally::Tally;

/// How many cases are decided before their failures are printed.
const CASES_AT_ONCE: usize = 1024;

/// Runs tests and prints what came out. Whether none failed, or why nothing could be run.
pub(crate) fn run(options: &ConformanceOptions) -> Result<bool, String> {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(options.threads)
        .build()
        .map_err(|error| format!("no {} threads can be had: {error}", options.threads))?;
    pool.install(|| match options.subject {
        Subject::Tests(kind) => run_tests(kind, options),
        Subject::Vectors => vectors::run(options),
    })
}

fn run_tests(kind: Kind, options: &ConformanceOptions) -> Result<bool, String> {
    let files = read(kind, options)?;
    let cases: Vec<_> = files.iter().flat_map(TestFile::cases).collect();
    let cases = choose(cases, options.sample, options.seed);
    let mut tally = Tally::new(options.json);
    for some in cases.chunks(CASES_AT_ONCE) {
        match kind {
            Kind::StateTests | Kind::Tracers => {
                let verdicts: Vec<_> = some.par_iter().map(|case| case.run(1)).collect();
                for (case, verdict) in some.iter().zip(verdicts) {
                    tally.count(&case.name(), verdict);
                }
            }
            // One after the other: each has the workers for itself.
            Kind::BlockchainTests => {
                for case in some {
                    tally.count(&case.name(), case.run(options.threads));
                }
            }
        }
    }
    Ok(tally.finish())
}

/// Reads all tests, in an order that depends on their names alone.
fn read(kind: Kind, options: &ConformanceOptions) -> Result<Vec<TestFile>, String> {
    let mut all = Vec::new();
    for path in &options.paths {
        let mut files = files::read(path, Depth::Recursive)?;
        files.sort_by(|a, b| a.path.cmp(&b.path));
        let parsed: Result<Vec<_>, String> = files
            .into_par_iter()
            .map(|file| TestFile::parse(kind, file.path, &file.content))
            .collect();
        let parsed = parsed?;
        if parsed.iter().all(TestFile::is_empty) {
            return Err(problem(path, "has no test"));
        }
        all.extend(parsed);
    }
    Ok(all)
}
