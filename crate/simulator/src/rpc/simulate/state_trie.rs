//! The state root, where all of the state is known.

use crate::{
    Snapshot,
    merkle::Trie,
    rpc::proof::{Account, storage_trie},
};
use alloy_primitives::{
    B256, U256,
    map::{AddressMap, U256Map},
};
use forerun_executor::{Layer, StateError, StateSource};

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
    pub(super) fn root_with(&self, snapshot: &Snapshot, layer: &Layer) -> Result<B256, StateError> {
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
}
