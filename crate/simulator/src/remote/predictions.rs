//! What may be true of state that is not known.

use super::Values;
use alloy_primitives::{
    Address, B256, U256,
    map::{AddressMap, HashMap, U256Map},
};
use forerun_executor::revm::state::AccountInfo;

/// Values that were true at another block, or that are hoped for. They are guesses and never known.
#[derive(Clone, Debug, Default)]
pub(crate) struct Predictions {
    accounts: AddressMap<Option<AccountInfo>>,
    storage: AddressMap<U256Map<U256>>,
    block_hashes: HashMap<u64, B256>,
}

impl Predictions {
    /// Puts values in, in the place of those that were there.
    pub(crate) fn learn(&mut self, values: Values) {
        self.accounts.extend(values.accounts);
        for (address, slots) in values.storage {
            self.storage.entry(address).or_default().extend(slots);
        }
        self.block_hashes.extend(values.block_hashes);
    }

    pub(crate) fn account(&self, address: Address) -> Option<Option<AccountInfo>> {
        self.accounts.get(&address).cloned()
    }

    pub(crate) fn block_hash(&self, number: u64) -> Option<B256> {
        self.block_hashes.get(&number).copied()
    }

    pub(crate) fn slot(&self, address: Address, slot: U256) -> Option<U256> {
        self.storage.get(&address)?.get(&slot).copied()
    }
}
