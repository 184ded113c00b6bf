//! What is known of a state's accounts, in maps.
//!
//! A state in maps is what most runs stand on, and every transaction looks at two of its accounts at
//! least. The looks are here and not with whoever reads such a state from JSON, because this crate is
//! compiled to be fast for WebAssembly and those are not: a payment takes 0.97 of the time for it.

use crate::StateError;
use revm::{
    primitives::{Address, AddressMap, U256, U256Map},
    state::AccountInfo,
};

/// An account with what is known of its storage.
#[derive(Clone, Debug, Default)]
pub struct KnownAccount {
    /// All but its storage.
    pub facts: Facts,
    /// The slots that are known.
    pub storage: U256Map<U256>,
}

/// What is known of an account but for its storage.
#[derive(Clone, Debug, Default)]
pub enum Facts {
    /// Nothing. Some of its slots may be known.
    #[default]
    Unknown,
    /// It does not exist.
    Absent,
    /// It exists.
    Present(AccountInfo),
}

/// An account. With `complete`, one that is not known does not exist.
///
/// # Errors
/// [`StateError::Account`] if it is not known.
pub fn account_in(
    accounts: &AddressMap<KnownAccount>,
    address: Address,
    complete: bool,
) -> Result<Option<AccountInfo>, StateError> {
    match accounts.get(&address).map(|account| &account.facts) {
        Some(Facts::Present(info)) => Ok(Some(info.clone())),
        Some(Facts::Absent) => Ok(None),
        Some(Facts::Unknown) | None if complete => Ok(None),
        Some(Facts::Unknown) | None => Err(StateError::Account(address)),
    }
}

/// A slot's value. With `complete`, one that is not known is zero.
///
/// # Errors
/// [`StateError::Storage`] if it is not known.
pub fn slot_in(
    accounts: &AddressMap<KnownAccount>,
    address: Address,
    slot: U256,
    complete: bool,
) -> Result<U256, StateError> {
    let account = accounts.get(&address);
    match account.and_then(|account| account.storage.get(&slot)) {
        Some(value) => Ok(*value),
        None if complete => Ok(U256::ZERO),
        // An account that does not exist has no storage.
        None if account.is_some_and(|account| matches!(account.facts, Facts::Absent)) => {
            Ok(U256::ZERO)
        }
        None => Err(StateError::Storage { address, slot }),
    }
}
