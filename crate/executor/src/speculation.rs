//! The state as one transaction sees it, from its place in the order.

use crate::{
    StateError, StateSource,
    boundary::Commit,
    reads::{Need, Read},
    versions::{Version, Versions},
    writes::AccountWrite,
};
use revm::{
    Database,
    context::TxEnv,
    primitives::{Address, AddressMap, B256, U256},
    state::{AccountInfo, Bytecode},
};

/// The state as one version sees it.
#[derive(Debug)]
pub(crate) struct View<'a, S> {
    base: &'a S,
    versions: &'a Versions,
    version: Version,
    /// Whether reads are noted. At the head nothing can change any more and nothing is noted.
    recording: bool,
    /// Whose nonce is taken to be what the transaction says, if it is not there yet.
    sender: Address,
    nonce: u64,
    notes: Notes,
}

/// What a transaction that was run ahead looked at.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    pub(crate) reads: Vec<Read>,
    pub(crate) looks: AddressMap<Look>,
}

/// What a transaction looked at besides an account's nonce and code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Look {
    /// Whether the account is empty.
    Emptiness,
    /// How much it has.
    Balance,
}

impl<'a, S: StateSource> View<'a, S> {
    pub(crate) fn new(base: &'a S, versions: &'a Versions) -> Self {
        Self {
            base,
            versions,
            version: 0,
            recording: false,
            sender: Address::ZERO,
            nonce: 0,
            notes: Notes::default(),
        }
    }

    /// Turns the view to a version whose state can still change, and notes what `tx` reads.
    pub(crate) const fn speculate_at(&mut self, version: Version, tx: &TxEnv) {
        self.version = version;
        self.recording = true;
        self.sender = tx.caller;
        self.nonce = tx.nonce;
    }

    /// Turns the view to a version whose state is final.
    pub(crate) const fn stand_at(&mut self, version: Version) {
        self.version = version;
        self.recording = false;
    }

    pub(crate) fn take_notes(&mut self) -> Notes {
        std::mem::take(&mut self.notes)
    }

    /// The version whose state this is.
    pub(crate) const fn version(&self) -> Version {
        self.version
    }

    /// Notes that the transaction looked at how much an account has.
    pub(crate) fn observe_balance(&mut self, address: Address) {
        self.observe(address, Look::Balance);
    }

    /// Notes that the transaction looked at whether an account is empty.
    pub(crate) fn observe_emptiness(&mut self, address: Address) {
        self.observe(address, Look::Emptiness);
    }

    fn observe(&mut self, address: Address, look: Look) {
        if self.recording {
            let noted = self.notes.looks.entry(address).or_insert(look);
            *noted = look.max(*noted);
        }
    }

    /// Takes a sender's nonce for what the transaction says when transactions of the same sender
    /// before it have not run yet. The log holds what was taken, so the commit finds out.
    fn expect_nonce(&self, address: Address, info: &mut Option<AccountInfo>) -> bool {
        let behind =
            address == self.sender && info.as_ref().map_or(0, |info| info.nonce) < self.nonce;
        if behind {
            info.get_or_insert_default().nonce = self.nonce;
        }
        behind
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
        let mut from_base = written.is_none();
        let mut info = match written {
            Some(written) => written.value,
            None => self.base.account(address)?,
        };
        if self.recording {
            from_base &= !self.expect_nonce(address, &mut info);
            // The code is fixed by its hash; keeping it alive in the log would cost for nothing.
            let seen = info.as_ref().map(AccountInfo::copy_without_code);
            self.notes.reads.push(Read::Account {
                address,
                from_base,
                info: seen,
                need: Need::Exact,
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
        let from_base = written.is_none();
        let value = match written {
            Some(written) => written.value,
            None => self.base.storage(address, slot)?,
        };
        if self.recording {
            self.notes.reads.push(Read::Storage {
                address,
                slot,
                from_base,
                value,
            });
        }
        Ok(value)
    }

    fn block_hash(&mut self, number: u64) -> Result<B256, StateError> {
        self.base.block_hash(number)
    }
}
