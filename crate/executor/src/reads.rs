//! The log of what a transaction read, and the check that it still holds.
//!
//! A transaction's result is a function of the values it reads. So it stands if each of them, looked
//! up again once everything below is settled, is still the same. Comparing values rather than the
//! versions that wrote them keeps results whose inputs were rewritten with equal values, and allows
//! for values that were merely predicted. It is sound across the destruction and re-creation of
//! accounts, since it is the settled state itself that is asked.
//!
//! Of a balance that the transaction never looked at (`observe.rs`) the result is no function, but
//! for one thing: the sender must be able to pay. Such a balance is held to that minimum only, and
//! what the transaction did to it is done again to what it is when the transaction settles.

use crate::{Block, Cause, Location, StateError, place::Place, writes::AccountWrite};
use revm::{
    context::TxEnv,
    context_interface::{Transaction, transaction::AuthorizationTr},
    primitives::{Address, AddressMap, AddressSet, B256, KECCAK_EMPTY, U256, hardfork::SpecId},
    state::{Account, AccountInfo, EvmState},
};

/// What there is to know of an account but for its storage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Facts {
    pub(crate) exists: bool,
    pub(crate) nonce: u64,
    pub(crate) balance: U256,
    pub(crate) code_hash: B256,
}

impl Facts {
    pub(crate) const NONE: Self = Self {
        exists: false,
        nonce: 0,
        balance: U256::ZERO,
        code_hash: KECCAK_EMPTY,
    };

    pub(crate) fn of(info: Option<&AccountInfo>) -> Self {
        info.map_or(Self::NONE, |info| Self {
            exists: true,
            nonce: info.nonce,
            balance: info.balance,
            code_hash: info.code_hash,
        })
    }

    /// Neither code nor nonce: whether such an account is empty is a matter of its balance.
    fn is_bare(&self) -> bool {
        self.nonce == 0 && (self.code_hash == KECCAK_EMPTY || self.code_hash.is_zero())
    }
}

/// Where the settled state is asked.
pub(crate) trait Truth {
    fn facts(&self, address: Address) -> Result<Facts, StateError>;
    fn slot(&self, address: Address, slot: U256) -> Result<U256, StateError>;
    fn block_hash(&self, number: u64) -> Result<B256, StateError>;
    /// Whether an account may differ from what it is in the base state.
    fn may_have_changed(&self, account: Place) -> bool;
    /// Whether a slot may differ from what it is in the base state.
    fn may_slot_have_changed(&self, address: Address, slot: Place) -> bool;
}

/// Everything that a transaction read, and looked at.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    pub(crate) accounts: Vec<AccountRead>,
    pub(crate) slots: Vec<SlotRead>,
    pub(crate) looks: AddressMap<Looks>,
    /// Hashes of ancestors, where they may have been guesses.
    pub(crate) block_hashes: Vec<(u64, B256)>,
    /// Whether anything was read that a transaction before it had written.
    pub(crate) saw_writes: bool,
}

/// An account that was read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AccountRead {
    pub(crate) address: Address,
    pub(crate) place: Place,
    /// Whether it is as the base has it: then it needs no second look unless it was written.
    pub(crate) from_base: bool,
    pub(crate) facts: Facts,
    pub(crate) need: Need,
}

/// A storage slot that was read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SlotRead {
    pub(crate) address: Address,
    pub(crate) slot: U256,
    pub(crate) place: Place,
    pub(crate) from_base: bool,
    pub(crate) value: U256,
}

/// What a transaction looked at besides an account's code.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Looks {
    /// How much it has.
    pub(crate) balance: bool,
    /// Whether it is empty.
    pub(crate) emptiness: bool,
    /// Its nonce.
    pub(crate) nonce: bool,
    /// The least it ever had left after a payment, in wei.
    pub(crate) spare: U256,
}

impl Default for Looks {
    fn default() -> Self {
        Self {
            balance: false,
            emptiness: false,
            nonce: false,
            spare: U256::MAX,
        }
    }
}

/// What the result needs of an account besides its code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    /// That all is what was read, and that the account exists if it did.
    Exact,
    /// That it has at least this much, in wei, and that it has a nonce if it had one.
    AtLeast {
        /// How much it must have.
        balance: U256,
        /// Whether the nonce must be what was read.
        nonce: bool,
    },
}

/// What a log of reads got wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stale {
    pub(crate) location: Location,
    pub(crate) cause: Cause,
}

/// Balances up to this many wei add up without overflow, however many accounts a transaction
/// touches. All ether there is has 87 bits; only overrides make more. Where a sum could overflow,
/// adding to a balance is looking at it, since it fails or not.
const SUMMABLE_BITS: usize = 200;

impl Notes {
    pub(crate) fn clear(&mut self) {
        self.accounts.clear();
        self.slots.clear();
        self.looks.clear();
        self.block_hashes.clear();
        self.saw_writes = false;
    }

    /// Finds the balances that an executed transaction did not look at, and holds it to the minimum
    /// there.
    pub(crate) fn loosen(&mut self, state: &EvmState, block: &Block, tx: &TxEnv) {
        // Before EIP-161 it matters everywhere whether an empty account exists. With relaxed checks
        // a sender's balance is not just moved but also filled up.
        if !block.fork.is_enabled_in(SpecId::SPURIOUS_DRAGON) || !block.rules.checks.balance {
            return;
        }
        let Ok(most) = tx.max_balance_spending() else {
            return;
        };
        let summable = |read: &AccountRead| read.facts.balance.bit_len() <= SUMMABLE_BITS;
        if !self.accounts.iter().all(summable) {
            return;
        }
        // An authorization costs less where the account exists.
        let authorities: AddressSet = tx
            .authorization_list()
            .filter_map(|authorization| authorization.authority())
            .collect();
        for read in &mut self.accounts {
            let looks = if self.looks.is_empty() {
                Looks::default()
            } else {
                self.looks.get(&read.address).copied().unwrap_or_default()
            };
            let after = state.get(&read.address);
            if looks.balance
                || (looks.emptiness && read.facts.is_bare())
                || after.is_some_and(|account| emptiness_decides(account, &read.facts))
                || authorities.contains(&read.address)
            {
                continue;
            }
            let is_sender = read.address == tx.caller;
            let spent = if is_sender { most } else { U256::ZERO };
            let paid = read.facts.balance.saturating_sub(looks.spare);
            read.need = Need::AtLeast {
                balance: spent.max(paid),
                nonce: is_sender
                    || looks.nonce
                    || after.is_some_and(|account| account.info.nonce != read.facts.nonce),
            };
        }
    }

    /// Marks the writes that are to be done again to what the balance is when they settle.
    pub(crate) fn mark_moves(&self, writes: &mut [AccountWrite]) {
        for write in writes {
            if !matches!(write.info, Some(Some(_))) {
                continue;
            }
            let read = self
                .accounts
                .iter()
                .find(|read| read.address == write.address);
            if let Some(read) = read
                && matches!(read.need, Need::AtLeast { .. })
            {
                write.moved_from = Some(read.facts);
            }
        }
    }

    /// Looks every read up again, when all below is settled. The first one that no longer holds.
    ///
    /// A value that came from the base and that nobody has written since needs no second look: the
    /// base does not change.
    pub(crate) fn first_stale(&self, truth: &impl Truth) -> Result<Option<Stale>, StateError> {
        for read in &self.accounts {
            if read.from_base && !truth.may_have_changed(read.place) {
                continue;
            }
            let now = truth.facts(read.address)?;
            if let Some(cause) = read.contradiction(&now) {
                let location = Location::Account(read.address);
                return Ok(Some(Stale { location, cause }));
            }
        }
        for read in &self.slots {
            if read.from_base && !truth.may_slot_have_changed(read.address, read.place) {
                continue;
            }
            if truth.slot(read.address, read.slot)? != read.value {
                return Ok(Some(Stale {
                    location: Location::Storage(read.address, read.slot),
                    cause: Cause::Storage,
                }));
            }
        }
        Ok(None)
    }

    /// Whether the hashes of ancestors are what was read. They are looked up only where they may have
    /// been guesses.
    pub(crate) fn block_hashes_hold(&self, truth: &impl Truth) -> Result<bool, StateError> {
        for (number, hash) in &self.block_hashes {
            if truth.block_hash(*number)? != *hash {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

impl AccountRead {
    /// In what an account as it is now gives another result than the account as it was read.
    fn contradiction(&self, now: &Facts) -> Option<Cause> {
        let read = &self.facts;
        if now.code_hash != read.code_hash {
            return Some(Cause::Code);
        }
        let (least, exact_nonce) = match self.need {
            Need::Exact if now.balance != read.balance => return Some(Cause::Balance),
            Need::Exact if now.exists != read.exists => return Some(Cause::Existence),
            Need::Exact => (U256::ZERO, true),
            Need::AtLeast { balance, nonce } => (balance, nonce),
        };
        let same_nonce = if exact_nonce {
            now.nonce == read.nonce
        } else {
            // Only whether there is one can have mattered, since it makes the account not empty.
            (now.nonce == 0) == (read.nonce == 0)
        };
        match () {
            () if !same_nonce => Some(Cause::Nonce),
            () if now.balance < least => Some(Cause::Balance),
            () => None,
        }
    }
}

/// Whether the end of the transaction did something that depends on the account being empty: made
/// it, destroyed it, or touched it without leaving anything in it, which removes an empty one.
fn emptiness_decides(account: &Account, before: &Facts) -> bool {
    if account.is_created() || account.is_selfdestructed() {
        return true;
    }
    account.is_touched()
        && account.info.nonce == 0
        && account.info.is_empty_code_hash()
        && account.info.balance <= before.balance
}

/// Does what a transaction did to balances it never looked at to what they are now, when all below is
/// settled.
pub(crate) fn move_balances(
    writes: &mut [AccountWrite],
    truth: &impl Truth,
) -> Result<Moved, StateError> {
    let mut moves = Moved::default();
    for write in writes {
        let (Some(from), Some(Some(info))) = (write.moved_from, &mut write.info) else {
            continue;
        };
        let now = truth.facts(write.address)?;
        if now.nonce != from.nonce && info.nonce == from.nonce {
            info.nonce = now.nonce;
            moves.balances = true;
        }
        if now.balance == from.balance {
            continue;
        }
        let moved = if info.balance >= from.balance {
            now.balance.checked_add(info.balance - from.balance)
        } else {
            now.balance.checked_sub(from.balance - info.balance)
        };
        let Some(balance) = moved else {
            moves.stale = Some(Stale {
                location: Location::Account(write.address),
                cause: Cause::Balance,
            });
            return Ok(moves);
        };
        info.balance = balance;
        moves.balances = true;
    }
    Ok(moves)
}

/// What moving balances came to.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Moved {
    /// Whether any write is no longer as it was published.
    pub(crate) balances: bool,
    /// The first place where the sum does not work out.
    pub(crate) stale: Option<Stale>,
}
