//! `eth_createAccessList`

use super::{
    Failure, RpcError, Session, TransactionArgs,
    block_param::require_pinned,
    params::{optional, required},
    revert::halt_text,
    stage::{GAS_CAP, Stage, first_result},
};
use crate::{access_list, json, remote::Keys};
use alloy_eips::eip2930::AccessList;
use alloy_primitives::{Address, U256};
use forerun_executor::{
    StateChanges, StateSource, is_precompile, revm::context::result::ExecutionResult,
};
use serde_json::Value;

/// How often a call is run at most until its list does not change any more. One that never comes to
/// rest, because it looks at the gas it has left, gets the list of its last run.
const MOST_RUNS: usize = 16;

/// Gas of an authorization of an account that does not exist yet
/// ([EIP-7702](https://eips.ethereum.org/EIPS/eip-7702)).
const NEW_ACCOUNT_GAS: u64 = 25_000;

/// `eth_createAccessList`: the call, the block, state overrides.
///
/// What the call reads is put into its access list, which changes what it costs and may change what it
/// does; so it is run again with the list until there is nothing to add. The sender, the recipient,
/// precompiles and whoever signed an authorization are left out, since they are warm anyway, and so is
/// who was read without being named. But slots are listed whosesoever they are.
pub(crate) fn create_access_list(
    session: &Session<'_>,
    params: &[Value],
) -> Result<String, Failure> {
    let call = required(params, 0)?;
    require_pinned(session, optional(params, 1).as_ref())?;
    let stage = Stage::read(session, optional(params, 2).as_ref(), None)?;
    let mut args = stage.args(&call)?;
    let gas = args.gas.unwrap_or(GAS_CAP);
    let mut warm = warm_addresses(session, &stage, &args, gas)?;
    let mut list = args.access_list.take().unwrap_or_default();
    let mut runs = 0;
    let result = loop {
        runs += 1;
        args.access_list = Some(list.clone());
        let block = stage.block(std::slice::from_ref(&args));
        let (outcome, read) = session.execute_noting(&block, &stage.layer)?;
        warm.extend(unnamed(session, &stage, &read, &outcome.changes)?);
        let fork = stage.fork.spec;
        let is_warm = |address| warm.contains(&address) || is_precompile(fork, address);
        let next = access_list::extended(&list, &read, &is_warm);
        let result = first_result(outcome, &block).map_err(|refused| refused.of_call(gas))?;
        if next == list || runs == MOST_RUNS || !session.is_settled() {
            break result;
        }
        list = next;
    };
    Ok(answer(&list, &result))
}

/// Whoever is warm from the start, but for precompiles.
fn warm_addresses(
    session: &Session<'_>,
    stage: &Stage,
    args: &TransactionArgs,
    gas: u64,
) -> Result<Vec<Address>, Failure> {
    let created = |nonce: u64| args.from.create(nonce);
    let to = match args.to {
        Some(to) => to,
        None => {
            let info = session.account(&stage.layer, args.from)?;
            created(args.nonce.unwrap_or_else(|| info.unwrap_or_default().nonce))
        }
    };
    let mut warm = vec![args.from, to];
    let authorizations = args.authorizations.as_deref().unwrap_or_default();
    if authorizations.len() as u64 > gas / NEW_ACCOUNT_GAS {
        let message = "insufficient gas to process all authorizations";
        return Err(RpcError::new(RpcError::SERVER, message).into());
    }
    let chain_id = U256::from(session.snapshot().chain_id());
    for recovered in crate::transaction::recover_authorizations(authorizations.iter().cloned()) {
        let Some(recovered) = recovered.right() else {
            continue;
        };
        let is_ours = recovered.chain_id.is_zero() || recovered.chain_id == chain_id;
        if is_ours && recovered.nonce < u64::MAX {
            warm.extend(recovered.authority());
        }
    }
    Ok(warm)
}

/// Those that were read without the call's naming them: the coinbase, to whom accounts delegate, and
/// contracts that the call makes. They are warm when it is their turn.
fn unnamed(
    session: &Session<'_>,
    stage: &Stage,
    read: &Keys,
    changes: &StateChanges,
) -> Result<Vec<Address>, Failure> {
    let mut unnamed = vec![stage.env.beneficiary];
    for address in &read.accounts {
        let before = session.account(&stage.layer, *address)?.unwrap_or_default();
        let change = changes.accounts.get(address);
        let after = change.and_then(|change| change.info.as_ref());
        let codes = [Some(&before), after].into_iter().flatten();
        for hash in codes.map(|info| info.code_hash) {
            let code = match changes.codes.get(&hash) {
                Some(code) => code.clone(),
                None => match &before.code {
                    Some(code) if before.code_hash == hash => code.clone(),
                    _ => stage.layer.over(&session.base()).code(hash)?,
                },
            };
            unnamed.extend(code.eip7702_address());
        }
        // Beside senders and authorities, only who is created comes by a nonce.
        if before.nonce == 0 && after.is_some_and(|info| info.nonce > 0) {
            unnamed.push(*address);
        }
    }
    Ok(unnamed)
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
