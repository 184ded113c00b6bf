//! The values that state took in the course of a block, each under the version that wrote it.
//!
//! Version 0 is what the block does before its first transaction, version `i + 1` is transaction
//! `i`, and the version after the last is what the block does behind it. A reader of version `v`
//! sees, for each location, the value of the highest version below `v`, whether that one is already
//! committed or only speculated, and the base state where there is none. Locations are identified
//! by their full keys, never by a hash of them.
//!
//! Destroying or creating an account voids its storage without naming the slots: it leaves a
//! *clearing* at its version. A slot's value counts only if it was written at or after the last
//! clearing below the reader, otherwise the slot reads as zero. Reader and validator resolve by the
//! same function, so they cannot disagree on what a clearing means.
//!
//! Memory grows with the number of writes of the block: one entry a transaction and location.
//!
//! Accounts are spread over shards by address, each behind its own lock, so that workers that touch
//! different accounts rarely meet. No lock is held while EVM code runs.

use crate::{changes::FinalAccount, writes::AccountWrite};
use revm::{
    primitives::{Address, AddressMap, B256, B256Map, HashMap, U256},
    state::{AccountInfo, Bytecode},
};
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

/// A place in the order of a block.
pub(crate) type Version = u32;

/// A value and the version that wrote it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Written<T> {
    pub(crate) version: Version,
    pub(crate) value: T,
}

const SHARDS: usize = 64;

/// All versions of all state that the block has written.
#[derive(Debug)]
pub(crate) struct Versions {
    shards: Box<[RwLock<AddressMap<AccountVersions>>]>,
    /// Codes that the block deployed. The hash fixes the content, so versions do not matter here.
    codes: RwLock<B256Map<Bytecode>>,
}

#[derive(Debug, Default)]
struct AccountVersions {
    info: History<Option<AccountInfo>>,
    cleared: History<()>,
    storage: HashMap<U256, History<U256>>,
}

/// The values of one location, in the order of their versions. Short in nearly all cases, so a
/// sorted list beats a tree.
#[derive(Debug)]
struct History<T>(Vec<Written<T>>);

impl<T> Default for History<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> History<T> {
    fn before(&self, version: Version) -> Option<&Written<T>> {
        let end = self.0.partition_point(|entry| entry.version < version);
        end.checked_sub(1).and_then(|last| self.0.get(last))
    }

    fn set(&mut self, version: Version, value: T) {
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

impl Versions {
    pub(crate) fn new() -> Self {
        Self {
            shards: (0..SHARDS).map(|_| RwLock::default()).collect(),
            codes: RwLock::default(),
        }
    }

    /// The account as version `version` sees it; `None` if no version below wrote it.
    pub(crate) fn account(
        &self,
        address: Address,
        version: Version,
    ) -> Option<Written<Option<AccountInfo>>> {
        self.read(address)
            .get(&address)?
            .info
            .before(version)
            .cloned()
    }

    /// The slot as version `version` sees it; `None` if no version below wrote or voided it.
    pub(crate) fn storage(
        &self,
        address: Address,
        slot: U256,
        version: Version,
    ) -> Option<Written<U256>> {
        let shard = self.read(address);
        let account = shard.get(&address)?;
        let value = account
            .storage
            .get(&slot)
            .and_then(|history| history.before(version));
        match (value, account.cleared.before(version)) {
            (Some(value), Some(cleared)) if value.version < cleared.version => Some(Written {
                version: cleared.version,
                value: U256::ZERO,
            }),
            (None, Some(cleared)) => Some(Written {
                version: cleared.version,
                value: U256::ZERO,
            }),
            (value, _) => value.copied(),
        }
    }

    /// A code that the block deployed.
    pub(crate) fn code(&self, hash: B256) -> Option<Bytecode> {
        self.codes
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&hash)
            .cloned()
    }

    /// Makes writes visible to higher versions.
    pub(crate) fn publish(&self, version: Version, writes: &[AccountWrite]) {
        for write in writes {
            if let Some(Some(info)) = &write.info
                && let Some(code) = &info.code
                && !code.is_empty()
            {
                self.keep_code(info.code_hash, code);
            }
            let mut shard = self.write(write.address);
            let account = shard.entry(write.address).or_default();
            if let Some(info) = &write.info {
                account.info.set(version, info.clone());
            }
            if write.storage_cleared {
                account.cleared.set(version, ());
            }
            for (slot, value) in &write.storage {
                account
                    .storage
                    .entry(*slot)
                    .or_default()
                    .set(version, *value);
            }
        }
    }

    /// Takes back what an execution published that turned out to have read too early.
    pub(crate) fn retract(&self, version: Version, writes: &[AccountWrite]) {
        for write in writes {
            let mut shard = self.write(write.address);
            let Some(account) = shard.get_mut(&write.address) else {
                continue;
            };
            account.info.remove(version);
            account.cleared.remove(version);
            for (slot, _) in &write.storage {
                if let Some(history) = account.storage.get_mut(slot) {
                    history.remove(version);
                }
            }
        }
    }

    /// How every account that was written ended, as version `version` sees it.
    pub(crate) fn into_final(
        self,
        version: Version,
    ) -> impl Iterator<Item = (Address, FinalAccount)> {
        self.shards
            .into_iter()
            .flat_map(|shard| shard.into_inner().unwrap_or_else(PoisonError::into_inner))
            .map(move |(address, account)| {
                let cleared = account.cleared.before(version).map(|entry| entry.version);
                let storage = account
                    .storage
                    .iter()
                    .filter_map(|(slot, history)| Some((*slot, history.before(version)?)))
                    .filter(|(_, entry)| cleared.is_none_or(|cleared| entry.version >= cleared))
                    .map(|(slot, entry)| (slot, entry.value))
                    .collect();
                let final_account = FinalAccount {
                    info: account
                        .info
                        .before(version)
                        .map(|entry| entry.value.clone()),
                    storage_cleared: cleared.is_some(),
                    storage,
                };
                (address, final_account)
            })
    }

    /// Most accounts that are written keep the code they had, so look before taking the lock that
    /// keeps others out.
    fn keep_code(&self, hash: B256, code: &Bytecode) {
        if self
            .codes
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .contains_key(&hash)
        {
            return;
        }
        self.codes
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .entry(hash)
            .or_insert_with(|| code.clone());
    }

    // A panic while a lock is held ends the run with an error of its own, so what a poisoned lock
    // guards is never turned into a result.
    fn read(&self, address: Address) -> RwLockReadGuard<'_, AddressMap<AccountVersions>> {
        self.shards[shard_of(address)]
            .read()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self, address: Address) -> RwLockWriteGuard<'_, AddressMap<AccountVersions>> {
        self.shards[shard_of(address)]
            .write()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// Spreads accounts over the shards. Addresses are hashes already, but for precompiles and vanity
/// addresses, whose differing bytes may stand at either end.
const fn shard_of(address: Address) -> usize {
    let bytes = address.0.0;
    let mixed = bytes[0].wrapping_mul(31) ^ bytes[9].wrapping_mul(17) ^ bytes[19];
    mixed as usize % SHARDS
}

#[cfg(test)]
mod tests {
    use super::*;
    use revm::primitives::address;

    const A: Address = address!("0x00000000000000000000000000000000000000aa");
    const SLOT: U256 = U256::from_limbs([7, 0, 0, 0]);

    fn slot(value: u64) -> AccountWrite {
        AccountWrite {
            address: A,
            info: None,
            storage_cleared: false,
            storage: vec![(SLOT, U256::from(value))],
            moved_from: None,
        }
    }

    fn gone() -> AccountWrite {
        AccountWrite {
            address: A,
            info: Some(None),
            storage_cleared: true,
            storage: Vec::new(),
            moved_from: None,
        }
    }

    fn seen(versions: &Versions, version: Version) -> Option<(Version, u64)> {
        versions
            .storage(A, SLOT, version)
            .map(|w| (w.version, w.value.to::<u64>()))
    }

    #[test]
    fn a_reader_sees_the_highest_version_below_it() {
        let versions = Versions::new();
        versions.publish(5, &[slot(50)]);
        versions.publish(2, &[slot(20)]);
        assert_eq!(seen(&versions, 2), None);
        assert_eq!(seen(&versions, 3), Some((2, 20)));
        assert_eq!(seen(&versions, 5), Some((2, 20)));
        assert_eq!(seen(&versions, 6), Some((5, 50)));
    }

    #[test]
    fn a_clearing_voids_what_was_written_before_it_and_nothing_after() {
        let versions = Versions::new();
        versions.publish(1, &[slot(10)]);
        versions.publish(3, &[gone()]);
        assert_eq!(seen(&versions, 3), Some((1, 10)));
        assert_eq!(seen(&versions, 4), Some((3, 0)));
        versions.publish(4, &[slot(40)]);
        assert_eq!(seen(&versions, 4), Some((3, 0)));
        assert_eq!(seen(&versions, 5), Some((4, 40)));
        versions.retract(3, &[gone()]);
        assert_eq!(seen(&versions, 4), Some((1, 10)));
    }

    #[test]
    fn a_retracted_write_uncovers_the_one_below() {
        let versions = Versions::new();
        versions.publish(1, &[slot(10)]);
        versions.publish(2, &[slot(20)]);
        versions.retract(2, &[slot(20)]);
        assert_eq!(seen(&versions, 9), Some((1, 10)));
    }
}
