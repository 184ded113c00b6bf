//! The net change of state, in one canonical form: two runs that leave the same state have equal
//! changes, however each got there.

use crate::{StateError, StateSource};
use revm::{
    primitives::{Address, B256, StorageKeyMap, U256},
    state::{AccountInfo, Bytecode, EvmStorage},
};
use std::collections::BTreeMap;

/// What a run changed, against the state it stood on. Whatever ended as it began is left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StateChanges {
    /// The accounts that changed.
    pub accounts: BTreeMap<Address, AccountChange>,
    /// Codes that accounts have now and none of them had before, by hash.
    pub codes: BTreeMap<B256, Bytecode>,
}

/// How one account ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountChange {
    /// Balance (wei), nonce and code hash; `None` if the account is gone.
    pub info: Option<AccountInfo>,
    /// Whether the storage it had before is void: it was destroyed, and possibly made anew.
    pub storage_cleared: bool,
    /// The slots that changed. If the storage was cleared, those that are not zero.
    pub storage: BTreeMap<U256, U256>,
}

/// How an account ended, before it is compared with how it began.
#[derive(Debug)]
pub(crate) struct FinalAccount {
    /// `None` if only storage was written.
    pub(crate) info: Option<Option<AccountInfo>>,
    pub(crate) storage_cleared: bool,
    /// Whether the last clearing was a creation.
    pub(crate) created: bool,
    /// What the journal ended with.
    pub(crate) storage: EvmStorage,
    /// What had been written back before; where both have a slot, the journal is right.
    pub(crate) below: StorageKeyMap<U256>,
}

/// A part of the changes, in the order of the addresses.
#[derive(Debug, Default)]
pub(crate) struct Part {
    accounts: BTreeMap<Address, AccountChange>,
    codes: BTreeMap<B256, Bytecode>,
}

impl Part {
    /// Brings final values into the canonical form.
    pub(crate) fn canonical<S: StateSource>(
        base: &S,
        accounts: Vec<(Address, FinalAccount)>,
    ) -> Result<Self, StateError> {
        let mut changes = Vec::with_capacity(accounts.len());
        let mut codes = BTreeMap::new();
        for (address, account) in accounts {
            if let Some(change) = change_of(base, address, account, &mut codes)? {
                changes.push((address, change));
            }
        }
        Ok(Self {
            // Made into a tree at once: inserting one by one takes several times as long.
            accounts: changes.into_iter().collect(),
            codes,
        })
    }
}

impl StateChanges {
    /// Puts parts together that have no account in common.
    pub(crate) fn of(parts: impl IntoIterator<Item = Part>) -> Self {
        let mut all = Part::default();
        for mut part in parts {
            all.accounts.append(&mut part.accounts);
            all.codes.extend(part.codes);
        }
        Self {
            accounts: all.accounts,
            codes: all.codes,
        }
    }
}

fn change_of<S: StateSource>(
    base: &S,
    address: Address,
    account: FinalAccount,
    codes: &mut BTreeMap<B256, Bytecode>,
) -> Result<Option<AccountChange>, StateError> {
    let before = base.account(address)?;
    let info = account.info.unwrap_or_else(|| before.clone());
    // An account that did not exist, or was empty, had no storage that could be cleared.
    // So it is the same whether an empty one was removed and made anew, or was just used.
    // A contract made over it does away with what storage it may have all the same.
    let had_storage = before
        .as_ref()
        .is_some_and(|info| !info.is_empty() || account.created);
    let storage_cleared = account.storage_cleared && had_storage;
    let mut storage = Vec::new();
    let mut compare = |slot: U256, value: U256| {
        let old = if storage_cleared {
            U256::ZERO
        } else {
            base.storage(address, slot)?
        };
        if value != old {
            storage.push((slot, value));
        }
        Ok(())
    };
    // Nothing is stored in an account that does not exist.
    if info.is_some() {
        for (slot, value) in &account.storage {
            compare(*slot, value.present_value)?;
        }
        for (slot, value) in account.below {
            if !account.storage.contains_key(&slot) {
                compare(slot, value)?;
            }
        }
    }
    if info == before && !storage_cleared && storage.is_empty() {
        return Ok(None);
    }
    let info = info.map(|mut info| {
        let code = info.code.take();
        let known = before
            .as_ref()
            .is_some_and(|b| b.code_hash == info.code_hash);
        if let Some(code) = code
            && !known
            && !info.is_empty_code_hash()
        {
            codes.insert(info.code_hash, code);
        }
        info
    });
    Ok(Some(AccountChange {
        info,
        storage_cleared,
        storage: storage.into_iter().collect(),
    }))
}
