//! `eth_getProof`, where the whole state is known.

use super::{
    Failure, RpcError, Session,
    block_param::require_pinned,
    params::{optional, required},
    state_reads::{MOST_SLOTS, too_many_slots},
    storage_key::StorageKey,
};
use crate::{json, remote::lower, state_trie::storage_trie};
use alloy_primitives::{B256, U256};
use forerun_executor::{StateSource, revm::state::AccountInfo};
use serde_json::Value;

/// `eth_getProof`: an account, and slots of it, each with the trie's nodes on the way to it.
///
/// Answered only if all of the state is here, which shows in its root being that of the header.
pub(crate) fn proof(session: &Session<'_>, params: &[Value]) -> Result<String, Failure> {
    let address = required(params, 0)?.address()?;
    let mut keys = Vec::new();
    if let Some(field) = optional(params, 1) {
        let list = field.list()?;
        if list.len() > MOST_SLOTS {
            return Err(too_many_slots().into());
        }
        for field in list {
            keys.push(StorageKey::read(&field)?);
        }
    }
    require_pinned(session, optional(params, 2).as_ref())?;
    let snapshot = session.snapshot();
    let trie = snapshot.state_trie().ok_or_else(|| {
        RpcError::new(RpcError::SERVER, "proofs need the whole state or a source")
    })?;
    let (storage_root, nodes) = trie.prove(address);
    // One that does not exist has zero for the hash of its code, as with geth.
    let account = snapshot.account(address)?.unwrap_or(AccountInfo {
        code_hash: B256::ZERO,
        ..AccountInfo::default()
    });
    let mut out = String::from("{\"address\":");
    json::text(&mut out, &lower(&address));
    out.push_str(",\"accountProof\":");
    json::list(&mut out, nodes.iter().map(|node| hex(node)));
    for (name, text) in [
        ("balance", format!("{:#x}", account.balance)),
        ("codeHash", account.code_hash.to_string()),
        ("nonce", format!("{:#x}", account.nonce)),
        ("storageHash", storage_root.to_string()),
    ] {
        out.push(',');
        json::text(&mut out, &name);
        out.push(':');
        json::text(&mut out, &text);
    }
    out.push_str(",\"storageProof\":[");
    let trie = storage_trie(snapshot.storage_of(address));
    for (index, key) in keys.into_iter().enumerate() {
        json::separate(&mut out, index);
        let slot = U256::from_be_bytes(key.slot.0);
        out.push_str("{\"key\":");
        if key.is_padded {
            json::text(&mut out, &key.slot);
        } else {
            json::text(&mut out, &format_args!("{slot:#x}"));
        }
        out.push_str(",\"value\":");
        let value = snapshot.storage(address, slot)?;
        json::text(&mut out, &format_args!("{value:#x}"));
        out.push_str(",\"proof\":");
        let (_, nodes) = trie.root_and_proof(key.slot.as_slice());
        json::list(&mut out, nodes.iter().map(|node| hex(node)));
        out.push('}');
    }
    out.push_str("]}");
    Ok(out)
}

fn hex(node: &[u8]) -> String {
    alloy_primitives::hex::encode_prefixed(node)
}
