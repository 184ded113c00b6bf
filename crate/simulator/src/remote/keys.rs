//! Names of pieces of state.

use super::Derived;
use crate::{Error, json};
use alloy_primitives::{
    Address, B256, U256, hex,
    map::{AddressMap, AddressSet, B256Set},
};
use forerun_executor::StateError;

/// Names of pieces of state, each once.
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
    /// Slots that are known by the way to them alone. They do not count as named: who can go that way,
    /// may say what it finds there.
    pub derived: Vec<Derived>,
    /// Whether these are only the first, needed whatever comes: the next step names them again with the
    /// others, and need not wait until they are there.
    pub are_first: bool,
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

    /// As JSON, in any order: `{ accounts: address[], storage: { "<address>": slot[] }, codes: hash[],
    /// blockHashes: number[], derived?: ..., areFirst?: true }`. Addresses are lower-case, slots have 32
    /// bytes. For `derived` see [`Derived`].
    pub fn to_json(&self) -> String {
        let mut out = String::from("{\"accounts\":");
        json::list(&mut out, self.accounts.iter().map(lower));
        out.push_str(",\"storage\":");
        let slots = self
            .storage
            .iter()
            .map(|(address, slots)| (lower(address), slots));
        json::object(&mut out, slots, |out, slots| json::list(out, slots.iter()));
        out.push_str(",\"codes\":");
        json::list(&mut out, self.codes.iter());
        out.push_str(",\"blockHashes\":");
        json::list(
            &mut out,
            self.block_hashes.iter().map(|n| format!("{n:#x}")),
        );
        if !self.derived.is_empty() {
            out.push_str(",\"derived\":");
            json::list(&mut out, self.derived.iter());
        }
        if self.are_first {
            out.push_str(",\"areFirst\":true");
        }
        out.push('}');
        out
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
        self.derived.extend(other.derived);
    }

    /// Whether it names a slot.
    pub(crate) fn has_slot(&self, address: Address, slot: U256) -> bool {
        self.storage
            .get(&address)
            .is_some_and(|slots| slots.contains(&B256::from(slot)))
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

/// An address without the checksum that its own form has, which takes a hash each.
pub(crate) fn lower(address: &Address) -> String {
    hex::encode_prefixed(address)
}
