//! The log of what a transaction read, and the check that it still holds.
//!
//! A transaction's result is a function of the values it reads. So it stands if each of them, looked
//! up again once everything below is committed, is still the same. Comparing values rather than the
//! versions that wrote them keeps results whose inputs were rewritten with equal values. It is
//! sound across the destruction and re-creation of accounts, since looking up again goes through
//! the same function as reading did, clearings included.
//!
//! Of a balance that the transaction never looked at (`observe.rs`) the result is no function, but
//! for one thing: the sender must be able to pay. Such a balance is held to that minimum only, and
//! what the transaction did to it is done again to what it is when the transaction commits.

use crate::{
    Block, FeeChecks, Location, StateError, StateSource,
    speculation::{Look, Notes},
    versions::{Version, Versions},
    writes::AccountWrite,
};
use revm::{
    context::TxEnv,
    context_interface::{Transaction, transaction::AuthorizationTr},
    primitives::{Address, AddressMap, AddressSet, KECCAK_EMPTY, U256, hardfork::SpecId},
    state::{Account, AccountInfo, EvmState},
};

/// A value that was read.
#[derive(Clone, Debug)]
pub(crate) enum Read {
    /// Balance, nonce and code of an account, or that there was none.
    Account {
        address: Address,
        /// Whether it is as the base has it: then it needs no second look unless it was written.
        from_base: bool,
        info: Option<AccountInfo>,
        need: Need,
    },
    /// A storage slot.
    Storage {
        address: Address,
        slot: U256,
        from_base: bool,
        value: U256,
    },
}

/// What the result needs of an account's balance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    /// That it is what was read, and that the account exists if it did.
    Exact,
    /// That it is at least this much, in wei.
    AtLeast(U256),
}

/// Balances up to this many wei add up without overflow, however many accounts a transaction
/// touches. All ether there is has 87 bits; only overrides make more. Where a sum could overflow,
/// adding to a balance is looking at it, since it fails or not.
const SUMMABLE_BITS: usize = 200;

/// What a log of reads got wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stale {
    pub(crate) location: Location,
    /// The version that wrote the value that should have been read, if any did.
    pub(crate) writer: Option<Version>,
}

/// Finds the balances that an executed transaction did not look at, and holds it to the minimum
/// there.
pub(crate) fn loosen(notes: &mut Notes, state: &EvmState, block: &Block, tx: &TxEnv) {
    if notes.reads.is_empty() {
        return;
    }
    // Before EIP-161 it matters everywhere whether an empty account exists. With relaxed checks a
    // sender's balance is not just moved but also filled up.
    if !block.fork.is_enabled_in(SpecId::SPURIOUS_DRAGON)
        || block.rules.fee_checks == FeeChecks::Relaxed
    {
        return;
    }
    let Ok(most) = tx.max_balance_spending() else {
        return;
    };
    let summable = |read: &Read| match read {
        Read::Account { info, .. } => is_summable(info.as_ref()),
        Read::Storage { .. } => true,
    };
    if !notes.reads.iter().all(summable) {
        return;
    }
    // An authorization costs less where the account exists.
    let authorities: AddressSet = tx
        .authorization_list()
        .filter_map(|authorization| authorization.authority())
        .collect();
    for read in &mut notes.reads {
        let Read::Account {
            address,
            info,
            need,
            ..
        } = read
        else {
            continue;
        };
        let looked = match notes.looks.get(address) {
            Some(Look::Balance) => true,
            Some(Look::Emptiness) => is_bare(info.as_ref()),
            None => false,
        };
        let decided = state
            .get(address)
            .is_some_and(|account| emptiness_decides(account, info.as_ref()));
        if !looked && !decided && !authorities.contains(address) {
            *need = Need::AtLeast(if *address == tx.caller {
                most
            } else {
                U256::ZERO
            });
        }
    }
}

fn is_summable(info: Option<&AccountInfo>) -> bool {
    info.is_none_or(|info| info.balance.bit_len() <= SUMMABLE_BITS)
}

/// Neither code nor nonce: whether such an account is empty is a matter of its balance.
fn is_bare(info: Option<&AccountInfo>) -> bool {
    info.is_none_or(|info| info.nonce == 0 && info.is_empty_code_hash())
}

/// Whether the end of the transaction did something that depends on the account being empty: made
/// it, destroyed it, or touched it without leaving anything in it, which removes an empty one.
fn emptiness_decides(account: &Account, before: Option<&AccountInfo>) -> bool {
    if account.is_created() || account.is_selfdestructed() {
        return true;
    }
    let had = before.map_or(U256::ZERO, |info| info.balance);
    account.is_touched() && is_bare(Some(&account.info)) && account.info.balance <= had
}

/// Marks the writes that are to be done again to what the balance is at the commit.
pub(crate) fn mark_moves(reads: &[Read], writes: &mut [AccountWrite]) {
    if reads.is_empty() {
        return;
    }
    let loose: AddressMap<U256> = reads
        .iter()
        .filter_map(|read| match read {
            Read::Account {
                address,
                info,
                need: Need::AtLeast(_),
                ..
            } => Some((
                *address,
                info.as_ref().map_or(U256::ZERO, |info| info.balance),
            )),
            _ => None,
        })
        .collect();
    for write in writes {
        if matches!(write.info, Some(Some(_))) {
            write.moved_from = loose.get(&write.address).copied();
        }
    }
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
                from_base,
                info,
                need,
            } => {
                let now = versions.account(*address, version);
                let writer = now.as_ref().map(|now| now.version);
                let same = match now {
                    Some(now) => serves(now.value.as_ref(), info.as_ref(), *need),
                    None => {
                        *from_base || serves(base.account(*address)?.as_ref(), info.as_ref(), *need)
                    }
                };
                (Location::Account(*address), writer, same)
            }
            Read::Storage {
                address,
                slot,
                from_base,
                value,
            } => {
                let now = versions.storage(*address, *slot, version);
                let writer = now.map(|now| now.version);
                let same = match now {
                    Some(now) => now.value == *value,
                    None => *from_base || base.storage(*address, *slot)? == *value,
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

/// Whether an account as it is now gives the result that the account as it was read gave.
fn serves(now: Option<&AccountInfo>, read: Option<&AccountInfo>, need: Need) -> bool {
    let identity = |info: Option<&AccountInfo>| {
        info.map_or((0, KECCAK_EMPTY), |info| (info.nonce, info.code_hash))
    };
    match need {
        Need::Exact => now == read,
        Need::AtLeast(least) => {
            identity(now) == identity(read) && now.map_or(U256::ZERO, |info| info.balance) >= least
        }
    }
}

/// Does what a transaction did to balances it never looked at to what they are now, at a version
/// below which all is committed. Returns whether any write is no longer as published, or the place
/// where the sum does not work out.
pub(crate) fn move_balances<S: StateSource>(
    writes: &mut [AccountWrite],
    base: &S,
    versions: &Versions,
    version: Version,
) -> Result<Result<bool, Stale>, StateError> {
    let mut changed = false;
    for write in writes {
        let (Some(from), Some(Some(info))) = (write.moved_from, &mut write.info) else {
            continue;
        };
        let written = versions.account(write.address, version);
        let writer = written.as_ref().map(|written| written.version);
        let now = match written {
            Some(written) => written.value,
            None => base.account(write.address)?,
        };
        let now = now.map_or(U256::ZERO, |info| info.balance);
        if now == from {
            continue;
        }
        let moved = if info.balance >= from {
            now.checked_add(info.balance - from)
        } else {
            now.checked_sub(from - info.balance)
        };
        let Some(balance) = moved else {
            let location = Location::Account(write.address);
            return Ok(Err(Stale { location, writer }));
        };
        info.balance = balance;
        changed = true;
    }
    Ok(Ok(changed))
}
