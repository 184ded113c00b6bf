//! A file of tests and its cases.

use crate::{
    blockchain_format::BlockchainTest,
    blockchain_tests,
    state_format::StateTest,
    state_tests::{self, StateCase},
    tracer_format::TracerTest,
    tracer_tests,
    verdict::{CaseName, Verdict},
};
use serde::de::DeserializeOwned;
use std::{
    collections::BTreeMap,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
};

/// What a suite's tests are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// One transaction on a given state.
    StateTests,
    /// Chains of blocks.
    BlockchainTests,
    /// What tracers say of one transaction.
    Tracers,
}

impl Kind {
    /// All kinds, and what users call them.
    pub const NAMES: [(&str, Self); 3] = [
        ("state-tests", Self::StateTests),
        ("blockchain-tests", Self::BlockchainTests),
        ("tracers", Self::Tracers),
    ];

    /// The kind that users call so.
    pub fn by_name(name: &str) -> Option<Self> {
        let known = Self::NAMES.into_iter().find(|(known, _)| *known == name);
        known.map(|(_, kind)| kind)
    }
}

/// The tests of a file.
#[derive(Debug)]
pub struct TestFile {
    path: PathBuf,
    tests: Tests,
}

#[derive(Debug)]
enum Tests {
    State(BTreeMap<String, StateTest>),
    Blockchain(BTreeMap<String, BlockchainTest>),
    /// The file's name is the test's.
    Tracer(String, Box<TracerTest>),
}

impl TestFile {
    /// Reads the tests of a file. Its path is a part of their names; of tracers' tests its folder says
    /// which tracer it is. Nothing is looked up there.
    ///
    /// # Errors
    /// What is wrong with the file, if it holds no such tests.
    pub fn parse(kind: Kind, path: PathBuf, json: &[u8]) -> Result<Self, String> {
        let tests = match kind {
            Kind::StateTests => parse(json).map(Tests::State),
            Kind::BlockchainTests => parse(json).map(Tests::Blockchain),
            Kind::Tracers => serde_json::from_slice(json).map(|test| {
                let name = path.file_stem().unwrap_or_default();
                Tests::Tracer(name.to_string_lossy().into_owned(), test)
            }),
        };
        match tests {
            Ok(tests) => Ok(Self { path, tests }),
            Err(problem) => Err(format!("{}: {problem}", path.display())),
        }
    }

    /// Whether there is no test in it.
    pub fn is_empty(&self) -> bool {
        match &self.tests {
            Tests::State(tests) => tests.is_empty(),
            Tests::Blockchain(tests) => tests.is_empty(),
            Tests::Tracer(..) => false,
        }
    }

    /// All cases, in an order that depends on the tests' names alone.
    pub fn cases(&self) -> Vec<Case<'_>> {
        let named = |test| {
            move |what| Case {
                file: &self.path,
                test,
                what,
            }
        };
        match &self.tests {
            Tests::State(tests) => tests
                .iter()
                .flat_map(|(name, test)| state_tests::cases(test).map(What::State).map(named(name)))
                .collect(),
            Tests::Blockchain(tests) => tests
                .iter()
                .map(|(name, test)| named(name)(What::Blockchain(test)))
                .collect(),
            Tests::Tracer(name, test) => vec![named(name)(What::Tracer(test))],
        }
    }
}

fn parse<T: DeserializeOwned>(json: &[u8]) -> Result<BTreeMap<String, T>, serde_json::Error> {
    serde_json::from_slice(json)
}

/// What is run and counted: a test, or of a state test one fork with one choice of data, gas and value.
#[derive(Clone, Copy, Debug)]
pub struct Case<'a> {
    file: &'a Path,
    test: &'a str,
    what: What<'a>,
}

#[derive(Clone, Copy, Debug)]
enum What<'a> {
    State(StateCase<'a>),
    Blockchain(&'a BlockchainTest),
    Tracer(&'a TracerTest),
}

impl<'a> Case<'a> {
    /// Which one it is.
    pub const fn name(&self) -> CaseName<'a> {
        let (fork, index) = match self.what {
            What::State(case) => (case.fork, Some(case.index)),
            What::Blockchain(test) => (test.network.as_str(), None),
            What::Tracer(_) => ("", None),
        };
        CaseName {
            file: self.file,
            test: self.test,
            fork,
            index,
        }
    }

    /// Runs it. So many workers execute the blocks of a chain; a state test has no use for them.
    ///
    /// A panic is a bug of the engine. It fails its case and not the others, where panics unwind.
    pub fn run(&self, threads: usize) -> Verdict {
        let run = || match self.what {
            What::State(case) => state_tests::run(&self.name(), &case),
            What::Blockchain(test) => blockchain_tests::run(test, threads),
            What::Tracer(test) => tracer_tests::run(test, self.file),
        };
        catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|panic| Verdict::panicked(&*panic))
    }
}
