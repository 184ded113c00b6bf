//! `eth_estimateGas`
//!
//! The search is that of geth, step by step, so that the estimate is geth's to the last unit: an upper
//! bound from the block, the caller's limit and what the sender can pay; one run with all of it; a
//! guess from what that run took at its peak; and halving until what is left to gain is less than
//! 1.5 %. A call that looks at the gas it has left may come out differently with each limit, which is
//! why every limit is tried and none computed.

use super::{
    Failure, RpcError, Session, TransactionArgs,
    block_param::require_pinned,
    call::output,
    params::{optional, required},
    stage::{GAS_CAP, Stage},
};
use crate::{
    call::blob_cost,
    gas_search::{LEAST_GAS, OSAKA_GAS_CAP, narrow},
    json,
};
use alloy_primitives::U256;
use forerun_executor::{
    Rejection,
    revm::{
        context::result::{ExecutionResult, HaltReason, InvalidTransaction},
        primitives::hardfork::SpecId,
    },
};
use serde_json::Value;

/// The search ends when the estimate is less than this part too high, in thousandths.
const TOLERANCE: u64 = 15;

/// `eth_estimateGas`: the call, the block, state overrides, block overrides.
pub(crate) fn estimate_gas(session: &Session<'_>, params: &[Value]) -> Result<String, Failure> {
    let call = required(params, 0)?;
    require_pinned(session, optional(params, 1).as_ref())?;
    let (state, block) = (optional(params, 2), optional(params, 3));
    let stage = Stage::read(session, state.as_ref(), block.as_ref())?;
    let args = stage.args(&call)?;
    let gas = estimate(session, &stage, args)?;
    Ok(json::quoted(&format_args!("{gas:#x}")))
}

/// The gas limit that a call needs.
fn estimate(session: &Session<'_>, stage: &Stage, args: TransactionArgs) -> Result<u64, Failure> {
    let bound = upper_bound(session, stage, &args)?;
    let mut search = Search {
        session,
        stage,
        args,
    };
    if search.is_plain_transfer()?
        && let Ok(Attempt::Enough(_)) = search.attempt(LEAST_GAS)
    {
        return Ok(LEAST_GAS);
    }
    let first = match search.attempt(bound)? {
        Attempt::Enough(result) => result,
        Attempt::Short(Some(result)) if !is_out_of_gas(&result) => {
            output(result)?;
            return Ok(bound);
        }
        Attempt::Short(_) => {
            let message = format!("gas required exceeds allowance ({bound})");
            return Err(RpcError::new(RpcError::SERVER, message).into());
        }
    };
    if !session.is_settled() {
        // More has to be known first, and then all of this is done anew.
        return Ok(bound);
    }
    let mut succeeds = |gas| Ok(matches!(search.attempt(gas)?, Attempt::Enough(_)));
    narrow(first.gas(), bound, TOLERANCE, &mut succeeds)
}

/// The most gas that the call could have.
fn upper_bound(
    session: &Session<'_>,
    stage: &Stage,
    args: &TransactionArgs,
) -> Result<u64, Failure> {
    let given = args.gas.filter(|gas| *gas >= LEAST_GAS);
    let mut bound = given.unwrap_or(stage.env.gas_limit);
    if stage.fork.has(SpecId::OSAKA) {
        bound = bound.min(OSAKA_GAS_CAP);
    }
    let fee_cap = U256::from(args.fee_cap());
    if !fee_cap.is_zero() {
        let lacking = |what: &str| RpcError::new(RpcError::SERVER, what);
        let mut funds = stage.funds(session, args)?;
        if args.value >= funds {
            return Err(lacking("insufficient funds for transfer").into());
        }
        funds -= args.value;
        let blobs = args.blob_hashes.as_ref().map_or(0, Vec::len);
        if blobs > 0 && stage.fork.has(SpecId::CANCUN) {
            let cost = blob_cost(args.blob_fee_cap(), blobs);
            if cost >= funds {
                return Err(lacking("insufficient funds for gas * price + value").into());
            }
            funds -= cost;
        }
        bound = u64::try_from(funds / fee_cap).map_or(bound, |affordable| bound.min(affordable));
    }
    Ok(bound.min(GAS_CAP))
}

/// What became of a call with some gas limit.
enum Attempt {
    /// It succeeded.
    Enough(ExecutionResult),
    /// It did not, if it began at all.
    Short(Option<ExecutionResult>),
}

struct Search<'a> {
    session: &'a Session<'a>,
    stage: &'a Stage,
    args: TransactionArgs,
}

impl Search<'_> {
    fn attempt(&mut self, gas: u64) -> Result<Attempt, Failure> {
        self.args.gas = Some(gas);
        match self.stage.run(self.session, &self.args)? {
            Ok(result @ ExecutionResult::Success { .. }) => Ok(Attempt::Enough(result)),
            Ok(result) => Ok(Attempt::Short(Some(result))),
            Err(refused) => match refused.rejection {
                Rejection::Invalid(InvalidTransaction::CallGasCostMoreThanGasLimit { .. }) => {
                    Ok(Attempt::Short(None))
                }
                _ => {
                    let message = format!("failed with {gas} gas: {}", refused.error.message);
                    Err(RpcError::new(RpcError::SERVER, message).into())
                }
            },
        }
    }

    /// Whether it goes to an account without code and brings no data.
    fn is_plain_transfer(&self) -> Result<bool, Failure> {
        let Some(to) = self.args.to.filter(|_| self.args.input.is_empty()) else {
            return Ok(false);
        };
        let account = self.session.account(&self.stage.layer, to)?;
        Ok(account.is_none_or(|info| info.is_empty_code_hash()))
    }
}

const fn is_out_of_gas(result: &ExecutionResult) -> bool {
    matches!(
        result,
        ExecutionResult::Halt {
            reason: HaltReason::OutOfGas(_),
            ..
        }
    )
}
