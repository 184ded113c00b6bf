//! `eth_getProof`, where the whole state is known.

use super::{
    Failure, RpcError, Session,
    block_param::require_pinned,
    params::{optional, required},
    state_reads::{MOST_SLOTS, too_many_slots},
    storage_key::StorageKey,
};
use crate::{Snapshot, json, merkle::Trie, remote::lower};
use alloy_primitives::{Address, B256, U256, map::U256Map};
use alloy_rlp::{Encodable, Header};
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
    let (account, storage_root, nodes) = account_proof(snapshot, address).ok_or_else(|| {
        RpcError::new(RpcError::SERVER, "proofs need the whole state or a source")
    })?;
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

/// The account, the root of its storage, and its proof; `None` if not all of the state is known. One
/// that does not exist has zero for its hashes, as with geth.
fn account_proof(
    snapshot: &Snapshot,
    address: Address,
) -> Option<(AccountInfo, B256, Vec<Vec<u8>>)> {
    if !snapshot.is_complete() {
        return None;
    }
    let expected = snapshot.block()?.state_root?;
    let absent = AccountInfo {
        code_hash: B256::ZERO,
        ..AccountInfo::default()
    };
    let mut asked = (absent, B256::ZERO);
    let mut trie = Trie::default();
    for (other, info, storage) in snapshot.accounts() {
        let storage_root = storage_trie(Some(storage)).root();
        trie.insert(other.as_slice(), &Account { info, storage_root });
        if other == address {
            asked = (info.clone(), storage_root);
        }
    }
    let (root, nodes) = trie.root_and_proof(address.as_slice());
    (root == expected).then_some((asked.0, asked.1, nodes))
}

/// The trie of an account's storage.
pub(super) fn storage_trie(slots: Option<&U256Map<U256>>) -> Trie {
    let mut trie = Trie::default();
    for (slot, value) in slots.into_iter().flatten() {
        // Zero is not stored.
        if !value.is_zero() {
            trie.insert(&slot.to_be_bytes::<32>(), value);
        }
    }
    trie
}

/// An account as it stands in the trie: `[nonce, balance, storageRoot, codeHash]`.
pub(super) struct Account<'a> {
    pub(super) info: &'a AccountInfo,
    pub(super) storage_root: B256,
}

impl Encodable for Account<'_> {
    fn encode(&self, out: &mut dyn alloy_rlp::BufMut) {
        let (nonce, balance) = (&self.info.nonce, &self.info.balance);
        let items: [&dyn Encodable; 4] = [nonce, balance, &self.storage_root, &self.info.code_hash];
        let payload_length = items.iter().map(|item| item.length()).sum();
        let header = Header {
            list: true,
            payload_length,
        };
        header.encode(out);
        for item in items {
            item.encode(out);
        }
    }
}
