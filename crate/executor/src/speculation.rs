//! One transaction on one version of the state: the view it reads through, the log of what it read,
//! and the check that the log still holds.
//!
//! A transaction's result is a function of the values it reads. So it stands if each of them, looked
//! up again once everything below is committed, is still the same. Comparing values rather than the
//! versions that wrote them keeps results whose inputs were rewritten with equal values. It is
//! sound across the destruction and re-creation of accounts, since looking up again goes through
//! the same function as reading did, clearings included.

use crate::{
    Location, StateError, StateSource,
    boundary::Commit,
    versions::{Version, Versions},
    writes::AccountWrite,
};
use revm::{
    Database,
    primitives::{Address, B256, U256},
    state::{AccountInfo, Bytecode},
};

/// A value that was read.
#[derive(Clone, Debug)]
pub(crate) enum Read {
    /// Balance, nonce and code of an account, or that there was none.
    Account {
        address: Address,
        written: bool,
        info: Option<AccountInfo>,
    },
    /// A storage slot.
    Storage {
        address: Address,
        slot: U256,
        written: bool,
        value: U256,
    },
}

/// The state as one version sees it.
#[derive(Debug)]
pub(crate) struct View<'a, S> {
    base: &'a S,
    versions: &'a Versions,
    version: Version,
    /// Whether reads are noted. At the head nothing can change any more and nothing is noted.
    recording: bool,
    reads: Vec<Read>,
}

impl<'a, S: StateSource> View<'a, S> {
    pub(crate) const fn new(base: &'a S, versions: &'a Versions) -> Self {
        Self {
            base,
            versions,
            version: 0,
            recording: false,
            reads: Vec::new(),
        }
    }

    /// Turns the view to a version whose state can still change, and notes what it reads.
    pub(crate) fn speculate_at(&mut self, version: Version) {
        self.version = version;
        self.recording = true;
        self.reads.clear();
    }

    /// Turns the view to a version whose state is final.
    pub(crate) fn stand_at(&mut self, version: Version) {
        self.version = version;
        self.recording = false;
        self.reads.clear();
    }

    pub(crate) fn take_reads(&mut self) -> Vec<Read> {
        std::mem::take(&mut self.reads)
    }

    /// The version whose state this is.
    pub(crate) const fn version(&self) -> Version {
        self.version
    }
}

impl<S: StateSource> Commit for View<'_, S> {
    fn commit(&mut self, writes: Vec<AccountWrite>) {
        self.versions.publish(self.version, &writes);
        self.version += 1;
    }
}

impl<S: StateSource> Database for View<'_, S> {
    type Error = StateError;

    fn basic(&mut self, address: Address) -> Result<Option<AccountInfo>, StateError> {
        let written = self.versions.account(address, self.version);
        let found = written.is_some();
        let info = match written {
            Some(written) => written.value,
            None => self.base.account(address)?,
        };
        if self.recording {
            // The code is fixed by its hash; keeping it alive in the log would cost for nothing.
            let seen = info.as_ref().map(AccountInfo::copy_without_code);
            self.reads.push(Read::Account {
                address,
                written: found,
                info: seen,
            });
        }
        Ok(info)
    }

    fn code_by_hash(&mut self, hash: B256) -> Result<Bytecode, StateError> {
        match self.versions.code(hash) {
            Some(code) => Ok(code),
            None => self.base.code(hash),
        }
    }

    fn storage(&mut self, address: Address, slot: U256) -> Result<U256, StateError> {
        let written = self.versions.storage(address, slot, self.version);
        let found = written.is_some();
        let value = match written {
            Some(written) => written.value,
            None => self.base.storage(address, slot)?,
        };
        if self.recording {
            self.reads.push(Read::Storage {
                address,
                slot,
                written: found,
                value,
            });
        }
        Ok(value)
    }

    fn block_hash(&mut self, number: u64) -> Result<B256, StateError> {
        self.base.block_hash(number)
    }
}

/// What a log of reads got wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stale {
    pub(crate) location: Location,
    /// The version that wrote the value that should have been read, if any did.
    pub(crate) writer: Option<Version>,
}

/// Looks every read up again, at a version below which all is committed.
///
/// A value that came from the base and that no version has written since needs no second look: the
/// base does not change.
pub(crate) fn first_stale<S: StateSource>(
    reads: &[Read],
    base: &S,
    versions: &Versions,
    version: Version,
) -> Result<Option<Stale>, StateError> {
    for read in reads {
        let (location, writer, same) = match read {
            Read::Account {
                address,
                written,
                info,
            } => {
                let now = versions.account(*address, version);
                let writer = now.as_ref().map(|now| now.version);
                let same = match now {
                    Some(now) => now.value == *info,
                    None => !written || base.account(*address)? == *info,
                };
                (Location::Account(*address), writer, same)
            }
            Read::Storage {
                address,
                slot,
                written,
                value,
            } => {
                let now = versions.storage(*address, *slot, version);
                let writer = now.map(|now| now.version);
                let same = match now {
                    Some(now) => now.value == *value,
                    None => !written || base.storage(*address, *slot)? == *value,
                };
                (Location::Storage(*address, *slot), writer, same)
            }
        };
        if !same {
            return Ok(Some(Stale { location, writer }));
        }
    }
    Ok(None)
}
