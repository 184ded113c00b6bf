//! Turns requests into blocks for the executor, and its outcomes into answers.
//!
//! Everything that has to do with meaning is here: what a snapshot holds, how a transaction is
//! written, what the next block looks like, which field of a request is at fault. Nothing here knows
//! of JavaScript, clocks or threads of the operating system, but for the pool that a native
//! [`Simulator`] owns; the same code runs in a browser.
//!
//! | module | holds |
//! |---|---|
//! | `simulator` | the [`Simulator`]: a snapshot and threads |
//! | `snapshot` | the [`Snapshot`]: state to stand on; `overrides` a layer over it |
//! | `remote` | a [`Task`] on state that comes in piece by piece; `ground` what any request stands on |
//! | `bundle`, `bundle_result` | a list of transactions and what it would do |
//! | `gas_limits`, `gas_search` | the least gas that transactions need |
//! | `replay`, `receipts`, `rewards` | a block of the chain, checked against its header |
//! | `intake`, `signed`, `call`, `transaction` | transactions of all types, signed or not |
//! | `places` | finding something out about each transaction of a bundle on what those before it left |
//! | `access_list`, `noting` | access lists out of what runs read |
//! | `merkle`, `state_trie` | roots and proofs of tries that are known as a whole, that of the state among them |
//! | `block_environment`, `fees`, `header`, `fork` | what transactions see of their block |
//! | `error`, `rejection`, `failure`, `report` | what went wrong, and how it went |
//! | `trace` | what a transaction did, in the forms in which nodes tell it |
//! | `rpc` | JSON-RPC methods, answered by executing here |
//! | `fields`, `json` | JSON into checked values, and JSON out |

mod access_list;
mod block_environment;
mod bundle;
mod bundle_result;
mod bundle_trace;
mod call;
mod error;
mod failure;
mod fees;
mod fields;
mod forgotten;
mod fork;
mod gas_limits;
mod gas_search;
mod ground;
mod header;
mod intake;
mod json;
mod merkle;
mod noting;
mod overrides;
mod places;
mod receipts;
mod rejection;
mod remote;
mod replay;
mod report;
mod rewards;
mod rpc;
mod signed;
mod simulator;
mod snapshot;
mod state_trie;
mod trace;
mod transaction;

pub use block_environment::BlockDescription;
pub use bundle::BundleRequest;
pub use bundle_result::{
    BundleResult, BundleStatus, LogEntry, TransactionResult, TransactionStatus,
};
pub use error::Error;
pub use failure::Failure;
pub use forerun_executor as executor;
pub use fork::Fork;
pub use header::Header;
pub use remote::{Answer, Derived, Keys, Step, Task};
pub use replay::{Checks, PreparedBlock, ReplayRequest, ReplayResult, Times};
pub use report::{Activity, Reexecution, Report, WindowChange};
pub use rewards::{Uncle, mining_rewards};
pub use rpc::{METHODS, RpcAnswer, RpcRequest};
pub use signed::decode_signed;
pub use simulator::{MAX_THREADS, Simulator};
pub use snapshot::{Codes, Snapshot, hash_of_code};
pub use trace::{CallOptions, PrestateOptions, StructLogOptions, Traced, Tracer};
