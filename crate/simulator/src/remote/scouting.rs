//! Which walks scouts are sent on, and what is added to what they find.

use super::{
    Guessing, Keys,
    derived::derive,
    foresight::{PROXY_SLOTS, addressed_in, has_word, named_in, note, usual_slots},
    guess::{LIST, ONES, World},
};
use crate::{Simulator, overrides::Overrides};
use alloy_primitives::{Address, TxKind, U256, map::AddressSet};
use forerun_executor::{
    AnyState, Block, Layer, Scouted, StateSource, Straying, TurnedCodes, Walk, side_by_side,
};
use std::num::NonZeroUsize;

impl Simulator {
    /// Has scouts go past what stopped some transactions on guesses, in several worlds at once. The
    /// state behind the block is that of overrides and a layer over each world.
    pub(crate) fn scout(
        &self,
        block: &Block,
        (overrides, behind): (&Overrides, &Layer),
        transactions: &[usize],
        scouting: Scouting<'_>,
        keys: &mut Keys,
    ) {
        let Scouting {
            threads,
            waves,
            codes,
        } = scouting;
        let transactions = self.worth_scouting(block, transactions);
        if transactions.is_empty() {
            return;
        }
        let each = transactions.len() as u64;
        let times = (STRAY_WALKS / each)
            .clamp(5, 20)
            .min(MOST_STRAY_WALKS / each);
        let strays = waves >= straight_waves(block.transactions.len());
        let mut scouts = scouts(strays.then_some(times), block.transactions.len() <= FEW);
        if let Some(world) = self.paying_world(block) {
            scouts.insert(1, (world, Walk::default()));
        }
        let send = |(world, walk): &(World, Walk), transactions: &[usize]| {
            let ground = Guessing::new(self.snapshot(), self.predictions(), world);
            ground.expect(&block.transactions);
            let scouted = {
                let below = overrides.over(&ground);
                let below = AnyState(&below);
                let state = behind.over(&below);
                AnyState(&state).scout(block, transactions, *walk, codes)
            };
            (ground.into_seen().guessed, scouted)
        };
        // What guesses nothing in one world, does the same in all of them.
        let (seen, Scouted { guessing, .. }) = send(&scouts[0], &transactions);
        keys.extend(seen);
        if guessing.is_empty() {
            return;
        }
        let others = &scouts[1..];
        let found = self.on_pool(threads, || {
            side_by_side(threads.get(), others.len(), &|index| {
                send(&others[index], &guessing)
            })
        });
        for ((_, walk), (seen, scouted)) in others.iter().zip(found) {
            // The last one. What is asked for in a world of marks mostly is where a mark says, which is
            // nowhere; what it tells is the ways from slots that the others ask for.
            if walk.notes_hashes {
                derive(&seen, &scouted.hashed, keys, &|word| may_tell(block, word));
            } else {
                keys.extend(seen);
            }
        }
    }

    /// Those of some transactions that run a code that is here. The others only run what stands in.
    fn worth_scouting(&self, block: &Block, transactions: &[usize]) -> Vec<usize> {
        let runs_code = |index: &usize| match block.transactions[*index].kind {
            TxKind::Call(target) => self.has_code_here(target),
            TxKind::Create => true,
        };
        transactions.iter().copied().filter(runs_code).collect()
    }

    /// A world in which pools that are not here yet do what pools do, with the contracts that few
    /// transactions call and name. What a swap pays out of a pool is asked for with the pool itself.
    fn paying_world(&self, block: &Block) -> Option<World> {
        if block.transactions.len() > FEW {
            return None;
        }
        let mut tokens = Vec::new();
        for tx in &block.transactions {
            let named = addressed_in(&tx.data);
            for address in tx.kind.to().into_iter().chain(&named) {
                if self.has_code_here(*address) {
                    note(&mut tokens, *address, MOST_TOKENS);
                }
            }
        }
        (!tokens.is_empty()).then(|| World::paying(&tokens))
    }

    fn has_code_here(&self, address: Address) -> bool {
        let known = self.snapshot().account(address).ok();
        let account = known.or_else(|| self.predictions().account(address));
        account
            .flatten()
            .is_some_and(|info| !info.is_empty_code_hash())
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

/// What scouts are sent with.
#[derive(Debug)]
pub(crate) struct Scouting<'a> {
    pub(crate) threads: NonZeroUsize,
    /// How many waves there were before.
    pub(crate) waves: usize,
    pub(crate) codes: &'a TurnedCodes,
}

/// Up to so many transactions are few: a bundle and no block.
const FEW: usize = 20;

/// After so many waves scouts begin to stray: what is settled by then needs no more than what straight
/// ones find. Few transactions mostly are settled a wave later, and so are given one more.
const fn straight_waves(transactions: usize) -> usize {
    if transactions > FEW { 2 } else { 3 }
}

/// How many contracts are paid with at most.
const MOST_TOKENS: usize = 8;

/// How often scouts stray in each world where they do, all transactions together, but 5 to 20 times in each of them as
/// long as that is no more than the second number says; and of how many of a hundred choices they take
/// the other side. With less, blocks of traders take more waves; more takes longer than it saves.
const STRAY_WALKS: u64 = 200;
const MOST_STRAY_WALKS: u64 = 1_500;
const PERCENT: u64 = 40;

/// In so many worlds scouts stray, once they do: the first ones. Over recorded blocks some 10,500 walks astray in
/// each world found 430 places in the first that were read in the end and that no walk before had found,
/// another 150 in the second, and 110 in the third.
const STRAYING_WORLDS: u64 = 2;

/// The worlds that scouts walk in, and how they walk; `times` they stray, if they do. That of marks is
/// the last.
fn scouts(times: Option<u64>, few: bool) -> Vec<(World, Walk)> {
    let one = U256::from(1);
    // In the last of these a balance exceeds nothing, and lists have items: of a block, that would be
    // thousands of slots that nobody reads, as long as nothing else is known.
    let worlds = [(U256::ZERO, ONES), (one, ONES), (one << 96, LIST)];
    let worlds = match (times, few) {
        (None, true) => &[worlds[0], worlds[2]][..],
        (None, false) => &worlds[..2],
        (Some(_), _) => &worlds,
    };
    let mut scouts: Vec<_> = (0..)
        .zip(worlds)
        .map(|(seed, &(slot, answer))| {
            let walk = Walk {
                straying: times
                    .filter(|_| seed < STRAYING_WORLDS)
                    .map(|times| Straying {
                        seed,
                        percent: PERCENT,
                        times,
                    }),
                notes_hashes: false,
            };
            (World::new(Some(slot), answer), walk)
        })
        .collect();
    let walk = Walk {
        notes_hashes: true,
        ..Walk::default()
    };
    scouts.push((World::new(None, ONES), walk));
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
