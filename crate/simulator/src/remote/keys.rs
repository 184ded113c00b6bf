//! Names of pieces of state.

use crate::Error;
use alloy_primitives::{
    Address, B256, U64, U256,
    map::{AddressMap, AddressSet, B256Set},
};
use forerun_executor::StateError;
use serde::{Serialize, Serializer, ser::SerializeMap};

/// Names of pieces of state, each once.
///
/// As JSON, in order: `{ accounts: address[], storage: { "<address>": slot[] }, codes: hash[],
/// blockHashes: number[] }`, slots as 32 bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keys {
    /// Balance, nonce and code of these.
    pub accounts: AddressSet,
    /// Slots, by whose they are.
    pub storage: AddressMap<B256Set>,
    /// Codes by their hash.
    pub codes: B256Set,
    /// Hashes of the blocks of these heights.
    pub block_hashes: Vec<u64>,
    /// How many slots there are in all.
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
        keys.block_hashes.extend(block_number);
        Some(keys)
    }

    /// Whether it names nothing.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
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
        for number in other.block_hashes {
            self.add_block_hash(number);
        }
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
            StateError::BlockHash(number) => self.add_block_hash(*number),
            other => unreachable!("no other state is ever asked for: {other}"),
        }
    }

    pub(crate) fn add_slot(&mut self, address: Address, slot: U256) {
        let slots = self.storage.entry(address).or_default();
        self.slots += usize::from(slots.insert(B256::from(slot)));
    }

    /// There are at most 256 of them, and nearly always none.
    fn add_block_hash(&mut self, number: u64) {
        if !self.block_hashes.contains(&number) {
            self.block_hashes.push(number);
        }
    }
}

impl Serialize for Keys {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let numbers = self.block_hashes.iter().map(|number| U64::from(*number));
        let mut map = serializer.serialize_map(Some(4))?;
        map.serialize_entry("accounts", &ordered(self.accounts.iter()))?;
        map.serialize_entry("storage", &Slots(&self.storage))?;
        map.serialize_entry("codes", &ordered(self.codes.iter()))?;
        map.serialize_entry("blockHashes", &ordered(numbers))?;
        map.end()
    }
}

struct Slots<'a>(&'a AddressMap<B256Set>);

impl Serialize for Slots<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let addresses = ordered(self.0.keys());
        serializer.collect_map(
            addresses
                .into_iter()
                .map(|address| (address, ordered(self.0[address].iter()))),
        )
    }
}

fn ordered<T: Ord>(items: impl Iterator<Item = T>) -> Vec<T> {
    let mut items: Vec<_> = items.collect();
    items.sort_unstable();
    items
}
