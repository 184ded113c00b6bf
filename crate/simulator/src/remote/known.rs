//! What is known of a state, on its way out: for a recording, or to be remembered.

use alloy_primitives::{Address, B256, Bytes, U64, U256};
use forerun_executor::revm::state::{AccountInfo, Bytecode};
use serde::{Serialize, Serializer};

/// What is known of a state, in the form in which
/// [`Simulator::provide`](crate::Simulator::provide) takes it.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Known {
    accounts: Pairs<Address, KnownAccount>,
    storage: Pairs<Address, Pairs<B256, U256>>,
    codes: Pairs<B256, Bytes>,
    block_hashes: Pairs<U64, B256>,
}

/// A map on its way out.
#[derive(Debug)]
struct Pairs<K, V>(Vec<(K, V)>);

impl<K, V> Default for Pairs<K, V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<K: Serialize, V: Serialize> Serialize for Pairs<K, V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(key, value)| (key, value)))
    }
}

/// What is known of an account; its code goes by its hash.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct KnownAccount {
    balance: U256,
    nonce: U64,
    #[serde(skip_serializing_if = "Option::is_none")]
    code_hash: Option<B256>,
    exists: bool,
}

impl Known {
    pub(crate) fn add_account(&mut self, address: Address, info: Option<&AccountInfo>) {
        let account = KnownAccount {
            balance: info.map(|info| info.balance).unwrap_or_default(),
            nonce: U64::from(info.map(|info| info.nonce).unwrap_or_default()),
            code_hash: info
                .filter(|info| !info.is_empty_code_hash())
                .map(|info| info.code_hash),
            exists: info.is_some(),
        };
        self.accounts.0.push((address, account));
    }

    pub(crate) fn add_slots(
        &mut self,
        address: Address,
        slots: impl Iterator<Item = (U256, U256)>,
    ) {
        let slots: Vec<_> = slots
            .map(|(slot, value)| (B256::from(slot), value))
            .collect();
        if !slots.is_empty() {
            self.storage.0.push((address, Pairs(slots)));
        }
    }

    pub(crate) fn add_code(&mut self, hash: B256, code: &Bytecode) {
        self.codes.0.push((hash, code.original_bytes()));
    }

    pub(crate) fn add_block_hash(&mut self, number: u64, hash: B256) {
        self.block_hashes.0.push((U64::from(number), hash));
    }
}
