//! What a finished transaction leaves behind, read out of revm's journal.

use revm::{
    primitives::{Address, U256},
    state::{Account, AccountInfo, EvmState},
};

/// What a transaction, or several, wrote to one account.
#[derive(Clone, Debug)]
pub(crate) struct AccountWrite {
    pub(crate) address: Address,
    /// `Some(None)` if the account is gone, `None` if balance, nonce and code are as they were.
    pub(crate) info: Option<Option<AccountInfo>>,
    /// Whether storage from before is void.
    pub(crate) storage_cleared: bool,
    pub(crate) storage: Vec<(U256, U256)>,
    /// Where only what was done to the balance counts: the balance it was done to, in wei.
    pub(crate) moved_from: Option<U256>,
}

/// What the values in a journal are to be compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Span {
    /// The journal holds one transaction, and the original values in it are those of its start.
    OneTransaction,
    /// The journal holds several, and its original values are those of the start of the last one
    /// that looked, so that all present values have to be taken.
    Several,
}

/// Reads the writes out of a finalized journal.
///
/// Since EIP-161 an account that is touched and empty is removed. Before it, revm's `finalize` has
/// already marked what it materialised as created, and taken the touch off existing empty accounts,
/// so that the same rule serves all forks.
pub(crate) fn writes_of(state: EvmState, span: Span) -> Vec<AccountWrite> {
    state
        .into_iter()
        .filter(|(_, account)| account.is_touched())
        .filter_map(|(address, account)| write_of(address, account, span))
        .collect()
}

fn write_of(address: Address, account: Account, span: Span) -> Option<AccountWrite> {
    if account.is_selfdestructed() {
        return Some(AccountWrite {
            address,
            info: Some(None),
            storage_cleared: true,
            storage: Vec::new(),
            moved_from: None,
        });
    }
    let created = account.is_created();
    let every_slot = created || span == Span::Several;
    let info = if !created && account.is_empty() {
        let never_was = span == Span::OneTransaction && account.is_loaded_as_not_existing();
        (!never_was).then_some(None)
    } else {
        let changed = created || span == Span::Several || account.is_changed();
        changed.then(|| Some(account.info))
    };
    let gone = matches!(info, Some(None));
    let storage: Vec<_> = account
        .storage
        .into_iter()
        .filter(|(_, slot)| !gone && (every_slot || slot.is_changed()))
        .map(|(key, slot)| (key, slot.present_value))
        .collect();
    if info.is_none() && storage.is_empty() {
        return None;
    }
    Some(AccountWrite {
        address,
        info,
        storage_cleared: created || gone,
        storage,
        moved_from: None,
    })
}
