//! Committed changes over the base state, for the sequential loop.

use crate::{
    StateChanges, StateError, StateSource, boundary::Commit, changes::FinalAccount,
    writes::AccountWrite,
};
use revm::{
    Database,
    primitives::{Address, AddressMap, B256, B256Map, HashMap, U256},
    state::{AccountInfo, Bytecode},
};

/// The base state with all that was committed on top of it.
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
    storage: HashMap<U256, U256>,
}

impl<'a, S: StateSource> Overlay<'a, S> {
    pub(crate) fn new(base: &'a S) -> Self {
        Self {
            base,
            accounts: AddressMap::default(),
            codes: B256Map::default(),
        }
    }

    fn apply(&mut self, write: AccountWrite) {
        let account = self.accounts.entry(write.address).or_default();
        if let Some(info) = write.info {
            if let Some(code) = info.as_ref().and_then(|info| info.code.as_ref())
                && !code.is_empty()
            {
                let hash = info
                    .as_ref()
                    .map_or_else(|| code.hash_slow(), |info| info.code_hash);
                self.codes.entry(hash).or_insert_with(|| code.clone());
            }
            account.info = Some(info);
        }
        if write.storage_cleared {
            account.storage_cleared = true;
            account.storage.clear();
        }
        account.storage.extend(write.storage);
    }

    pub(crate) fn into_changes(self) -> Result<StateChanges, StateError> {
        let base = self.base;
        let accounts = self.accounts.into_iter().map(|(address, account)| {
            let final_account = FinalAccount {
                info: account.info,
                storage_cleared: account.storage_cleared,
                storage: account.storage.into_iter().collect(),
            };
            (address, final_account)
        });
        StateChanges::canonical(base, accounts)
    }
}

impl<S: StateSource> Commit for Overlay<'_, S> {
    fn commit(&mut self, writes: Vec<AccountWrite>) {
        for write in writes {
            self.apply(write);
        }
    }
}

impl<S: StateSource> Database for Overlay<'_, S> {
    type Error = StateError;

    fn basic(&mut self, address: Address) -> Result<Option<AccountInfo>, StateError> {
        match self
            .accounts
            .get(&address)
            .and_then(|account| account.info.as_ref())
        {
            Some(info) => Ok(info.clone()),
            None => self.base.account(address),
        }
    }

    fn code_by_hash(&mut self, hash: B256) -> Result<Bytecode, StateError> {
        match self.codes.get(&hash) {
            Some(code) => Ok(code.clone()),
            None => self.base.code(hash),
        }
    }

    fn storage(&mut self, address: Address, slot: U256) -> Result<U256, StateError> {
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

    fn block_hash(&mut self, number: u64) -> Result<B256, StateError> {
        self.base.block_hash(number)
    }
}
