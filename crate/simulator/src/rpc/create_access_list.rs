//! `eth_createAccessList`

use super::{
    Failure, RpcError, Session,
    block_param::require_pinned,
    params::{optional, required},
    revert::halt_text,
    stage::{GAS_CAP, Stage, first_result},
};
use crate::{
    access_list::{self, MOST_RUNS, extended, unnamed, warm_from_start},
    json,
};
use alloy_eips::eip2930::AccessList;
use forerun_executor::revm::context::result::ExecutionResult;
use serde_json::Value;

/// Gas of an authorization of an account that does not exist yet
/// ([EIP-7702](https://eips.ethereum.org/EIPS/eip-7702)).
const NEW_ACCOUNT_GAS: u64 = 25_000;

/// `eth_createAccessList`: the call, the block, state overrides.
///
/// The sender, the recipient, precompiles and whoever signed an authorization are left out of the list,
/// since they are warm anyway, and so is who was read without being named. But slots are listed
/// whosesoever they are.
pub(crate) fn create_access_list(
    session: &Session<'_>,
    params: &[Value],
) -> Result<String, Failure> {
    let call = required(params, 0)?;
    require_pinned(session, optional(params, 1).as_ref())?;
    let stage = Stage::read(session, optional(params, 2).as_ref(), None)?;
    let mut args = stage.args(&call)?;
    let gas = args.gas.unwrap_or(GAS_CAP);
    let authorizations = args.authorizations.as_ref().map_or(0, Vec::len);
    if authorizations as u64 > gas / NEW_ACCOUNT_GAS {
        let message = "insufficient gas to process all authorizations";
        return Err(RpcError::new(RpcError::SERVER, message).into());
    }
    if args.to.is_none() && args.nonce.is_none() {
        let sender = session.account(&stage.layer, args.from)?;
        args.nonce = Some(sender.unwrap_or_default().nonce);
    }
    let mut block = stage.block(std::slice::from_ref(&args));
    let mut warm = warm_from_start(&block.transactions[0], block.chain_id);
    let mut list = args.access_list.take().unwrap_or_default();
    let mut runs = 0;
    let result = loop {
        runs += 1;
        args.access_list = Some(list.clone());
        block.transactions = stage.block(std::slice::from_ref(&args)).transactions;
        let (outcome, read) = session.execute_noting(&block, &stage.layer)?;
        let base = session.base();
        let state = stage.layer.over(&base);
        let coinbase = stage.env.beneficiary;
        warm.extend(unnamed(&read, &outcome.changes, &state, coinbase)?);
        let next = extended(&list, &read, &warm, block.fork);
        let result = first_result(outcome, &block).map_err(|refused| refused.of_call(gas))?;
        if next == list || runs == MOST_RUNS || !session.is_settled() {
            break result;
        }
        list = next;
    };
    Ok(answer(&list, &result))
}

fn answer(list: &AccessList, result: &ExecutionResult) -> String {
    let mut out = String::from("{\"accessList\":");
    access_list::write(&mut out, list);
    let error = match result {
        ExecutionResult::Success { .. } => None,
        ExecutionResult::Revert { .. } => Some("execution reverted"),
        ExecutionResult::Halt { reason, .. } => Some(halt_text(reason)),
    };
    if let Some(error) = error {
        out.push_str(",\"error\":");
        json::text(&mut out, &error);
    }
    out.push_str(",\"gasUsed\":");
    json::text(&mut out, &format_args!("{:#x}", result.tx_gas_used()));
    out.push('}');
    out
}
