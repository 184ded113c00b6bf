//! State overrides: a thin layer over a state, for one request. What lies below is not copied and
//! does not change.

use crate::{
    fields::{Field, Refusal},
    snapshot::{read_code, read_storage},
};
use alloy_primitives::{
    Address, B256, U256,
    map::{AddressMap, B256Map, HashMap, U256Map},
};
use forerun_executor::{
    Guesses, StateError, StateSource,
    revm::state::{AccountInfo, Bytecode},
};

/// What replaces an account's storage.
#[derive(Clone, Debug)]
enum StorageOverride {
    /// These slots, and zero everywhere else.
    Whole(U256Map<U256>),
    /// These slots, and what was there everywhere else.
    Patch(U256Map<U256>),
}

/// What is different about one account.
#[derive(Clone, Debug, Default)]
struct AccountOverride {
    balance: Option<U256>,
    nonce: Option<u64>,
    code: Option<(B256, Bytecode)>,
    storage: Option<StorageOverride>,
}

/// A request's `stateOverrides`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Overrides {
    accounts: AddressMap<AccountOverride>,
    codes: B256Map<Bytecode>,
    /// Ancestors' hashes beside those of the state below.
    block_hashes: HashMap<u64, B256>,
}

impl Overrides {
    /// Only other block hashes.
    pub(crate) fn of_block_hashes(block_hashes: HashMap<u64, B256>) -> Self {
        Self {
            block_hashes,
            ..Self::default()
        }
    }

    /// Reads `[{ address, balance?, nonce?, code?, state?, stateDiff? }]`.
    pub(crate) fn read(field: &Field<'_>) -> Result<Self, Refusal> {
        let mut overrides = Self::default();
        for entry in field.list()? {
            let mut fields = entry.object()?;
            let address_field = fields.require("address")?;
            let address = address_field.address()?;
            let whole = fields.read("state", read_storage)?;
            let patch_field = fields.get("stateDiff");
            let patch = patch_field.as_ref().map(read_storage).transpose()?;
            let storage = match (whole, patch, patch_field) {
                (Some(_), Some(_), Some(field)) => {
                    return Err(field.refuse("cannot be combined with state, which replaces all"));
                }
                (Some(slots), ..) => Some(StorageOverride::Whole(slots)),
                (None, patch, _) => patch.map(StorageOverride::Patch),
            };
            let account = AccountOverride {
                balance: fields.read("balance", Field::quantity)?,
                nonce: fields.read("nonce", Field::quantity_u64)?,
                code: fields.read("code", read_code)?,
                storage,
            };
            fields.finish()?;
            if let Some((hash, code)) = &account.code {
                overrides.codes.insert(*hash, code.clone());
            }
            if overrides.accounts.insert(address, account).is_some() {
                return Err(address_field.refuse("is overridden twice"));
            }
        }
        Ok(overrides)
    }

    /// Lays these overrides over a state.
    pub(crate) const fn over<'a>(&'a self, base: &'a dyn Guesses) -> Overridden<'a> {
        Overridden {
            overrides: self,
            base,
        }
    }
}

/// A state with overrides on top.
pub(crate) struct Overridden<'a> {
    overrides: &'a Overrides,
    base: &'a dyn Guesses,
}

impl StateSource for Overridden<'_> {
    fn account(&self, address: Address) -> Result<Option<AccountInfo>, StateError> {
        // In most requests nobody is overridden, and an account is some hundred bytes to hand on.
        let Some(changed) = self.overrides.accounts.get(&address) else {
            return self.base.account(address);
        };
        let below = self.base.account(address)?;
        // Storage alone makes no account.
        if changed.balance.is_none() && changed.nonce.is_none() && changed.code.is_none() {
            return Ok(below);
        }
        let mut info = below.unwrap_or_else(|| AccountInfo {
            code: Some(Bytecode::default()),
            ..AccountInfo::default()
        });
        if let Some(balance) = changed.balance {
            info.balance = balance;
        }
        if let Some(nonce) = changed.nonce {
            info.nonce = nonce;
        }
        if let Some((hash, code)) = &changed.code {
            info.code_hash = *hash;
            info.code = Some(code.clone());
        }
        Ok(Some(info))
    }

    fn code(&self, hash: B256) -> Result<Bytecode, StateError> {
        match self.overrides.codes.get(&hash) {
            Some(code) => Ok(code.clone()),
            None => self.base.code(hash),
        }
    }

    fn storage(&self, address: Address, slot: U256) -> Result<U256, StateError> {
        match self
            .overrides
            .accounts
            .get(&address)
            .and_then(|a| a.storage.as_ref())
        {
            Some(StorageOverride::Whole(slots)) => {
                Ok(slots.get(&slot).copied().unwrap_or_default())
            }
            Some(StorageOverride::Patch(slots)) => match slots.get(&slot) {
                Some(value) => Ok(*value),
                None => self.base.storage(address, slot),
            },
            None => self.base.storage(address, slot),
        }
    }

    fn block_hash(&self, number: u64) -> Result<B256, StateError> {
        match self.overrides.block_hashes.get(&number) {
            Some(hash) => Ok(*hash),
            None => self.base.block_hash(number),
        }
    }
}

impl Guesses for Overridden<'_> {
    fn guessed(&self) -> u64 {
        self.base.guessed()
    }
}
