//! Names of pieces of state.

use crate::Error;
use alloy_primitives::{Address, B256, U64, U256};
use forerun_executor::StateError;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Names of pieces of state, each once and in order.
///
/// As JSON: `{ accounts: address[], storage: { "<address>": slot[] }, codes: hash[], blockHashes: number[] }`,
/// slots as 32 bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Keys {
    /// Balance, nonce and code of these.
    pub accounts: BTreeSet<Address>,
    /// Slots, by whose they are.
    pub storage: BTreeMap<Address, BTreeSet<B256>>,
    /// Codes by their hash.
    pub codes: BTreeSet<B256>,
    /// Hashes of the blocks of these heights.
    pub block_hashes: BTreeSet<U64>,
    /// How many slots there are in all.
    #[serde(skip)]
    slots: usize,
}

impl Keys {
    /// What an error says is missing, if that is what it says.
    pub(crate) fn missing(error: &Error) -> Option<Self> {
        let Error::MissingState {
            address,
            slot,
            code_hash,
            block_number,
        } = error
        else {
            return None;
        };
        let mut keys = Self::default();
        match (address, slot) {
            (Some(address), Some(slot)) => keys.add_slot(*address, *slot),
            (Some(address), None) => {
                keys.accounts.insert(*address);
            }
            _ => {}
        }
        keys.codes.extend(code_hash);
        keys.block_hashes.extend(block_number.map(U64::from));
        Some(keys)
    }

    /// Whether it names nothing.
    pub fn is_empty(&self) -> bool {
        self.accounts.is_empty()
            && self.storage.is_empty()
            && self.codes.is_empty()
            && self.block_hashes.is_empty()
    }

    /// How many pieces it names.
    pub fn len(&self) -> usize {
        self.accounts.len() + self.slots + self.codes.len() + self.block_hashes.len()
    }

    /// Adds all that another names.
    pub(crate) fn extend(&mut self, other: Self) {
        self.accounts.extend(other.accounts);
        for (address, slots) in other.storage {
            for slot in slots {
                self.add_slot(address, slot.into());
            }
        }
        self.codes.extend(other.codes);
        self.block_hashes.extend(other.block_hashes);
    }

    /// Adds what an error says is not known.
    pub(crate) fn add(&mut self, missing: &StateError) {
        match missing {
            StateError::Account(address) => {
                self.accounts.insert(*address);
            }
            StateError::Storage { address, slot } => self.add_slot(*address, *slot),
            StateError::Code(hash) => {
                self.codes.insert(*hash);
            }
            StateError::BlockHash(number) => {
                self.block_hashes.insert(U64::from(*number));
            }
            other => unreachable!("no other state is ever asked for: {other}"),
        }
    }

    pub(crate) fn add_slot(&mut self, address: Address, slot: U256) {
        let slots = self.storage.entry(address).or_default();
        self.slots += usize::from(slots.insert(B256::from(slot)));
    }
}
