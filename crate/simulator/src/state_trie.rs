//! The trie of the whole state, where all of it is known: roots of what follows on it, and proofs.

use crate::{Snapshot, merkle::Trie};
use alloy_primitives::{
    Address, B256, U256,
    map::{AddressMap, U256Map},
};
use alloy_rlp::{Encodable, Header};
use forerun_executor::{Layer, StateError, StateSource, revm::state::AccountInfo};

/// The trie of all accounts.
#[derive(Clone, Debug)]
pub(crate) struct StateTrie {
    accounts: Trie,
    storage_roots: AddressMap<B256>,
}

impl StateTrie {
    /// The trie of a snapshot's state; `None` unless its root is that of the snapshot's block.
    pub(crate) fn of(snapshot: &Snapshot) -> Option<Self> {
        if !snapshot.is_complete() {
            return None;
        }
        let expected = snapshot.block()?.state_root?;
        let mut trie = Self {
            accounts: Trie::default(),
            storage_roots: AddressMap::default(),
        };
        for (address, info, storage) in snapshot.accounts() {
            let storage_root = storage_trie(Some(storage)).root();
            trie.storage_roots.insert(address, storage_root);
            let account = Account { info, storage_root };
            trie.accounts.insert(address.as_slice(), &account);
        }
        (trie.accounts.root() == expected).then_some(trie)
    }

    /// The root with what a layer makes of the snapshot's state.
    pub(crate) fn root_with(&self, snapshot: &Snapshot, layer: &Layer) -> Result<B256, StateError> {
        let mut accounts = self.accounts.clone();
        let state = layer.over(snapshot);
        for (address, cleared, changed) in layer.changed() {
            let Some(info) = state.account(address)? else {
                accounts.remove(address.as_slice());
                continue;
            };
            let before = snapshot.storage_of(address).filter(|_| !cleared);
            let storage_root = match self.storage_roots.get(&address) {
                Some(root) if !cleared && changed.is_empty() => *root,
                _ => {
                    let slots = before.into_iter().flatten();
                    let mut slots: U256Map<U256> = slots.map(|(k, v)| (*k, *v)).collect();
                    slots.extend(changed.iter().map(|(slot, value)| (*slot, *value)));
                    storage_trie(Some(&slots)).root()
                }
            };
            let account = Account {
                info: &info,
                storage_root,
            };
            accounts.insert(address.as_slice(), &account);
        }
        Ok(accounts.root())
    }

    /// The root of an account's storage, zero if there is no such account, as with geth, and the nodes on
    /// the way to the account.
    pub(crate) fn prove(&self, address: Address) -> (B256, Vec<Vec<u8>>) {
        let storage_root = self.storage_roots.get(&address).copied();
        let (_, nodes) = self.accounts.root_and_proof(address.as_slice());
        (storage_root.unwrap_or_default(), nodes)
    }
}

/// The trie of an account's storage.
pub(crate) fn storage_trie(slots: Option<&U256Map<U256>>) -> Trie {
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
struct Account<'a> {
    info: &'a AccountInfo,
    storage_root: B256,
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
