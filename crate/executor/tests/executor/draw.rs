//! Drawing at random: how much, from which seed, and what repeats it.

use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use std::{env, time::SystemTime};

/// What a test draws from.
pub(crate) struct Draw {
    pub(crate) seed: u64,
    /// How many cases are to be drawn.
    pub(crate) cases: u32,
    pub(crate) runner: TestRunner,
}

impl Draw {
    /// As `FORERUN_CASES` and `FORERUN_SEED` say; else so many cases, from a seed of the moment. Says on
    /// the terminal what repeats it.
    pub(crate) fn of(cases: u32) -> Self {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        let moment = now.map_or(0, |now| now.as_nanos() as u64);
        let seed = from_environment("FORERUN_SEED").unwrap_or(moment);
        let cases = from_environment("FORERUN_CASES").map_or(cases, |cases| {
            cases.try_into().expect("fewer than 2^32 cases")
        });
        println!("seed {seed}: {cases} cases (FORERUN_SEED={seed} repeats)");
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
        let config = Config {
            cases,
            failure_persistence: None,
            ..Config::default()
        };
        let runner = TestRunner::new_with_rng(config, rng);
        Self {
            seed,
            cases,
            runner,
        }
    }
}

fn from_environment(name: &str) -> Option<u64> {
    let text = env::var(name).ok()?;
    Some(text.parse().expect("it is a number"))
}
