//! What a finished transaction leaves behind, read out of revm's journal.

use crate::reads::Facts;
use revm::{
    primitives::{Address, U256},
    state::{Account, AccountInfo, EvmState},
};

/// What a transaction wrote. Accounts come first where the order matters: a clearing voids what the
/// storage held before, not what was written since.
#[derive(Clone, Debug, Default)]
pub(crate) struct Writes {
    pub(crate) accounts: Vec<AccountWrite>,
    pub(crate) slots: Vec<SlotWrite>,
}

/// What became of an account.
#[derive(Clone, Debug)]
pub(crate) struct AccountWrite {
    pub(crate) address: Address,
    /// `Some(None)` if the account is gone, `None` if balance, nonce and code are as they were.
    pub(crate) info: Option<Option<AccountInfo>>,
    /// Whether storage from before is void.
    pub(crate) storage_cleared: bool,
    /// Where only what was done to balance and nonce counts: what it was done to.
    pub(crate) moved_from: Option<Facts>,
}

impl AccountWrite {
    /// Whether anybody who runs ahead may want to know. Whoever does foretells nonces, and hardly
    /// ever looks at what somebody without code has.
    pub(crate) fn is_of_interest(&self) -> bool {
        let is_plain = |info: &AccountInfo| info.is_empty_code_hash();
        self.storage_cleared || !self.info.iter().flatten().any(is_plain)
    }
}

/// What became of a storage slot.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SlotWrite {
    pub(crate) address: Address,
    pub(crate) slot: U256,
    pub(crate) value: U256,
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

impl Writes {
    pub(crate) fn clear(&mut self) {
        self.accounts.clear();
        self.slots.clear();
    }

    /// Reads the writes out of a journal's state, and empties it.
    ///
    /// Since EIP-161 an account that is touched and empty is removed. Before it, revm's `finalize`,
    /// from which the state has to come, has marked what it materialised as created and taken the
    /// touch off existing empty accounts, so that the same rule serves all forks.
    pub(crate) fn take_from(&mut self, state: &mut EvmState, span: Span) {
        for (address, account) in state.drain() {
            if account.is_touched() {
                self.take(address, account, span);
            }
        }
    }

    fn take(&mut self, address: Address, account: Account, span: Span) {
        let Some(fate) = fate_of(&account, span) else {
            return;
        };
        if !fate.gone {
            for (slot, value) in &account.storage {
                if fate.every_slot || value.is_changed() {
                    self.slots.push(SlotWrite {
                        address,
                        slot: *slot,
                        value: value.present_value,
                    });
                }
            }
        }
        if fate.gone || fate.info_changed {
            self.accounts.push(AccountWrite {
                address,
                info: Some((!fate.gone).then_some(account.info)),
                storage_cleared: fate.cleared,
                moved_from: None,
            });
        }
    }
}

/// What the end of a transaction, or of several, makes of a touched account.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fate {
    pub(crate) gone: bool,
    pub(crate) cleared: bool,
    pub(crate) info_changed: bool,
    pub(crate) every_slot: bool,
}

/// What becomes of a touched account; `None` if it never was and is not now.
pub(crate) fn fate_of(account: &Account, span: Span) -> Option<Fate> {
    let created = account.is_created();
    let every_slot = created || span == Span::Several;
    if account.is_selfdestructed() || (!created && account.is_empty()) {
        let never_was = !account.is_selfdestructed()
            && span == Span::OneTransaction
            && account.is_loaded_as_not_existing();
        return (!never_was).then_some(Fate {
            gone: true,
            cleared: true,
            info_changed: true,
            every_slot,
        });
    }
    Some(Fate {
        gone: false,
        cleared: created,
        info_changed: created || span == Span::Several || account.is_changed(),
        every_slot,
    })
}
