//! JSON-RPC methods, answered by executing here: what a node would say, from plain state reads alone.
//!
//! A method is a function of its parameters and of a [`Session`], through which it reads state and
//! executes blocks. It does not know whether the state is complete: where it is not, the task runs it
//! again and again, each time with more that is known, and only an answer in which nothing was guessed
//! leaves the task (`remote`).
//!
//! | module | holds |
//! |---|---|
//! | `request` | a request, and its answer as JSON text |
//! | `error` | errors with the codes of JSON-RPC and of execution clients |
//! | `session` | the state that a method stands on, and the way to execute blocks on it |
//! | `methods` | which methods there are |
//! | `params`, `block_param`, `storage_key` | parameters that several methods have |
//! | `revert`, `refusal` | what a call that failed or was refused is answered with, in the words of geth |
//! | `state_reads`, `proof`, `blocks` | methods that read state, and the pinned block |
//! | `simulate` | `eth_simulateV1` |
//! | `transaction_args` | calls as nodes read them |
//! | `state_override`, `block_override` | what a request has otherwise than the chain |
//! | `stage` | what single calls stand on, and what they may do there |
//! | `call`, `estimate_gas`, `create_access_list`, `call_many` | calls that change nothing |
//! | `trace_call` | calls, and what they did |
//! | `bundles` | bundles as block builders take them |

mod block_override;
mod block_param;
mod blocks;
mod bundles;
mod call;
mod call_many;
mod create_access_list;
mod error;
mod estimate_gas;
mod methods;
mod params;
mod proof;
mod refusal;
mod request;
mod revert;
mod session;
mod simulate;
mod stage;
mod state_override;
mod state_reads;
mod storage_key;
mod trace_call;
mod transaction_args;

pub(crate) use block_override::BlockOverrides;
pub(crate) use error::{Failure, RpcError};
pub use methods::METHODS;
pub(crate) use methods::answer;
pub use request::{RpcAnswer, RpcRequest};
pub(crate) use revert::revert_reason;
pub(crate) use session::Session;
pub(crate) use state_override::StateOverrides;
pub(crate) use transaction_args::TransactionArgs;
