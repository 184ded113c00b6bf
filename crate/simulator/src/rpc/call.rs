//! `eth_call`

use super::{
    Failure, RpcError, Session,
    block_param::require_pinned,
    params::{optional, required},
    revert::{halt_text, reverted},
    stage::{GAS_CAP, Stage},
};
use crate::json;
use alloy_primitives::Bytes;
use forerun_executor::revm::context::result::ExecutionResult;
use serde_json::Value;

/// `eth_call`: what a call returns, at the pinned block with its own number, time and coinbase.
///
/// Parameters: the call, the block, state overrides, block overrides. A call without a price pays no
/// fees, and sees a base fee of zero.
pub(crate) fn call(session: &Session<'_>, params: &[Value]) -> Result<String, Failure> {
    let call = required(params, 0)?;
    require_pinned(session, optional(params, 1).as_ref())?;
    let (state, block) = (optional(params, 2), optional(params, 3));
    let stage = Stage::read(session, state.as_ref(), block.as_ref())?;
    let args = stage.args(&call)?;
    let gas = args.gas.unwrap_or(GAS_CAP);
    match stage.run(session, &args)? {
        Ok(result) => Ok(json::quoted(&output(result)?)),
        Err(refused) => Err(refused.of_call(gas).into()),
    }
}

/// What a call returned.
///
/// # Errors
/// Why it returned nothing.
pub(crate) fn output(result: ExecutionResult) -> Result<Bytes, RpcError> {
    match result {
        ExecutionResult::Success { output, .. } => Ok(output.into_data()),
        ExecutionResult::Revert { output, .. } => Err(reverted(&output)),
        ExecutionResult::Halt { reason, .. } => {
            Err(RpcError::new(RpcError::SERVER, halt_text(&reason)))
        }
    }
}
