//! Which walks scouts are sent on, and what is added to what they find.

use super::{
    Guessing, Keys,
    derived::derive,
    foresight::{PROXY_SLOTS, addressed_in, has_word, named_in, usual_slots},
    guess::{LIST, ONES, World, ZEROS},
};
use crate::{Simulator, overrides::Overrides};
use alloy_primitives::{Address, TxKind, U256, map::AddressSet};
use forerun_executor::{AnyState, Block, Layer, StateSource, Straying, Walk};
use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
use std::num::NonZeroUsize;

impl Simulator {
    /// Has scouts go past what stopped some transactions on guesses, in several worlds at once. The
    /// state behind the block is that of overrides and a layer over each world.
    pub(crate) fn scout(
        &self,
        block: &Block,
        (overrides, behind): (&Overrides, &Layer),
        transactions: &[usize],
        (threads, waves): (NonZeroUsize, usize),
        keys: &mut Keys,
    ) {
        let transactions = self.worth_scouting(block, transactions);
        if transactions.is_empty() {
            return;
        }
        let strays = waves >= straight_waves(block.transactions.len());
        let scouts = scouts(transactions.len(), strays);
        let mut grounds = Vec::with_capacity(scouts.len());
        for (world, walk) in &scouts {
            let ground = Guessing::new(self.snapshot(), self.predictions(), world);
            grounds.push((ground, *walk));
        }
        let send = |(ground, walk): &(Guessing<'_>, Walk)| {
            ground.expect(&block.transactions);
            let below = overrides.over(ground);
            let below = AnyState(&below);
            let state = behind.over(&below);
            ground.note(AnyState(&state).scout(block, &transactions, *walk));
        };
        if threads.get() == 1 {
            grounds.iter().for_each(send);
        } else {
            self.on_pool(threads, || grounds.par_iter().for_each(send));
        }
        let mut marked = Vec::new();
        for (ground, walk) in grounds {
            let seen = ground.into_seen();
            // What is asked for in a world of marks mostly is where a mark says, which is nowhere.
            if walk.notes_hashes {
                marked.push(seen);
            } else {
                keys.extend(seen.guessed);
            }
        }
        for seen in marked {
            derive(&seen, keys, &|word| may_tell(block, word));
        }
    }

    /// Those of some transactions that run a code that is here. The others only run what stands in.
    fn worth_scouting(&self, block: &Block, transactions: &[usize]) -> Vec<usize> {
        let runs_code = |index: &usize| {
            let TxKind::Call(target) = block.transactions[*index].kind else {
                return true;
            };
            let known = self.snapshot().account(target).ok();
            let account = known.or_else(|| self.predictions().account(target));
            account
                .flatten()
                .is_some_and(|info| !info.is_empty_code_hash())
        };
        transactions.iter().copied().filter(runs_code).collect()
    }

    /// Adds what contracts are likely to read: those that are asked for now, those whose code has come
    /// with the last wave, those that a call names, and proxies that slots of the last wave point to.
    pub(crate) fn foresee(
        &self,
        block: &Block,
        (arrived, pointed): (&[Address], &[Address]),
        keys: &mut Keys,
    ) {
        let known = self.snapshot();
        let plain = plain_accounts(block);
        // Nothing has come yet: these are the first keys.
        if arrived.is_empty() {
            for tx in &block.transactions {
                let addresses = addressed_in(&tx.data).into_iter();
                let unknown = addresses.filter(|address| known.account(*address).is_err());
                keys.accounts.extend(unknown);
            }
        }
        for address in pointed {
            let predicted = self.predictions().account(*address).flatten();
            let code = predicted.and_then(|info| known.code(info.code_hash).ok());
            for slot in PROXY_SLOTS {
                if code
                    .as_ref()
                    .is_some_and(|code| has_word(code.original_byte_slice(), &slot.to_be_bytes()))
                {
                    self.ask(keys, *address, slot);
                }
            }
        }
        let contracts = keys.accounts.iter().filter(|a| !plain.contains(*a));
        let contracts: Vec<_> = contracts.copied().collect();
        let slots = usual_slots(contracts.len());
        for address in contracts {
            for slot in slots.clone() {
                self.ask(keys, address, slot);
            }
        }
        for address in arrived {
            let Ok(Some(info)) = known.account(*address) else {
                continue;
            };
            let Some(code) = info.code.or_else(|| known.code(info.code_hash).ok()) else {
                continue;
            };
            let named = named_in(code.original_byte_slice());
            for slot in named.slots {
                self.ask(keys, *address, slot);
            }
            for address in named.addresses {
                if known.account(address).is_err() {
                    keys.accounts.insert(address);
                }
            }
        }
    }

    /// Asks for a slot if it is not known.
    fn ask(&self, keys: &mut Keys, address: Address, slot: U256) {
        if self.snapshot().storage(address, slot).is_err() {
            keys.add_slot(address, slot);
        }
    }
}

/// After so many waves scouts begin to stray: what is settled by then needs no more than what straight
/// ones find. Few transactions mostly are settled a wave later, and so are given one more.
const fn straight_waves(transactions: usize) -> usize {
    if transactions > 20 { 2 } else { 3 }
}

/// How many transactions are walked through in all by scouts that stray, and how many such scouts there
/// are at most.
const STRAY_STEPS: usize = 1_500;
const MOST_STRAYING: usize = 64;

/// The worlds that scouts walk in, and how they walk.
fn scouts(transactions: usize, strays: bool) -> Vec<(World, Walk)> {
    let one = U256::from(1);
    let mut scouts = Vec::new();
    let mut add = |slot: Option<U256>, answer, straying| {
        let walk = Walk {
            straying,
            notes_hashes: slot.is_none(),
        };
        scouts.push((World::new(slot, answer), walk));
    };
    // In the last of these a balance exceeds nothing.
    let worlds = [(U256::ZERO, ONES), (one, ONES), (one << 96, LIST)];
    for (slot, answer) in worlds {
        add(Some(slot), answer, None);
    }
    add(Some(one), LIST, None);
    add(Some(U256::ZERO), ZEROS, None);
    add(None, ONES, None);
    if strays {
        let straying = |seed, percent| Some(Straying { seed, percent });
        add(None, ONES, straying(0, 10));
        for index in 0..MOST_STRAYING.min(STRAY_STEPS / transactions) {
            let (slot, answer) = worlds[index % 3];
            let percent = [5, 10, 25][index % 3];
            add(Some(slot), answer, straying(index as u64, percent));
        }
    }
    scouts
}

/// Whether a server may be told a word that was hashed: it is so small that it says nothing, or no
/// transaction has it in its data.
fn may_tell(block: &Block, word: U256) -> bool {
    let bytes = word.to_be_bytes::<32>();
    let mut transactions = block.transactions.iter();
    word < U256::from(1 << 16) || !transactions.any(|tx| has_word(&tx.data, &bytes))
}

/// Accounts that are hardly called as contracts: senders, who is only paid, the coinbase.
fn plain_accounts(block: &Block) -> AddressSet {
    let mut plain = AddressSet::default();
    plain.insert(block.env.beneficiary);
    for tx in &block.transactions {
        plain.insert(tx.caller);
        if tx.data.is_empty() {
            plain.extend(tx.kind.to());
        }
    }
    plain
}
