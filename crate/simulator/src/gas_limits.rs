//! The least gas limit of a transaction of a bundle.

use crate::{
    Error,
    gas_search::{OSAKA_GAS_CAP, narrow},
    places::Place,
};
use forerun_executor::revm::{
    context::{TxEnv, result::ExecutionResult},
    primitives::hardfork::SpecId,
};

/// The least limit with which the transaction succeeds at its place; `None` if it fails with any. One
/// that fails with the limit it has is tried with the most that it could have.
pub(crate) fn needed(place: &Place<'_>) -> Result<Option<u64>, Error> {
    let attempt = |gas_limit: u64| -> Result<Option<ExecutionResult>, Error> {
        let tx = TxEnv {
            gas_limit,
            ..place.tx.clone()
        };
        Ok(place.attempt(tx)?.filter(ExecutionResult::is_success))
    };
    let block = place.block();
    let mut most = block.env.gas_limit;
    if block.fork.is_enabled_in(SpecId::OSAKA) {
        most = most.min(OSAKA_GAS_CAP);
    }
    let mut bound = place.tx.gas_limit;
    let mut first = place.result.clone().filter(|result| result.is_success());
    if first.is_none() && bound < most {
        bound = most;
        first = attempt(bound)?;
    }
    let Some(first) = first else {
        return Ok(None);
    };
    let mut succeeds = |gas| Ok(attempt(gas)?.is_some());
    narrow(first.gas(), bound, 0, &mut succeeds).map(Some)
}
