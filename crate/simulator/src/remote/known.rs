//! What is known of a state, on its way out: for a recording, or to be remembered.

use alloy_primitives::{Address, B256, Bytes, U64, U256};
use forerun_executor::revm::state::{AccountInfo, Bytecode};
use serde::Serialize;
use std::collections::BTreeMap;

/// What is known of a state, in the form in which
/// [`Simulator::provide`](crate::Simulator::provide) takes it, and in order.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Known<'a> {
    /// Accounts, with their codes by hash.
    pub(crate) accounts: BTreeMap<Address, KnownAccount>,
    storage: BTreeMap<Address, BTreeMap<B256, U256>>,
    #[serde(serialize_with = "as_bytes")]
    pub(crate) codes: BTreeMap<&'a B256, &'a Bytecode>,
    #[serde(serialize_with = "as_quantities")]
    pub(crate) block_hashes: BTreeMap<&'a u64, &'a B256>,
}

/// What is known of an account.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct KnownAccount {
    balance: U256,
    nonce: U64,
    #[serde(skip_serializing_if = "Option::is_none")]
    code_hash: Option<B256>,
    exists: bool,
}

impl KnownAccount {
    /// The hash of its code, if it has any.
    pub(crate) const fn code_hash(&self) -> Option<B256> {
        self.code_hash
    }
}

impl Known<'_> {
    pub(crate) fn add_account(&mut self, address: Address, info: Option<&AccountInfo>) {
        let account = KnownAccount {
            balance: info.map(|info| info.balance).unwrap_or_default(),
            nonce: U64::from(info.map(|info| info.nonce).unwrap_or_default()),
            code_hash: info
                .filter(|info| !info.is_empty_code_hash())
                .map(|info| info.code_hash),
            exists: info.is_some(),
        };
        self.accounts.insert(address, account);
    }

    pub(crate) fn add_slot(&mut self, address: Address, slot: U256, value: U256) {
        let slots = self.storage.entry(address).or_default();
        slots.insert(B256::from(slot), value);
    }
}

fn as_bytes<S: serde::Serializer>(
    codes: &BTreeMap<&B256, &Bytecode>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_map(codes.iter().map(|(hash, code)| {
        let bytes: Bytes = code.original_bytes();
        (hash, bytes)
    }))
}

fn as_quantities<S: serde::Serializer>(
    hashes: &BTreeMap<&u64, &B256>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_map(
        hashes
            .iter()
            .map(|(number, hash)| (U64::from(**number), hash)),
    )
}
