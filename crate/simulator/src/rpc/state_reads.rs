//! Methods that read state at the pinned block.

use super::{
    Failure, RpcError, Session,
    block_param::{pinned_header, require_pinned},
    params::{optional, required},
    storage_key::StorageKey,
};
use crate::{fields::address_in, json, remote::lower};
use alloy_primitives::B256;
use forerun_executor::{StateSource, revm::state::AccountInfo};
use serde_json::Value;

/// The most slots that one `eth_getStorageValues` or `eth_getProof` may name, and what naming more is
/// answered with.
pub(crate) const MOST_SLOTS: usize = 1024;

pub(crate) fn too_many_slots() -> RpcError {
    let message = format!("too many slots (max {MOST_SLOTS})");
    RpcError::new(RpcError::LIMIT, message)
}

/// `eth_chainId`
pub(crate) fn chain_id(session: &Session<'_>, _params: &[Value]) -> Result<String, Failure> {
    Ok(json::quoted(&format_args!(
        "{:#x}",
        session.snapshot().chain_id()
    )))
}

/// `eth_blockNumber`
pub(crate) fn block_number(session: &Session<'_>, _params: &[Value]) -> Result<String, Failure> {
    let number = pinned_header(session)?.number;
    Ok(json::quoted(&format_args!("{number:#x}")))
}

/// `eth_getBalance`
pub(crate) fn balance(session: &Session<'_>, params: &[Value]) -> Result<String, Failure> {
    let info = account(session, params)?;
    Ok(json::quoted(&format_args!("{:#x}", info.balance)))
}

/// `eth_getTransactionCount`
pub(crate) fn nonce(session: &Session<'_>, params: &[Value]) -> Result<String, Failure> {
    let info = account(session, params)?;
    Ok(json::quoted(&format_args!("{:#x}", info.nonce)))
}

/// `eth_getCode`
pub(crate) fn code(session: &Session<'_>, params: &[Value]) -> Result<String, Failure> {
    let info = account(session, params)?;
    let code = match info.code {
        Some(code) => code,
        None => session.base().code(info.code_hash)?,
    };
    Ok(json::quoted(&code.original_bytes()))
}

/// `eth_getStorageAt`
pub(crate) fn storage_at(session: &Session<'_>, params: &[Value]) -> Result<String, Failure> {
    let address = required(params, 0)?.address()?;
    let key = StorageKey::read(&required(params, 1)?)?;
    require_pinned(session, optional(params, 2).as_ref())?;
    let value = session.base().storage(address, key.slot.into())?;
    Ok(json::quoted(&B256::from(value)))
}

/// `eth_getStorageValues`: `{ "<address>": slot[] }` in, the values in the same order out.
pub(crate) fn storage_values(session: &Session<'_>, params: &[Value]) -> Result<String, Failure> {
    let mut wanted = Vec::new();
    let mut count = 0;
    for (key, entry) in required(params, 0)?.entries()? {
        let address = address_in(key).map_err(|reason| entry.refuse(reason))?;
        let slots = entry.list()?;
        count += slots.len();
        wanted.push((address, slots));
    }
    if count == 0 {
        return Err(RpcError::params("empty request").into());
    }
    if count > MOST_SLOTS {
        return Err(too_many_slots().into());
    }
    require_pinned(session, optional(params, 1).as_ref())?;
    let state = session.base();
    let mut out = String::from("{");
    for (index, (address, slots)) in wanted.into_iter().enumerate() {
        json::separate(&mut out, index);
        json::text(&mut out, &lower(&address));
        out.push_str(":[");
        for (index, slot) in slots.into_iter().enumerate() {
            json::separate(&mut out, index);
            let value = state.storage(address, slot.hash()?.into())?;
            json::text(&mut out, &B256::from(value));
        }
        out.push(']');
    }
    out.push('}');
    Ok(out)
}

/// The account that the first parameter names, at the block that the second one names. One that does
/// not exist is an empty one.
fn account(session: &Session<'_>, params: &[Value]) -> Result<AccountInfo, Failure> {
    let address = required(params, 0)?.address()?;
    require_pinned(session, optional(params, 1).as_ref())?;
    Ok(session.base().account(address)?.unwrap_or_default())
}
