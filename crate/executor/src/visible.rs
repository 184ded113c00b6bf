//! What workers that run ahead can see of the block's writes: predictions, and nothing but.
//!
//! Version 0 is what the block does before its first transaction, version `i + 1` is transaction
//! `i`. A reader of version `v` sees, for each location, the value of the highest version below `v`,
//! whether that one is settled or was itself run ahead, and the base state where there is none.
//! Locations are identified by their full keys; the hash only says where to look.
//!
//! Nothing in here decides a result. Whether a transaction that ran ahead stands is found out
//! against the driver's own state (`sequence.rs`), so a value that is missing here, old, or seen
//! together with one from another moment costs a second execution and nothing else.
//!
//! Destroying or creating an account voids its storage without naming the slots: it leaves a
//! *clearing* at its version. A slot's value counts only if it was written at or after the last
//! clearing below the reader, otherwise the slot reads as zero.
//!
//! Most locations that a transaction reads are never written in the block. A bitmap, read without a
//! lock, says so for nearly all of them; the others are looked for. What there is is spread by location over shards, each behind a
//! lock of its own, so that workers at one busy contract do not queue for one lock either. No lock
//! is held while EVM code runs.
//!
//! Where transactions have nothing to do with one another nobody ever reads a value from here. Then
//! none is kept, until the first reader turns out to have missed one (`showing.rs`).
//!
//! Memory grows with the number of locations written, not with the number of writes: of the versions
//! below the head only the last can still be asked for, and the others are dropped when the location
//! is written again.

use crate::{
    Location,
    marks::words_for,
    place::Place,
    sync::{
        Mutex, MutexGuard, RwLock,
        atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering},
    },
    writes::{AccountWrite, Writes},
};
use hashbrown::HashTable;
use revm::{
    primitives::{Address, B256, B256Map, U256},
    state::{AccountInfo, Bytecode},
};
use smallvec::SmallVec;
use std::sync::PoisonError;

/// A place in the order of a block.
pub(crate) type Version = u32;

/// The version of the transaction with this index.
pub(crate) const fn version_of(index: usize) -> Version {
    // A block of 2^32 transactions does not fit into memory.
    index as Version + 1
}

/// A value and the version that wrote it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Written<T> {
    pub(crate) version: Version,
    pub(crate) value: T,
}

const SHARDS: usize = 64;

/// All that the block has written, as far as somebody who runs ahead may ask for it.
#[derive(Debug)]
pub(crate) struct Visible {
    /// A bit for each place where a value was ever shown, set before the value is there.
    bitmap: Box<[AtomicU64]>,
    shards: Box<[Mutex<Shard>]>,
    /// Codes that the block deployed. The hash fixes the content, so versions do not matter here.
    codes: RwLock<B256Map<Bytecode>>,
    has_codes: AtomicBool,
    /// Whether any account was destroyed or created, so that clearings have to be looked for.
    has_clearings: AtomicBool,
    /// The version of the head: of the values below it only the last is kept.
    floor: AtomicU32,
    /// Whether values are kept.
    keeps_values: AtomicBool,
}

#[derive(Debug, Default)]
struct Shard {
    accounts: HashTable<AccountVersions>,
    slots: HashTable<SlotVersions>,
}

#[derive(Debug)]
struct AccountVersions {
    address: Address,
    info: History<Option<AccountInfo>>,
    cleared: History<()>,
}

#[derive(Debug)]
struct SlotVersions {
    key: (Address, U256),
    values: History<U256>,
}

/// The values of one location, in the order of their versions. Short in nearly all cases, so a
/// sorted list beats a tree, and with one value it needs no memory of its own.
#[derive(Debug)]
struct History<T>(SmallVec<[Written<T>; 1]>);

/// How many slots there is room for from the start, for each transaction. Growing a table while
/// others wait for it takes longer than having it large enough.
const SLOTS_PER_TRANSACTION: usize = 1;

impl Shard {
    fn with_room(transactions: usize) -> Self {
        Self {
            accounts: HashTable::new(),
            slots: HashTable::with_capacity(transactions * SLOTS_PER_TRANSACTION / SHARDS),
        }
    }
}

impl<T> Default for History<T> {
    fn default() -> Self {
        Self(SmallVec::new())
    }
}

/// From how many entries on a history is looked through for what nobody can ask for any more.
const PRUNED_FROM: usize = 4;

impl<T> History<T> {
    fn before(&self, version: Version) -> Option<&Written<T>> {
        self.0.iter().rev().find(|entry| entry.version < version)
    }

    fn set(&mut self, version: Version, value: T, floor: Version) {
        if self.0.len() >= PRUNED_FROM {
            let below = self.0.partition_point(|entry| entry.version < floor);
            self.0.drain(..below.saturating_sub(1));
        }
        let at = self.0.partition_point(|entry| entry.version < version);
        match self.0.get_mut(at) {
            Some(entry) if entry.version == version => entry.value = value,
            _ => self.0.insert(at, Written { version, value }),
        }
    }

    fn remove(&mut self, version: Version) {
        if let Ok(at) = self.0.binary_search_by_key(&version, |entry| entry.version) {
            self.0.remove(at);
        }
    }
}

impl Visible {
    /// Room for what a block of so many transactions writes.
    pub(crate) fn new(transactions: usize) -> Self {
        let words = words_for(transactions);
        Self {
            bitmap: (0..words).map(|_| AtomicU64::new(0)).collect(),
            shards: (0..SHARDS)
                .map(|_| Mutex::new(Shard::with_room(transactions)))
                .collect(),
            codes: RwLock::default(),
            has_codes: AtomicBool::new(false),
            has_clearings: AtomicBool::new(false),
            floor: AtomicU32::new(0),
            keeps_values: AtomicBool::new(true),
        }
    }

    /// Whether anybody may have shown a value there.
    fn is_written(&self, place: Place) -> bool {
        let (word, bit) = self.bit(place);
        word.load(Ordering::Relaxed) & bit != 0
    }

    fn mark_written(&self, place: Place) {
        let (word, bit) = self.bit(place);
        // Values are found behind a lock, so the bit orders nothing.
        if word.load(Ordering::Relaxed) & bit == 0 {
            word.fetch_or(bit, Ordering::Relaxed);
        }
    }

    fn bit(&self, place: Place) -> (&AtomicU64, u64) {
        let word = (place.0 >> 6) as usize & (self.bitmap.len() - 1);
        (&self.bitmap[word], 1 << (place.0 & 63))
    }

    /// The account as version `version` sees it; `None` if no version below wrote it.
    pub(crate) fn account(
        &self,
        address: Address,
        place: Place,
        version: Version,
    ) -> Option<Written<Option<AccountInfo>>> {
        if !self.is_written(place) {
            return None;
        }
        let shard = self.shard(place);
        let account = shard
            .accounts
            .find(place.0, |account| account.address == address)?;
        account.info.before(version).cloned()
    }

    /// The slot as version `version` sees it; `None` if no version below wrote or voided it.
    pub(crate) fn storage(
        &self,
        address: Address,
        slot: U256,
        place: Place,
        version: Version,
    ) -> Option<Written<U256>> {
        let value = if self.is_written(place) {
            let shard = self.shard(place);
            shard
                .slots
                .find(place.0, |found| found.key == (address, slot))
                .and_then(|found| found.values.before(version).copied())
        } else {
            None
        };
        let cleared = self.cleared(address, version);
        match (value, cleared) {
            (Some(value), Some(cleared)) if value.version >= cleared => Some(value),
            (_, Some(version)) => Some(Written {
                version,
                value: U256::ZERO,
            }),
            (value, None) => value,
        }
    }

    /// The last version below `version` at which the account's storage was voided.
    fn cleared(&self, address: Address, version: Version) -> Option<Version> {
        if !self.has_clearings.load(Ordering::Relaxed) {
            return None;
        }
        let place = Place::of_account(address);
        if !self.is_written(place) {
            return None;
        }
        let shard = self.shard(place);
        let account = shard
            .accounts
            .find(place.0, |account| account.address == address)?;
        account.cleared.before(version).map(|entry| entry.version)
    }

    /// The transaction that wrote what version `version` sees, if one is known.
    pub(crate) fn writer(&self, location: Location, version: Version) -> Option<usize> {
        let written = match location {
            Location::Account(address) => {
                let place = Place::of_account(address);
                self.account(address, place, version).map(|w| w.version)
            }
            Location::Storage(address, slot) => {
                let place = Place::of_slot(address, slot);
                self.storage(address, slot, place, version)
                    .map(|w| w.version)
            }
        };
        (written? as usize).checked_sub(1)
    }

    /// A code that the block deployed.
    pub(crate) fn code(&self, hash: B256) -> Option<Bytecode> {
        if !self.has_codes.load(Ordering::Acquire) {
            return None;
        }
        let codes = self.codes.read().unwrap_or_else(PoisonError::into_inner);
        codes.get(&hash).cloned()
    }

    /// Says that all below this version is settled.
    pub(crate) fn settle_below(&self, version: Version) {
        self.floor.store(version, Ordering::Relaxed);
    }

    /// Says whether values are worth keeping: they are not as long as nobody reads what others wrote.
    pub(crate) fn keep_values(&self, keeps: bool) {
        self.keeps_values.store(keeps, Ordering::Relaxed);
    }

    /// Makes what a transaction wrote visible to higher versions.
    pub(crate) fn publish(&self, version: Version, writes: &Writes) {
        if !self.keeps_values.load(Ordering::Relaxed) {
            return;
        }
        for write in &writes.accounts {
            if write.is_of_interest() {
                self.publish_account(version, write);
            }
        }
        for write in &writes.slots {
            self.publish_slot(version, write.address, write.slot, write.value);
        }
    }

    /// Makes what became of one account visible.
    pub(crate) fn publish_account(&self, version: Version, write: &AccountWrite) {
        if let Some(Some(info)) = &write.info
            && let Some(code) = &info.code
            && !code.is_empty()
        {
            self.keep_code(info.code_hash, code);
        }
        let floor = self.floor.load(Ordering::Relaxed);
        let place = Place::of_account(write.address);
        self.mark_written(place);
        let mut shard = self.shard(place);
        let account = shard
            .accounts
            .entry(
                place.0,
                |account| account.address == write.address,
                |account| Place::of_account(account.address).0,
            )
            .or_insert_with(|| AccountVersions {
                address: write.address,
                info: History::default(),
                cleared: History::default(),
            })
            .into_mut();
        if let Some(info) = &write.info {
            account.info.set(version, info.clone(), floor);
        }
        if write.storage_cleared {
            account.cleared.set(version, (), floor);
            self.has_clearings.store(true, Ordering::Relaxed);
        }
    }

    /// Makes the value of one slot visible.
    pub(crate) fn publish_slot(&self, version: Version, address: Address, slot: U256, value: U256) {
        let floor = self.floor.load(Ordering::Relaxed);
        let place = Place::of_slot(address, slot);
        self.mark_written(place);
        let mut shard = self.shard(place);
        let found = shard
            .slots
            .entry(
                place.0,
                |found| found.key == (address, slot),
                |found| Place::of_slot(found.key.0, found.key.1).0,
            )
            .or_insert_with(|| SlotVersions {
                key: (address, slot),
                values: History::default(),
            })
            .into_mut();
        found.values.set(version, value, floor);
    }

    /// Takes back what an execution published that turned out to have read too early.
    pub(crate) fn retract(&self, version: Version, writes: &Writes) {
        for write in &writes.accounts {
            let place = Place::of_account(write.address);
            let mut shard = self.shard(place);
            if let Some(account) = shard
                .accounts
                .find_mut(place.0, |account| account.address == write.address)
            {
                account.info.remove(version);
                account.cleared.remove(version);
            }
        }
        for write in &writes.slots {
            let place = Place::of_slot(write.address, write.slot);
            let mut shard = self.shard(place);
            if let Some(found) = shard
                .slots
                .find_mut(place.0, |found| found.key == (write.address, write.slot))
            {
                found.values.remove(version);
            }
        }
    }

    /// Most accounts that are written keep the code they had, so look before taking the lock that
    /// keeps others out.
    fn keep_code(&self, hash: B256, code: &Bytecode) {
        if self.code(hash).is_some() {
            return;
        }
        self.codes
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .entry(hash)
            .or_insert_with(|| code.clone());
        self.has_codes.store(true, Ordering::Release);
    }

    // What is in here is a prediction at most, so a lock that a panic has poisoned guards nothing
    // that could do harm.
    fn shard(&self, place: Place) -> MutexGuard<'_, Shard> {
        self.shards[(place.0 >> 57) as usize % SHARDS]
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::writes::SlotWrite;
    use revm::primitives::address;

    const A: Address = address!("0x00000000000000000000000000000000000000aa");
    const SLOT: U256 = U256::from_limbs([7, 0, 0, 0]);

    fn slot(value: u64) -> Writes {
        Writes {
            accounts: Vec::new(),
            slots: vec![SlotWrite {
                address: A,
                slot: SLOT,
                value: U256::from(value),
            }],
        }
    }

    fn gone() -> Writes {
        Writes {
            accounts: vec![AccountWrite {
                address: A,
                info: Some(None),
                storage_cleared: true,
                moved_from: None,
            }],
            slots: Vec::new(),
        }
    }

    fn seen(visible: &Visible, version: Version) -> Option<(Version, u64)> {
        visible
            .storage(A, SLOT, Place::of_slot(A, SLOT), version)
            .map(|w| (w.version, w.value.to::<u64>()))
    }

    #[test]
    fn a_reader_sees_the_highest_version_below_it() {
        let visible = Visible::new(4);
        visible.publish(5, &slot(50));
        visible.publish(2, &slot(20));
        assert_eq!(seen(&visible, 2), None);
        assert_eq!(seen(&visible, 3), Some((2, 20)));
        assert_eq!(seen(&visible, 5), Some((2, 20)));
        assert_eq!(seen(&visible, 6), Some((5, 50)));
    }

    #[test]
    fn a_clearing_voids_what_was_written_before_it_and_nothing_after() {
        let visible = Visible::new(4);
        visible.publish(1, &slot(10));
        visible.publish(3, &gone());
        assert_eq!(seen(&visible, 3), Some((1, 10)));
        assert_eq!(seen(&visible, 4), Some((3, 0)));
        visible.publish(4, &slot(40));
        assert_eq!(seen(&visible, 4), Some((3, 0)));
        assert_eq!(seen(&visible, 5), Some((4, 40)));
        visible.retract(3, &gone());
        assert_eq!(seen(&visible, 4), Some((1, 10)));
    }

    #[test]
    fn a_retracted_write_uncovers_the_one_below() {
        let visible = Visible::new(4);
        visible.publish(1, &slot(10));
        visible.publish(2, &slot(20));
        visible.retract(2, &slot(20));
        assert_eq!(seen(&visible, 9), Some((1, 10)));
    }

    #[test]
    fn a_location_written_by_everybody_keeps_few_values() {
        let visible = Visible::new(1000);
        for version in 1..1000 {
            visible.settle_below(version);
            visible.publish(version, &slot(u64::from(version)));
        }
        assert_eq!(seen(&visible, 1000), Some((999, 999)));
        let place = Place::of_slot(A, SLOT);
        let shard = visible.shard(place);
        let found = shard.slots.find(place.0, |found| found.key == (A, SLOT));
        assert!(found.is_some_and(|found| found.values.0.len() <= PRUNED_FROM + 1));
    }

    #[test]
    fn locations_of_one_place_are_told_apart() {
        // A million slots of two accounts share a few thousand bits and 64 shards.
        let visible = Visible::new(1);
        let b = address!("0xaa00000000000000000000000000000000000000");
        visible.publish_slot(1, A, SLOT, U256::from(1));
        visible.publish_slot(1, b, SLOT, U256::from(2));
        for (address, value) in [(A, 1), (b, 2)] {
            let place = Place::of_slot(address, SLOT);
            let found = visible.storage(address, SLOT, place, 2);
            assert_eq!(found.map(|w| w.value), Some(U256::from(value)));
        }
    }
}
