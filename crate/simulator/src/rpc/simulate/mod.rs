//! `eth_simulateV1`: blocks that do not exist yet, one on top of the other.
//!
//! All numbers and times are checked before anything is executed. Each block then runs in segments:
//! calls whose transactions are known beforehand run together, in parallel; one that depends on what
//! those before it did (a call without gas gets what the block has left) begins the next segment.
//!
//! A block comes out with all its roots. The state root needs all of the state: it is there if the
//! snapshot is whole (`StateTrie`), and zero otherwise, and the block's hash follows from it.
//!
//! | module | holds |
//! |---|---|
//! | `request` | what is asked for, and the order of numbers and times |
//! | `run` | one block after the other |
//! | `segments` | which calls run together |
//! | `fault` | which of a transaction's faults is named |
//! | `logs` | the logs of a call, and transfers of ether among them |
//! | `seal` | the header of an executed block |
//! | `answer` | the result as JSON |

mod answer;
mod fault;
mod logs;
mod request;
mod run;
mod seal;
mod segments;

use super::{
    Failure, Session,
    block_param::require_pinned,
    params::{optional, required},
};
use request::Request;
use run::Run;
use serde_json::Value;

/// `eth_simulateV1`
pub(crate) fn simulate(session: &Session<'_>, params: &[Value]) -> Result<String, Failure> {
    let request = Request::read(&required(params, 0)?)?;
    require_pinned(session, optional(params, 1).as_ref())?;
    let flags = request.flags;
    Run::new(session, flags)?.all(request.plan(session)?)
}
