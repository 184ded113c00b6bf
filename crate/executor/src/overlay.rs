//! What a block has settled so far, over the state it stands on.

use crate::{
    StateError, StateSource,
    changes::FinalAccount,
    writes::{AccountWrite, SlotWrite, Span, fate_of},
};
use revm::{
    primitives::{Address, AddressMap, B256, B256Map, StorageKeyMap, U256},
    state::{AccountInfo, Bytecode, EvmState, EvmStorage},
};

/// The base state with what was written back on top of it.
#[derive(Debug)]
pub(crate) struct Overlay<'a, S> {
    base: &'a S,
    accounts: AddressMap<OverlayAccount>,
    codes: B256Map<Bytecode>,
}

#[derive(Debug, Default)]
struct OverlayAccount {
    info: Option<Option<AccountInfo>>,
    storage_cleared: bool,
    created: bool,
    storage: StorageKeyMap<U256>,
}

impl<'a, S: StateSource> Overlay<'a, S> {
    pub(crate) fn new(base: &'a S) -> Self {
        Self {
            base,
            accounts: AddressMap::default(),
            codes: B256Map::default(),
        }
    }

    /// The state that it lies over.
    pub(crate) const fn base(&self) -> &'a S {
        self.base
    }

    /// Takes in what a journal of several transactions ended with.
    pub(crate) fn absorb(&mut self, state: EvmState) {
        self.accounts.reserve(state.len());
        for (address, account) in state {
            if !account.is_touched() {
                continue;
            }
            let Some(fate) = fate_of(&account, Span::Several) else {
                continue;
            };
            let info = (!fate.gone).then_some(account.info);
            let below = self.put_account(address, Some(info), fate.cleared);
            if !fate.gone {
                below.storage.reserve(account.storage.len());
                for (slot, value) in account.storage {
                    below.storage.insert(slot, value.present_value);
                }
            }
        }
    }

    pub(crate) fn apply_account(&mut self, write: AccountWrite) {
        self.put_account(write.address, write.info, write.storage_cleared);
    }

    pub(crate) fn apply_slot(&mut self, write: SlotWrite) {
        let account = self.accounts.entry(write.address).or_default();
        account.storage.insert(write.slot, write.value);
    }

    fn put_account(
        &mut self,
        address: Address,
        info: Option<Option<AccountInfo>>,
        storage_cleared: bool,
    ) -> &mut OverlayAccount {
        let account = self.accounts.entry(address).or_default();
        if let Some(info) = info {
            if let Some(info) = &info
                && let Some(code) = &info.code
                && !code.is_empty()
            {
                // Most accounts keep the code that the base gave them.
                self.codes
                    .entry(info.code_hash)
                    .or_insert_with(|| code.clone());
            }
            account.info = Some(info);
        }
        if storage_cleared {
            account.storage_cleared = true;
            account.created = matches!(account.info, Some(Some(_)));
            account.storage.clear();
        }
        account
    }

    /// The account as it is here.
    pub(crate) fn account(&self, address: Address) -> Result<Option<AccountInfo>, StateError> {
        match self
            .accounts
            .get(&address)
            .and_then(|account| account.info.as_ref())
        {
            Some(info) => Ok(info.clone()),
            None => self.base.account(address),
        }
    }

    /// The code with this hash.
    pub(crate) fn code(&self, hash: B256) -> Result<Bytecode, StateError> {
        match self.codes.get(&hash) {
            Some(code) => Ok(code.clone()),
            None => self.base.code(hash),
        }
    }

    /// The slot as it is here.
    pub(crate) fn slot(&self, address: Address, slot: U256) -> Result<U256, StateError> {
        if let Some(account) = self.accounts.get(&address) {
            if let Some(value) = account.storage.get(&slot) {
                return Ok(*value);
            }
            if account.storage_cleared {
                return Ok(U256::ZERO);
            }
        }
        self.base.storage(address, slot)
    }

    /// The slot, if it was written here.
    pub(crate) fn written_slot(&self, address: Address, slot: U256) -> Option<U256> {
        self.accounts.get(&address)?.storage.get(&slot).copied()
    }

    /// Everything that is in here, account by account and slot by slot.
    pub(crate) fn each_write(
        &self,
        mut account: impl FnMut(AccountWrite),
        mut slot: impl FnMut(SlotWrite),
    ) {
        for (address, written) in &self.accounts {
            account(AccountWrite {
                address: *address,
                info: written.info.clone(),
                storage_cleared: written.storage_cleared,
                moved_from: None,
            });
            for (key, value) in &written.storage {
                slot(SlotWrite {
                    address: *address,
                    slot: *key,
                    value: *value,
                });
            }
        }
    }

    /// How every account ended that was written here or in a journal above.
    pub(crate) fn into_final(mut self, state: EvmState) -> Vec<(Address, FinalAccount)> {
        let mut accounts = Vec::with_capacity(state.len() + self.accounts.len());
        for (address, account) in state {
            if !account.is_touched() {
                continue;
            }
            let Some(fate) = fate_of(&account, Span::Several) else {
                continue;
            };
            let below = self.accounts.remove(&address).unwrap_or_default();
            let voids = fate.cleared || fate.gone;
            accounts.push((
                address,
                FinalAccount {
                    info: Some((!fate.gone).then_some(account.info)),
                    storage_cleared: voids || below.storage_cleared,
                    created: if voids { !fate.gone } else { below.created },
                    storage: account.storage,
                    below: if voids {
                        StorageKeyMap::default()
                    } else {
                        below.storage
                    },
                },
            ));
        }
        let rest = self.accounts.into_iter().map(|(address, account)| {
            let final_account = FinalAccount {
                info: account.info,
                storage_cleared: account.storage_cleared,
                created: account.created,
                storage: EvmStorage::default(),
                below: account.storage,
            };
            (address, final_account)
        });
        accounts.extend(rest);
        accounts
    }
}
