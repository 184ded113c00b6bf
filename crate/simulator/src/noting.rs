//! What a run read.

use crate::remote::Keys;
use alloy_primitives::{Address, B256, U256};
use forerun_executor::{
    Guesses, StateError, StateSource,
    revm::state::{AccountInfo, Bytecode},
};
use std::sync::{Mutex, PoisonError};

/// A state that takes down which of its accounts and slots are asked for.
pub(crate) struct Noting<'a> {
    state: &'a dyn Guesses,
    seen: Mutex<Keys>,
}

impl<'a> Noting<'a> {
    pub(crate) fn over(state: &'a dyn Guesses) -> Self {
        Self {
            state,
            seen: Mutex::default(),
        }
    }

    /// What was asked for.
    pub(crate) fn into_seen(self) -> Keys {
        self.seen
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, question: &StateError) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.add(question);
    }
}

impl StateSource for Noting<'_> {
    fn account(&self, address: Address) -> Result<Option<AccountInfo>, StateError> {
        self.note(&StateError::Account(address));
        self.state.account(address)
    }

    fn code(&self, hash: B256) -> Result<Bytecode, StateError> {
        self.state.code(hash)
    }

    fn storage(&self, address: Address, slot: U256) -> Result<U256, StateError> {
        self.note(&StateError::Storage { address, slot });
        self.state.storage(address, slot)
    }

    fn block_hash(&self, number: u64) -> Result<B256, StateError> {
        self.state.block_hash(number)
    }
}

impl Guesses for Noting<'_> {
    fn guessed(&self) -> u64 {
        self.state.guessed()
    }
}
