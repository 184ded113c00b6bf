//! The published tests of Ethereum's execution clients: the bytes of a file in, verdicts out. Where the
//! bytes come from and what becomes of the verdicts is for others to say, so that the same tests run
//! natively and in a browser.
//!
//! | module | holds |
//! |---|---|
//! | `suite` | a file of tests and its cases |
//! | `sample` | a seeded choice of cases |
//! | `verdict` | what came out of a case, and which one it was |
//! | `format` | the words that several formats share |
//! | `network` | forks by the names that the tests have for them, and when they begin |
//! | `world` | a whole state in memory, its root, and changes to it |
//! | `state_format`, `state_tests` | one transaction on a given state: EEST and `GeneralStateTests` |
//! | `skips` | which state tests are not run, and why |
//! | `blockchain_format`, `blockchain_tests` | chains of blocks, good and bad |
//! | `tracer_format`, `tracer_tests` | what tracers say of a transaction: those of go-ethereum |
//! | `chain` | imports blocks: executes them in parallel and checks them against their headers |
//! | `genesis`, `genesis_format`, `imported` | a chain out of geth's `genesis.json` and its blocks |
//! | `vectors` | requests to a node and its answers, about such a chain |
//! | `header_rules`, `difficulty`, `uncles` | what a header must be before anything is executed |
//! | `receipts` | what a header commits to about its transactions' results |
//! | `dao` | the one balance move that no transaction made |
//!
//! Blocks run through the parallel executor, and once more in order for comparison. A state test has
//! one transaction, so its cases may run beside each other instead. All use rayon's pool of the thread
//! they are run on.

mod blockchain_format;
mod blockchain_tests;
mod chain;
mod dao;
mod difficulty;
mod format;
mod genesis;
mod genesis_format;
mod header_rules;
mod imported;
mod network;
mod receipts;
mod sample;
mod skips;
mod state_format;
mod state_tests;
mod suite;
mod tracer_format;
mod tracer_tests;
mod uncles;
mod vectors;
mod verdict;
mod world;

pub use imported::ImportedChain;
pub use sample::choose;
pub use suite::{Case, Kind, TestFile};
pub use vectors::{Plan, VectorRunner, VectorSuite};
pub use verdict::{CaseName, Verdict};
